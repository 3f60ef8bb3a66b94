"""The demo's surveys: each service once a quarter, the relationship twice a year."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from customers.models import Customer
from feedback.models import Invitation, Response, Survey

from .calendar import MONTHS
from .fates import LEAVES_AGO
from .portfolio import THEME, Portfolio
from .relations import Relations
from .voices import RELEASE_AGO
from .world import World

CONTACTS = {"strategic": (3, 4), "key": (2, 3), "standard": (1, 2)}
OPEN_DAYS = 27
BOUNCED, OPTED_OUT = 0.03, 0.02
RATE = 0.56
COMMENTS = (
    "Reliable, as always.",
    "Answers come faster than last year.",
    "We would like to hear earlier about changes.",
    "Good people, complicated forms.",
    "Prices are hard to compare.",
    "反应很快，谢谢。",
    "希望文档有中文版。",
)


class Listening:
    """Writes surveys, invitations and responses into the script."""

    def __init__(self, world: World, portfolio: Portfolio, relations: Relations) -> None:
        self.world, self.portfolio, self.relations = world, portfolio, relations
        self.random = world.random

    def tell(self) -> None:
        """Put all surveys into the script and their events into the manifest."""
        surveyed = [*self.portfolio.sold(), "FAX"]
        for ago in range(MONTHS, -1, -1):
            for position, key in enumerate(surveyed):
                # The theme's service is asked two months after the release and every quarter.
                turn = RELEASE_AGO - 1 if key == THEME else position
                if (ago - turn) % 3 == 0:
                    self._about_service(ago, key)
            if ago % 6 == 2:
                self._about_relationship(ago)
        self._plant()

    def _about_service(self, ago: int, key: str) -> None:
        opened = self.world.calendar.day(ago, self.random.randint(2, 6))
        users = self._users(key, opened)
        if not users:
            return
        service = self.portfolio.services[key]
        survey = self._survey(f"{service.name}: quarterly survey", service, "transactional", opened)
        for customer_key, customer in users:
            quality = self._quality(key, customer_key, ago)
            for _ in range(self._contacts(customer_key)):
                self._ask(survey, customer, service, opened, quality, ends=(1, 5))

    def _about_relationship(self, ago: int) -> None:
        opened = self.world.calendar.day(ago, 8)
        survey = self._survey("How we work together", None, "relationship", opened)
        for key, customer in self.relations.customers.items():
            if self.relations.is_customer(key, opened):
                quality = self._quality("", key, ago)
                for _ in range(self._contacts(key)):
                    self._ask(survey, customer, None, opened, quality, ends=(0, 10))

    def _users(self, key: str, on: date) -> list[tuple[str, Customer]]:
        return [
            (customer_key, self.relations.customers[customer_key])
            for customer_key, agreements in self.relations.agreements.items()
            if self.relations.is_customer(customer_key, on)
            and any(a.service_key == key and a.starts_on <= on for a in agreements)
        ]

    def _contacts(self, customer_key: str) -> int:
        return self.random.randint(*CONTACTS[self.relations.rows[customer_key].tier])

    def _quality(self, service: str, customer: str, ago: int) -> float:
        """The share of satisfied answers to expect."""
        quality = self.portfolio.rows[service].quality if service else 0.82
        quality += 0.02 * (MONTHS - ago) / MONTHS
        if service == THEME and RELEASE_AGO - 3 < ago <= RELEASE_AGO:
            quality = 0.3
        elif service == THEME and ago == RELEASE_AGO - 4:
            quality = 0.75
        if customer == self.relations.key("leaver") and ago <= LEAVES_AGO + 9:
            quality = 0.25
        return quality

    def _survey(self, name: str, service: object, kind: str, opened: date) -> Survey:
        start = self.world.calendar.at(opened, 9)
        survey = Survey(
            name=f"{name}, {opened:%Y-%m}",
            service=service,
            kind=kind,
            status="open",
            opened_at=start,
        )
        self.world.add(survey, start)
        end = survey.demo_closes_at = start + timedelta(days=OPEN_DAYS)
        self.world.change(survey, end, status="closed", closed_at=end)
        reflection = "Discussed with the service owner; two measures agreed, owners named."
        published = end + timedelta(days=12)
        self.world.change(survey, published, status="published", reflection=reflection)
        return survey

    def _ask(
        self,
        survey: Survey,
        customer: Customer,
        service: object,
        opened: date,
        quality: float,
        ends: tuple[int, int],
    ) -> None:
        """One invitation, and what comes back: an answer, a bounce, or nothing until the end."""
        sent = self.world.moment(opened + timedelta(days=self.random.randint(0, 2)))
        invitation = Invitation(
            survey=survey, customer=customer, service=service, status="sent", invited_at=sent
        )
        chance = self.random.random()
        if chance < BOUNCED:
            invitation.status = "bounced"
        elif chance < BOUNCED + OPTED_OUT:
            invitation.status = "opted_out"
        self.world.add(invitation, sent)
        if invitation.status != "sent":
            return
        rate = RATE - (0.1 if quality < 0.5 else 0)
        if self.random.random() < rate:
            self._answer(invitation, sent, quality, ends)
        else:
            self.world.change(invitation, survey.demo_closes_at, status="expired")

    def _answer(
        self, invitation: Invitation, sent: datetime, quality: float, ends: tuple[int, int]
    ) -> None:
        at = sent + timedelta(hours=self.random.randint(2, 24 * (OPEN_DAYS - 4)))
        worst, best = ends
        share = self.random.choice((0.75, 1.0, 1.0))
        if self.random.random() > quality:
            share = self.random.choice((0.0, 0.25, 0.5, 0.5))
        score = worst + Decimal(share) * (best - worst)
        if best == 10:
            # 8 is the lowest whole score that counts as satisfied.
            score = Decimal(int(score) + (share == 0.75))
        response = Response(
            survey=invitation.survey,
            invitation=invitation,
            customer=invitation.customer,
            service=invitation.service,
            completed_at=at,
            score=score,
            scale_min=Decimal(worst),
            scale_max=Decimal(best),
            comment=self.random.choice(COMMENTS) if self.random.random() < 0.15 else "",
        )
        if self.world.same_stretch(sent, at):
            # No night lies between: the survey tool reports the final state at once.
            invitation.status = "completed"
        else:
            self.world.change(invitation, at, status="completed")
        self.world.add(response, at)

    def _plant(self) -> None:
        calendar = self.world.calendar
        self.world.plant(
            "satisfaction_recovers",
            "After the bad release, the answers about ERP hosting recover",
            "service_satisfaction",
            calendar.month(RELEASE_AGO - 1),
            "far fewer satisfied answers than in the surveys before and after",
            service=self.portfolio.services[THEME],
            before=calendar.month(RELEASE_AGO + 2).isoformat(),
            after=calendar.month(RELEASE_AGO - 7).isoformat(),
        )
        self.world.plant(
            "scores_fall",
            "The scores of the customer that leaves had fallen",
            "satisfaction_score",
            calendar.month(LEAVES_AGO + 5),
            "the customer's mean score of the quarter is far below that of a year before",
            customer=self.relations.customers[self.relations.key("leaver")],
            before=calendar.month(LEAVES_AGO + 17).isoformat(),
        )
