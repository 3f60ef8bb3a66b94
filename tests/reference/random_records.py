"""Random records of every kind, as nasty as the definitions allow.

What they hold is legal in the product: only a termination may end an agreement before its start,
a completed response has its score, an amount is not negative, credits are negative costs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from .company import (
    Agreement,
    AgreementVersion,
    BudgetLine,
    Company,
    Complaint,
    CostEntry,
    Customer,
    Initiative,
    Interval,
    Invitation,
    Objective,
    Proposal,
    Response,
    Revision,
    Service,
    Survey,
)
from .random_values import (
    CHANNELS,
    COST_TYPES,
    CURRENCIES,
    KINDS,
    PEOPLE,
    REGIONS,
    SEGMENTS,
    Values,
)

VALUES = {"manager": PEOPLE, "segment": SEGMENTS, "region": REGIONS, "kind": KINDS, "owner": PEOPLE}
REASONS = (
    *("price", "quality", "need_unmet", "competitor", "closed_down", "other", None),
    *("merged", "moved_in_group", "merged", "moved_in_group"),
)
COMPLAINT_STATUSES = (
    *(
        "received",
        "acknowledged",
        "investigating",
        "waiting_customer",
        "answered",
        "disputed",
        "accepted",
    ),
    *("closed", "closed", "withdrawn", "withdrawn", "duplicate"),
)
PROPOSAL_STATUSES = (
    "draft",
    "submitted",
    "approved",
    "rejected",
    "deferred",
    "implemented",
    "verified",
)


class Maker:
    """Makes one random record of each kind; `company` makes them all."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.random = values.random
        self.chance = values.chance
        self.services: list[str | None] = [None]
        self.customers: list[str | None] = [None]
        self.objectives: list[str | None] = [None]

    def company(self, size: int) -> Company:
        """A whole company."""
        services = [self.service() for _ in range(max(2, size // 4))]
        self.services += [service.reference for service in services]
        customers = self.merge([self.customer() for _ in range(size)])
        self.customers += [customer.reference for customer in customers]
        objectives = [Objective(self.values.reference("O")) for _ in range(3)]
        self.objectives += [objective.reference for objective in objectives]
        surveys = [self.survey() for _ in range(max(1, size // 6))]
        invitations = [self.invitation(self.random.choice(surveys)) for _ in range(size)]
        responses = [self.response(invitation) for invitation in invitations if self.chance(0.6)]
        responses += [self.response(None, self.random.choice(surveys)) for _ in range(size // 3)]
        lines = [self.budget_line() for _ in range(max(1, size // 4))]
        return Company(
            organisation=self.values.organisation,
            customers=tuple(customers),
            agreements=tuple(
                one for customer in customers for one in self.agreements(customer.reference)
            ),
            services=tuple(services),
            complaints=tuple(self.complaint() for _ in range(size)),
            surveys=tuple(surveys),
            invitations=tuple(invitations),
            responses=tuple(responses),
            budget_lines=tuple(lines),
            cost_entries=tuple(cost for line in lines for cost in self.costs(line)),
            proposals=tuple(self.proposal() for _ in range(size // 3)),
            objectives=tuple(objectives),
            initiatives=tuple(self.initiative() for _ in range(size // 3)),
        )

    def deleted(self) -> bool:
        """Few records are deleted."""
        return self.chance(0.06)

    # --- services and customers

    def service(self) -> Service:
        """A service whose owner changes now and then."""
        return Service(self.values.reference("S"), self.intervals(("owner",)), self.deleted())

    def customer(self) -> Customer:
        """A customer whose manager, segment, region and kind change now and then."""
        names = ("manager", "segment", "region", "kind")
        return Customer(self.values.reference("C"), self.intervals(names), None, self.deleted())

    def intervals(self, names: tuple[str, ...]) -> tuple[Interval, ...]:
        """First values, null ones too, then changes in any order, some replacing the same day's."""
        found = [Interval(name, None, self.random.choice(VALUES[name])) for name in names]
        for name in names:
            for _ in range(self.random.choice((0, 0, 0, 1, 2, 3))):
                found.append(self.interval(name, found))
        return tuple(found)

    def interval(self, name: str, existing) -> Interval:
        """A change of an attribute, in a third of cases on a day that has one already."""
        days = [one.valid_from for one in existing if one.attribute == name and one.valid_from]
        day = self.random.choice(days) if days and self.chance(0.3) else self.values.day(700, 60)
        return Interval(name, day, self.random.choice(VALUES[name]))

    def merge(self, customers: list[Customer]) -> list[Customer]:
        """Some customers merged into others, in chains too; those merged away are not deleted."""
        merged = list(customers)
        for index in range(1, len(merged)):
            if self.chance(0.12):
                into = merged[self.random.randrange(index)].reference
                one = merged[index]
                merged[index] = Customer(one.reference, one.intervals, into, deleted=False)
        return merged

    # --- agreements

    def agreements(self, customer: str) -> list[Agreement]:
        """A customer's history: gaps of G days and one more or less, overlaps, ties."""
        grace = self.values.organisation.grace_days
        gaps = (0, 0, 1, grace - 1, grace, grace, grace + 1, grace + 1, 2 * grace + 5, -12, -60)
        found: list[Agreement] = []
        starts_on = self.values.day(800, 30)
        for _ in range(self.random.choice((0, 1, 1, 2, 3, 4))):
            agreement = self.agreement(customer, starts_on)
            found.append(agreement)
            if self.chance(0.15):
                found.append(self.twin(agreement))
            ends_on = agreement.ends_on or self.values.day(300, 100)
            starts_on = ends_on + timedelta(days=1 + self.random.choice(gaps))
        return found

    def agreement(self, customer: str, starts_on: date) -> Agreement:
        """An agreement, some of several versions, some terminated, some that do not count."""
        ends_on = None
        if not self.chance(0.12):
            length = self.random.choice((1, 10, 30, 45, 60, 120, 181, 365))
            ends_on = starts_on + timedelta(days=length - 1)
            if self.chance(0.12):
                ends_on = max(starts_on, self.values.day(2, 2))
        status = self.random.choices(
            ("signed", "terminated", "negotiating", "draft"), (72, 18, 5, 5)
        )[0]
        agreement = Agreement(
            self.values.reference("A"),
            customer,
            self.versions(starts_on, ends_on, status in ("signed", "terminated")),
            status,
            counts_for_customer=not self.chance(0.06),
            service=self.random.choice(self.services[1:]),
            deleted=self.deleted(),
        )
        return self.terminated(agreement) if status == "terminated" else agreement

    def versions(
        self, starts_on: date, ends_on: date | None, signed: bool
    ) -> tuple[AgreementVersion, ...]:
        """Versions of which the latest signed one has these dates; the others differ."""
        found = [AgreementVersion(1, starts_on, ends_on, signed)]
        if self.chance(0.15):
            other = starts_on + timedelta(days=self.random.choice((-40, 20)))
            earlier_end = other + timedelta(days=50) if self.chance(0.5) else None
            found = [AgreementVersion(1, other, earlier_end, signed), found[0]._replace(number=2)]
        if self.chance(0.08):
            found.append(
                AgreementVersion(len(found) + 1, starts_on, starts_on + timedelta(days=500), False)
            )
        return tuple(found)

    def terminated(self, agreement: Agreement) -> Agreement:
        """The agreement terminated, never after its end, sometimes before its start."""
        days = (-1, -30, 0, 1, 20, 90)
        effective = agreement.starts_on + timedelta(days=self.random.choice(days))
        ends_on = agreement.version.ends_on
        if ends_on is not None:
            effective = min(effective, ends_on)
        return replace(
            agreement,
            status="terminated",
            terminated_on=effective,
            termination_reason=self.random.choice(REASONS),
        )

    def twin(self, agreement: Agreement) -> Agreement:
        """Another agreement that starts, or ends, on the same day: a tie."""
        ends_on, starts_on = agreement.ends_on, agreement.starts_on
        if ends_on is not None and ends_on >= starts_on:
            starts_on = self.random.choice((starts_on, ends_on))
        reference = self.values.neighbour(agreement.reference)
        service = self.random.choice(self.services[1:])
        if ends_on is not None and ends_on < starts_on:
            ends_on = None
        return Agreement.simple(reference, agreement.customer, starts_on, ends_on, service=service)

    # --- feedback

    def complaint(self) -> Complaint:
        """A complaint, acknowledged early, on the instant it is due, a moment late, or never."""
        received_at = self.values.instant()
        due_at = received_at + timedelta(hours=self.values.organisation.acknowledge_hours)
        late = self.random.choice((None, -3600, -60, 0, 0, 1, 4000))
        status = self.random.choice(COMPLAINT_STATUSES)
        findings = ("upheld", "partly", "not_upheld")
        return Complaint(
            self.values.reference("K"),
            received_at,
            due_at,
            self.random.choice(self.customers),
            self.random.choice(self.services),
            self.random.choice(CHANNELS),
            None if late is None else max(received_at, due_at + timedelta(seconds=late)),
            status,
            self.random.choice(findings if status == "closed" else (None, *findings)),
            self.deleted(),
        )

    def survey(self) -> Survey:
        """A survey, about a service or none, closed or not."""
        closed_at = self.values.instant(300) if self.chance(0.6) else None
        return Survey(
            self.values.reference("Q"), self.random.choice(self.services), closed_at, self.deleted()
        )

    def invitation(self, survey: Survey) -> Invitation:
        """An invitation: queued, bounced or delivered."""
        return Invitation(
            self.values.reference("I"),
            survey.reference,
            self.random.choice(self.customers),
            self.random.choice(self.services) if self.chance(0.3) else None,
            None if self.chance(0.06) else self.values.instant(500),
            self.chance(0.1),
            self.deleted(),
        )

    def response(self, invitation: Invitation | None, survey: Survey | None = None) -> Response:
        """A response to an invitation, or to a survey's open link: complete, partial or a test."""
        partial = self.chance(0.15)
        score, worst, best = (None, None, None) if partial else self.values.score()
        return Response(
            self.values.reference("R"),
            invitation.survey if invitation else survey.reference,
            invitation.reference if invitation else None,
            invitation.customer if invitation else self.random.choice(self.customers),
            invitation.service if invitation else self.random.choice(self.services),
            None if partial else self.values.instant(500),
            score,
            worst,
            best,
            test=self.chance(0.06),
            partial=partial,
            deleted=self.deleted(),
        )

    # --- finance and strategy

    def budget_line(self) -> BudgetLine:
        """A budget line of any currency with up to three revisions, some on the same day."""
        starts_on = self.values.day(600, 20)
        currency = self.random.choice(CURRENCIES)
        ends_on = starts_on + timedelta(days=self.random.choice((27, 364)))
        line = BudgetLine(
            self.values.reference("L"),
            starts_on,
            (Revision(starts_on, self.values.money(0, 200_000)),),
            ends_on,
            self.random.choice(self.services),
            self.random.choice(COST_TYPES),
            self.random.choice(PEOPLE),
            currency,
            Decimal(self.random.choice((0, 0, 5, 10, 100))),
            self.values.rate(currency, starts_on),
            not self.chance(0.1),
            self.deleted(),
        )
        for _ in range(self.random.choice((0, 0, 1, 2, 3))):
            line = self.revised(line)
        return line

    def revised(self, line: BudgetLine, day: date | None = None) -> BudgetLine:
        """The line with one more amount, sometimes dated as the one before or before the first."""
        if day is None:
            day = line.revisions[-1].effective_on if self.chance(0.2) else self.values.day(500, 40)
        revision = Revision(day, self.values.money(0, 250_000))
        return replace(line, revisions=(*line.revisions, revision))

    def costs(self, line: BudgetLine) -> list[CostEntry]:
        """Costs in and out of the line's dates, on revisions' days, to the cent; credits."""
        found = []
        for _ in range(self.random.choice((0, 2, 6, 10))):
            days = [revision.effective_on for revision in line.revisions]
            day = self.random.choice(days) if self.chance(0.2) else self.values.day(700, 20)
            amount = self.values.money(1, 60_000)
            if self.chance(0.2):
                amount = -amount
            elif self.chance(0.2):
                amount = self.random.choice(line.revisions).amount
            found.append(self.cost(line, day, amount))
        return found

    def cost(self, line: BudgetLine, day: date, amount) -> CostEntry:
        """A posting on a line."""
        return CostEntry(self.values.reference("E"), line.reference, day, amount, self.deleted())

    def proposal(self) -> Proposal:
        """A proposal in any state; a draft is not submitted, a verified one has its saving."""
        status = self.random.choice(PROPOSAL_STATUSES)
        verified = status == "verified" or (status == "implemented" and self.chance(0.4))
        submitted_on = None if status == "draft" else self.values.day(600, 10)
        return Proposal(
            self.values.reference("P"),
            self.random.choice(("cost_optimisation", "cost_optimisation", "asset")),
            self.random.choice(self.services),
            submitted_on,
            status,
            self.values.money(0, 900_000) if verified else None,
            submitted_on + timedelta(days=self.random.choice((0, 30, 200))) if verified else None,
            self.deleted(),
        )

    def initiative(self) -> Initiative:
        """An initiative, strategic or operational, begun or not."""
        return Initiative(
            self.values.reference("N"),
            self.random.choice(("strategic", "strategic", "operational")),
            self.random.choice(self.objectives),
            self.random.choice(PEOPLE),
            self.values.day(600, 20) if self.chance(0.7) else None,
            self.deleted(),
        )
