"""budget_overruns, budget_overrun_amount, cost_optimisations, cost_savings_verified."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from .company import BudgetLine
from .contribution import ONE, UNATTRIBUTED, ZERO, Contribution, Reading, cents
from .periods import ONE_DAY, last_day, month_of, months_between


def amount_in_force(line: BudgetLine, day: date) -> Decimal:
    """The line's amount on a day, in its currency.

    The first amount is in force from the beginning; a later one from its effective date until the
    next effective date; of two with the same date the one written later holds.
    """
    first, *later = line.revisions
    starts = {revision.effective_on: revision.amount for revision in later}
    begun = [start for start in starts if start <= day]
    return starts[max(begun)] if begun else first.amount


class LineDays:
    """A budget line walked day by day, from its first posting or revision to the run's date."""

    def __init__(self, reading: Reading, line: BudgetLine, posted: dict[date, Decimal]) -> None:
        self.line = line
        self.posted = posted
        events = [*posted, *(revision.effective_on for revision in line.revisions[1:])]
        events = [day for day in events if reading.happened(day)]
        self.first = min(events, default=None)
        self.last = reading.today

    def __iter__(self) -> Iterator[tuple[date, Decimal, Decimal]]:
        """Each day with the cumulative actual and the amount in force at its end."""
        if self.first is None:
            return
        changes = {revision.effective_on for revision in self.line.revisions[1:]}
        day, actual, amount = self.first, ZERO, amount_in_force(self.line, self.first)
        while day <= self.last:
            actual += self.posted.get(day, ZERO)
            if day in changes:
                amount = amount_in_force(self.line, day)
            yield day, actual, amount
            day += ONE_DAY


def line_contributions(reading: Reading) -> Iterator[Contribution]:
    """The two KPIs of budget lines that were ever approved."""
    posted: dict[str, dict[date, Decimal]] = {}
    for cost in reading.company.cost_entries:
        if not cost.deleted:
            days = posted.setdefault(cost.line, {})
            days[cost.posted_on] = days.get(cost.posted_on, ZERO) + cost.amount_line
    for line in reading.company.budget_lines:
        if line.ever_approved and not line.deleted:
            days = list(LineDays(reading, line, posted.get(line.reference, {})))
            yield from _crossing(line, days)
            yield from _overrun_months(line, days)


def _dims(line: BudgetLine) -> dict[str, str]:
    """The line's current service, cost type and owner."""
    return {
        "service": line.service or UNATTRIBUTED,
        "cost_type": line.cost_type or UNATTRIBUTED,
        "owner": line.owner or UNATTRIBUTED,
    }


def _crossing(line: BudgetLine, days: list) -> Iterator[Contribution]:
    """The first day at whose end the actual exceeds amount × (1 + tolerance); once per line."""
    factor = 1 + line.tolerance_percent / 100
    for day, actual, amount in days:
        if actual > amount * factor:
            yield Contribution(
                "budget_overruns", "budget_line", line.reference, "", day, ONE, None, _dims(line)
            )
            return


def overrun_base(line: BudgetLine, actual: Decimal, amount: Decimal) -> Decimal:
    """max(0, actual − amount) in base currency at the budget rate, rounded half up to cents."""
    return cents(max(ZERO, actual - amount) * line.budget_rate)


def _overrun_months(line: BudgetLine, days: list) -> Iterator[Contribution]:
    """Per month, the overrun at its end less that a month before; only rows ≠ 0."""
    at_end = {month_of(day): (actual, amount) for day, actual, amount in days}
    before = ZERO
    for month in months_between(min(at_end), max(at_end)) if at_end else []:
        overrun = overrun_base(line, *at_end[month])
        if overrun != before:
            yield Contribution(
                "budget_overrun_amount",
                "budget_line",
                line.reference,
                month,
                last_day(month),
                overrun - before,
                None,
                _dims(line),
            )
        before = overrun


def proposal_contributions(reading: Reading) -> Iterator[Contribution]:
    """Cost optimisations by first submission; savings of implemented proposals by verification."""
    for proposal in reading.company.proposals:
        if proposal.deleted:
            continue
        day = proposal.submitted_on
        if proposal.kind == "cost_optimisation" and reading.happened(day):
            yield _of_proposal(reading, "cost_optimisations", proposal, day, ONE)
        day, saving = proposal.verified_on, proposal.verified_saving_base
        implemented = proposal.status in ("implemented", "verified")
        if implemented and saving is not None and reading.happened(day):
            yield _of_proposal(reading, "cost_savings_verified", proposal, day, saving)


def _of_proposal(
    reading: Reading, kpi: str, proposal, day: date, numerator: Decimal
) -> Contribution:
    """A proposal's contribution with its service and that service's owner on the day."""
    owner = reading.service_owner(proposal.service, day)
    dims = {"service": proposal.service or UNATTRIBUTED, "owner": owner}
    return Contribution(kpi, "proposal", proposal.reference, "", day, numerator, None, dims)
