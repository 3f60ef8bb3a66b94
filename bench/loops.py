"""The floor of object loops: what the figures cost when Python goes through the records.

One pass over each kind of record by the ORM, dimensions and spells looked up in dictionaries; the
way such KPIs are usually computed. The sums are the product's.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from customers.models import Customer, CustomerInterval, Spell, TerminationReason
from feedback.models import Complaint, Invitation, Response, Survey
from finance.models import BudgetLine, BudgetRevision, CostEntry, Proposal
from kpis.definitions import DIMENSIONS, KPIS
from services.models import ServiceInterval
from strategy.models import Initiative

from .digest import Row
from .volume import NOW, TODAY

ONE = 10_000
CODES = {kpi.key: kpi.code for kpi in KPIS}
UNCOUNTED = (TerminationReason.MERGED, TerminationReason.MOVED_IN_GROUP)


class Tally:
    """Sums by KPI, dimension, month and member."""

    def __init__(self) -> None:
        self.sums: dict[tuple, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        self.dimensions = {
            kpi.key: [d for n in kpi.dimensions if (d := DIMENSIONS[n]).in_snapshots]
            for kpi in KPIS
        }

    def add(
        self, key: str, day: date, numerator: int, members: dict[str, Any], denominator: int = 0
    ) -> None:
        """Add one contribution to the whole and to its member of each dimension."""
        month = day.year * 100 + day.month
        self._add((CODES[key], 0, month, 0, ""), numerator, denominator)
        for dimension in self.dimensions[key]:
            member = members.get(dimension.column)
            place = (member or 0, "") if dimension.member_kind else (0, member or "")
            self._add((CODES[key], dimension.code, month, *place), numerator, denominator)

    def _add(self, place: tuple, numerator: int, denominator: int) -> None:
        sums = self.sums[place]
        sums[0] += numerator
        sums[1] += denominator
        sums[2] += 1
        sums[3] += numerator != 0

    def rows(self) -> list[Row]:
        return [(*place, *sums) for place, sums in self.sums.items()]


def figures() -> list[Row]:
    """All monthly sums of all KPIs as of the bench's day."""
    tally, of_customer = Tally(), _customers()
    _spells(tally, of_customer)
    _complaints(tally, of_customer)
    _surveys(tally, of_customer)
    _budgets(tally)
    _proposals(tally)
    initiatives = Initiative.objects.filter(kind="strategic", started_on__lte=TODAY)
    for initiative in initiatives.iterator():
        members = {"owner_id": initiative.sponsor_id, "objective_id": initiative.objective_id}
        tally.add("strategic_initiatives", initiative.started_on, ONE, members)
    return tally.rows()


def _customers() -> Any:
    """A function that finds a customer's dimensions on a day."""
    intervals = defaultdict(list)
    for interval in CustomerInterval.objects.order_by("starts_on"):
        members = {name: getattr(interval, name) for name in CustomerInterval.attributes}
        intervals[interval.customer_id].append((interval.starts_on, members))

    def on(customer_id: int | None, day: date) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for starts_on, members in intervals.get(customer_id, ()):
            if starts_on <= day:
                found = members
        return found

    return on


def _month_ends(first: date) -> Iterator[tuple[date, date]]:
    """The last day of each month begun, and the day on which it is judged."""
    day = first.replace(day=1)
    while day <= TODAY:
        following = (day + timedelta(days=32)).replace(day=1)
        last = following - timedelta(days=1)
        yield last, min(last, TODAY)
        day = following


def _spells(tally: Tally, of_customer: Any) -> None:
    living = set(Customer.objects.values_list("id", flat=True))
    spells = Spell.objects.filter(starts_on__lte=TODAY).select_related("last_agreement")
    for spell in spells:
        if spell.customer_id not in living:
            continue
        gained = "new_customers" if spell.number == 1 else "returned_customers"
        members = of_customer(spell.customer_id, spell.starts_on)
        tally.add(gained, spell.starts_on, ONE, members)
        if spell.ends_on and spell.ends_on < TODAY:
            _lost(tally, spell, of_customer)
        for last, judged in _month_ends(spell.starts_on):
            if spell.starts_on <= judged and (spell.ends_on is None or spell.ends_on >= judged):
                members = of_customer(spell.customer_id, judged)
                tally.add("active_customers", last, ONE, members)


def _lost(tally: Tally, spell: Spell, of_customer: Any) -> None:
    day, agreement = spell.ends_on + timedelta(days=1), spell.last_agreement
    terminated = agreement.status == "terminated"
    reason = agreement.termination_reason if terminated else "expired"
    members = {**of_customer(spell.customer_id, day), "reason": reason}
    tally.add("lost_customers", day, 0 if reason in UNCOUNTED else ONE, members)


def _complaints(tally: Tally, of_customer: Any) -> None:
    for complaint in Complaint.objects.filter(received_on__lte=TODAY).iterator():
        day = complaint.received_on
        members = of_customer(complaint.customer_id, day) | {
            "service_id": complaint.service_id,
            "channel": complaint.channel,
        }
        if complaint.status == "withdrawn":
            tally.add("complaints_withdrawn", day, ONE, members)
        if complaint.status in ("withdrawn", "duplicate"):
            continue
        tally.add("complaints", day, ONE, members)
        if complaint.finding in ("upheld", "partly"):
            tally.add("complaints_upheld", day, ONE, members)
        due, heard = complaint.acknowledge_due_at, complaint.acknowledged_at
        if due <= NOW:
            in_time = ONE if heard and heard <= due else 0
            tally.add("complaints_acknowledged_in_time", day, in_time, members, ONE)


def _surveys(tally: Tally, of_customer: Any) -> None:
    surveys = {survey.pk: survey for survey in Survey.objects.all()}
    for survey in surveys.values():
        if survey.closed_on and survey.closed_on <= TODAY:
            members = {"service_id": survey.service_id}
            tally.add("surveys_closed", survey.closed_on, ONE, members)
    answered = set()
    responses = Response.objects.filter(completed_on__lte=TODAY, is_test=False)
    for response in responses.iterator():
        day = response.completed_on
        service = response.service_id or surveys[response.survey_id].service_id
        members = of_customer(response.customer_id, day) | {"service_id": service}
        answered.add(response.invitation_id)
        tally.add("surveys_completed", day, ONE, members)
        if response.satisfaction is not None:
            happy = ONE if response.satisfaction >= Decimal("0.75") else 0
            tally.add("service_satisfaction", day, happy, members, ONE)
            score = (int(response.satisfaction * 1_000_000) + 50) // 100
            tally.add("satisfaction_score", day, score, members, ONE)
    invitations = Invitation.objects.filter(invited_on__lte=TODAY).exclude(status="bounced")
    for invitation in invitations.iterator():
        service = invitation.service_id or surveys[invitation.survey_id].service_id
        members = of_customer(invitation.customer_id, invitation.invited_on)
        numerator = ONE if invitation.pk in answered else 0
        place = members | {"service_id": service}
        tally.add("survey_response_rate", invitation.invited_on, numerator, place, ONE)


def _budgets(tally: Tally) -> None:
    """Amounts are counted in cents here, as the ledger does."""
    events: dict[int, dict[date, list]] = defaultdict(lambda: defaultdict(lambda: [0, None]))
    costs = CostEntry.objects.filter(posted_on__lte=TODAY).exclude(budget_line=None)
    for cost in costs.iterator():
        events[cost.budget_line_id][cost.posted_on][0] += int(cost.amount_line * 100)
    first = {}
    for revision in BudgetRevision.objects.all():
        if revision.is_first:
            first[revision.line_id] = int(revision.amount * 100)
        elif revision.effective_on <= TODAY:
            events[revision.line_id][revision.effective_on][1] = int(revision.amount * 100)
    for line in BudgetLine.objects.exclude(status="draft"):
        _overrun(tally, line, first[line.pk], sorted(events[line.pk].items()))


def _overrun(tally: Tally, line: BudgetLine, allowed: int, days: list) -> None:
    members = {
        "service_id": line.service_id,
        "owner_id": line.owner_id,
        "cost_type": line.cost_type,
    }
    actual, crossed, ends = 0, None, {}
    for day, (spent, revised) in days:
        actual += spent
        allowed = allowed if revised is None else revised
        if crossed is None and actual * 100 > allowed * (100 + line.tolerance_percent):
            crossed = day
        over = Decimal(max(0, actual - allowed)) * line.budget_rate
        ends[day.replace(day=1)] = int(over + Decimal("0.5"))
    if crossed:
        tally.add("budget_overruns", crossed, ONE, members)
    before = 0
    for month, overrun in sorted(ends.items()):
        if overrun != before:
            tally.add("budget_overrun_amount", month, (overrun - before) * 100, members)
        before = overrun


def _proposals(tally: Tally) -> None:
    owners = defaultdict(list)
    for interval in ServiceInterval.objects.order_by("starts_on"):
        owners[interval.service_id].append((interval.starts_on, interval.owner_id))

    def members(proposal: Proposal, day: date) -> dict[str, Any]:
        past = [owner for start, owner in owners[proposal.service_id] if start <= day]
        return {"service_id": proposal.service_id, "owner_id": past[-1] if past else None}

    for proposal in Proposal.objects.iterator():
        submitted, verified = proposal.submitted_on, proposal.verified_on
        if proposal.kind == "cost_optimisation" and submitted and submitted <= TODAY:
            tally.add("cost_optimisations", submitted, ONE, members(proposal, submitted))
        done = proposal.status in ("implemented", "verified")
        saved = proposal.verified_saving_base
        if done and saved is not None and verified and verified <= TODAY:
            numerator = int(saved * 10_000)
            tally.add("cost_savings_verified", verified, numerator, members(proposal, verified))
