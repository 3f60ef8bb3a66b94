"""The demo's complaints: quiet times, a bad release, a customer on its way out, late notes."""

import csv
from datetime import date, datetime, timedelta

from customers.models import Customer
from feedback.models import Complaint

from .calendar import MONTHS
from .company import TABLES
from .fates import LEAVES_AGO
from .portfolio import THEME, Portfolio
from .relations import Relations
from .world import World

CHANNELS = ("e-mail", "e-mail", "portal", "portal", "telephone", "meeting")
# Share of an average month, January to December: the turn of the year is hard.
SEASON = (1.3, 1.1, 1.0, 0.9, 0.9, 0.9, 0.7, 0.7, 1.0, 1.0, 1.1, 1.4)
PER_CUSTOMER = 0.24
RELEASE_AGO = 9
THEME_COMPLAINTS = {9: 8, 8: 9, 7: 4}
LEAVER_COMPLAINTS = {12: 1, 11: 1, 10: 2, 9: 2, 8: 3, 7: 3, 6: 3, 5: 2}
LATE_AGO, LATE_KNOWN_AGO, LATE_COUNT = 6, 4, 4


class Voices:
    """Writes complaints into the script; `theme` and `late` keep the planted ones."""

    def __init__(self, world: World, portfolio: Portfolio, relations: Relations) -> None:
        self.world, self.portfolio, self.relations = world, portfolio, relations
        self.random = world.random
        self.subjects = _subjects()
        self.theme: list[Complaint] = []
        self.late: list[Complaint] = []

    def tell(self) -> None:
        """Put all complaints into the script and their events into the manifest."""
        for ago in range(MONTHS, -1, -1):
            self._quiet(ago)
            self._theme(ago)
            self._leaver(ago)
        self._late_notes()
        self._plant()

    def _quiet(self, ago: int) -> None:
        pairs = self._pairs(self.world.calendar.day(ago, 15))
        customers = len({customer.reference for customer, _service in pairs})
        season = SEASON[self.world.calendar.month(ago).month - 1]
        expected = customers * PER_CUSTOMER * season
        for _ in range(round(expected + self.random.uniform(-1.5, 1.5))):
            customer, service = self.random.choice(pairs)
            self.complain(customer, service, self._day(ago))

    def _pairs(self, on: date) -> list[tuple[Customer, str]]:
        return [
            (self.relations.customers[key], agreement.service_key)
            for key, agreements in self.relations.agreements.items()
            for agreement in agreements
            if self.relations.is_customer(key, on) and agreement.starts_on <= on
        ]

    def _day(self, ago: int) -> date:
        """A working day of that month."""
        day = self.world.calendar.day(ago, self.random.randint(1, 31))
        return day - timedelta(days=max(0, day.weekday() - 4)) if day.day > 2 else day

    def _theme(self, ago: int) -> None:
        """After the release everybody who uses the service has something to say."""
        pairs = self._pairs(self.world.calendar.day(ago, 15))
        users = [customer for customer, service in pairs if service == THEME]
        for number in range(THEME_COMPLAINTS.get(ago, 0)):
            first = 13 if ago == RELEASE_AGO else 2
            day = self.world.calendar.day(ago, self.random.randint(first, 28))
            subject = f"{self.portfolio.services[THEME].name}: orders stand still since the release"
            customer = users[number % len(users)]
            self.theme.append(self.complain(customer, THEME, day, subject=subject, upheld=True))

    def _leaver(self, ago: int) -> None:
        key = self.relations.key("leaver")
        services = [a.service_key for a in self.relations.agreements[key]]
        for number in range(LEAVER_COMPLAINTS.get(ago, 0)):
            service = services[number % len(services)]
            self.complain(self.relations.customers[key], service, self._day(ago), upheld=True)

    def _late_notes(self) -> None:
        """Notes of a regional office, entered when their month had long been published."""
        known = self.world.moment(self.world.calendar.day(LATE_KNOWN_AGO, 9))
        for number, key in enumerate(self.relations.keys("old")[:LATE_COUNT]):
            service = self.relations.agreements[key][-1].service_key
            day = self.world.calendar.day(LATE_AGO, 8 + 4 * number)
            customer = self.relations.customers[key]
            self.late.append(self.complain(customer, service, day, known=known))

    def complain(
        self,
        customer: Customer,
        service: str,
        day: date,
        *,
        subject: str = "",
        upheld: bool = False,
        known: datetime | None = None,
    ) -> Complaint:
        """One complaint and all that follows; `known` is when it was entered, usually at once."""
        row = self.random.choice(self.subjects)
        received = self.world.moment(day)
        complaint = Complaint(
            customer=customer,
            service=self.portfolio.services[service],
            subject=subject or row["subject"].format(service=self.portfolio.services[service].name),
            text="Raised by the customer's coordinator.",
            channel=self.random.choice(CHANNELS),
            severity="high" if subject else row["severity"],
            received_at=received,
        )
        self.world.add(complaint, known or received)
        self._handle(complaint, known or received, row, upheld=upheld)
        return complaint

    def _handle(
        self, complaint: Complaint, known: datetime, row: dict[str, str], *, upheld: bool
    ) -> None:
        """Acknowledge, investigate, answer, close; some are withdrawn or duplicates."""
        change = self.world.change
        slow = 0.3 if upheld else 0.1
        hours = self.random.randint(52, 120) if self.random.random() < slow else None
        at = known + timedelta(hours=hours or self.random.randint(1, 40))
        change(complaint, at, status="acknowledged", acknowledged_at=at)
        at += timedelta(hours=self.random.randint(2, 30))
        change(complaint, at, status="investigating")
        at += timedelta(hours=self.random.randint(10, 60))
        if not upheld and self.random.random() < 0.07:
            reason = "The customer found the cause on its own side."
            change(complaint, at, status="withdrawn", reason=reason)
            return
        if self.random.random() < 0.2:
            change(complaint, at, status="waiting_customer")
            at += timedelta(hours=self.random.randint(20, 90))
            change(complaint, at, status="investigating")
        at += timedelta(hours=self.random.randint(30, 200))
        change(complaint, at, status="answered", answered_at=at)
        self._close(complaint, at, row, upheld=upheld)

    def _close(
        self, complaint: Complaint, at: datetime, row: dict[str, str], *, upheld: bool
    ) -> None:
        if self.random.random() < 0.08:
            at += timedelta(days=2)
            reason = "The answer does not name the cause."
            self.world.change(complaint, at, status="disputed", reason=reason)
            self.world.change(complaint, at + timedelta(days=1), status="investigating")
            at += timedelta(days=6)
            self.world.change(complaint, at, status="answered")
        self.world.change(complaint, at + timedelta(days=3), status="accepted")
        finding = "upheld" if upheld else self.random.choice(FINDINGS)
        at += timedelta(days=self.random.randint(4, 14))
        self.world.change(
            complaint,
            at,
            status="closed",
            closed_at=at,
            finding=finding,
            remedy=row["remedy"],
            learning=row["learning"],
        )

    def _plant(self) -> None:
        calendar = self.world.calendar
        self.world.plant(
            "complaint_theme",
            "A release of the ERP hosting goes wrong",
            "complaints",
            calendar.month(RELEASE_AGO),
            "many more complaints about this service than three months before",
            service=self.portfolio.services[THEME],
            quiet_month=calendar.month(RELEASE_AGO + 3).isoformat(),
            at_least=THEME_COMPLAINTS[RELEASE_AGO],
            complaint=self.theme[0],
        )
        self.world.plant(
            "complaints_before_leaving",
            "The customer that leaves had complained for months",
            "complaints",
            calendar.month(LEAVES_AGO + 4),
            "at least three complaints of this customer in the month",
            customer=self.relations.customers[self.relations.key("leaver")],
            at_least=LEAVER_COMPLAINTS[LEAVES_AGO + 4],
        )
        self.world.plant(
            "late_entries",
            "Notes of a regional office arrive when the month was published",
            "complaints",
            calendar.month(LATE_AGO),
            "the month's figure is restated: it was published without these complaints",
            published=calendar.month(LATE_KNOWN_AGO).isoformat(),
            late=LATE_COUNT,
            complaint=self.late[0],
        )


FINDINGS = ("upheld", "partly", "partly", "not_upheld", "not_upheld", "not_upheld")


def _subjects() -> list[dict[str, str]]:
    with (TABLES / "complaints.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
