"""KPIs of budgets, proposals and initiatives worked out by hand from the definitions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from .company import (
    BudgetLine,
    Company,
    CostEntry,
    Initiative,
    Interval,
    Proposal,
    Revision,
    Service,
)
from .kpis import contributions

NOW = datetime(2025, 6, 15, 1, 30, tzinfo=UTC)


def found(kpi, company):
    """What a KPI holds: (part, day, numerator) in the order of dates."""
    rows = [one for one in contributions(company, now=NOW) if one.kpi == kpi]
    rows.sort(key=lambda one: one.occurred_on)
    return [(one.part, one.occurred_on, one.numerator) for one in rows]


def budget(costs, *later, amount="100", **more):
    """A company of one line; costs and later amounts are (month, day of 2025, amount)."""
    revisions = [Revision(None, Decimal(amount))]
    revisions += [Revision(date(2025, month, day), Decimal(other)) for month, day, other in later]
    line = BudgetLine("L", date(2025, 1, 1), tuple(revisions), date(2025, 3, 31), **more)
    entries = [
        CostEntry(f"E{number}", "L", date(2025, month, day), Decimal(cost))
        for number, (month, day, cost) in enumerate(costs)
    ]
    return Company(budget_lines=(line,), cost_entries=tuple(entries))


def crossings(*args, **more):
    """The days of crossing of a line."""
    return [day for _, day, _ in found("budget_overruns", budget(*args, **more))]


def overruns(*args, **more):
    """The monthly overrun amounts of a line."""
    rows = found("budget_overrun_amount", budget(*args, **more))
    return [(month, str(amount)) for month, _, amount in rows]


def test_crossing_is_the_first_day_above_the_amount():
    assert crossings([(1, 5, "60"), (2, 7, "40"), (2, 9, "0.01"), (3, 1, "50")]) == [
        date(2025, 2, 9)
    ]


def test_exactly_the_tolerance_is_not_exceeded():
    costs = [(1, 5, "110"), (4, 2, "0.01")]
    assert crossings(costs[:1], tolerance_percent=Decimal(10)) == []
    assert crossings(costs, tolerance_percent=Decimal(10)) == [date(2025, 4, 2)]


def test_the_whole_day_is_looked_at():
    assert crossings([(1, 5, "150"), (1, 5, "-60")]) == []
    assert crossings([(1, 5, "150")], (1, 5, "150")) == []


def test_a_revision_can_cross():
    assert crossings([(1, 5, "90")], (3, 10, "80")) == [date(2025, 3, 10)]


def test_first_amount_reaches_back_and_the_last_written_of_a_day_holds():
    assert crossings([(1, 5, "90")], (3, 10, "80"), (3, 10, "95")) == []
    assert crossings([(1, 5, "90")], (3, 10, "95"), (2, 1, "80")) == [date(2025, 2, 1)]


def test_a_later_credit_leaves_the_crossing():
    assert crossings([(1, 5, "101"), (1, 6, "-50")]) == [date(2025, 1, 5)]


def test_tomorrow_does_not_count_yet():
    assert crossings([(6, 16, "500")]) == []
    assert crossings([(1, 5, "90")], (6, 16, "10")) == []
    assert crossings([(6, 15, "500")]) == [date(2025, 6, 15)]


def test_only_lines_ever_approved_and_not_deleted():
    for more in ({"ever_approved": False}, {"deleted": True}):
        assert crossings([(1, 5, "500")], **more) == []
        assert overruns([(1, 5, "500")], **more) == []


def test_overrun_amount_by_month_with_recovery():
    costs = [(1, 5, "130"), (2, 10, "20"), (4, 1, "-70"), (6, 15, "45.50"), (6, 16, "1000")]
    assert overruns(costs) == [
        ("2025-01", "30.00"),
        ("2025-02", "20.00"),
        ("2025-04", "-50.00"),
        ("2025-06", "25.50"),
    ]
    assert found("budget_overrun_amount", budget(costs))[-1][1] == date(2025, 6, 30)


def test_overrun_amount_leaves_tolerance_out():
    assert overruns([(1, 5, "105")], tolerance_percent=Decimal(10)) == [("2025-01", "5.00")]


def test_overrun_amount_rounds_each_month_end_half_up():
    # 0.01 × 0.5 = 0.005 → 0.01; 0.02 × 0.5 = 0.01 → no row; 0.03 × 0.5 = 0.015 → 0.02.
    costs = [(1, 5, "100.01"), (2, 5, "0.01"), (3, 5, "0.01")]
    rows = overruns(costs, budget_rate=Decimal("0.5"), currency="USD")
    assert rows == [("2025-01", "0.01"), ("2025-03", "0.01")]


def test_revision_of_the_current_month_counts_from_its_day():
    assert overruns([(1, 5, "90")], (6, 15, "60")) == [("2025-06", "30.00")]
    assert overruns([(1, 5, "90")], (6, 16, "60")) == []


def test_deleted_costs_are_not_summed():
    company = budget([(1, 5, "500")])
    (entry,) = company.cost_entries
    gone = CostEntry(entry.reference, "L", entry.posted_on, entry.amount_line, deleted=True)
    assert found("budget_overruns", Company(budget_lines=company.budget_lines)) == []
    company = Company(budget_lines=company.budget_lines, cost_entries=(gone,))
    assert contributions(company, now=NOW) == []


def test_dimensions_of_a_line_are_its_current_ones():
    (row, _) = contributions(budget([(1, 5, "500")], owner="mia", service="S"), now=NOW)
    assert row.dims == {"service": "S", "cost_type": "unattributed", "owner": "mia"}


OWNERS = (Interval("owner", None, "mia"), Interval("owner", date(2025, 3, 1), "noah"))


def proposals(*records):
    """A company of proposals and one service that changes hands on 1 March."""
    return Company(services=(Service("S", OWNERS),), proposals=records)


def test_cost_optimisation_by_first_submission():
    company = proposals(
        Proposal("A", service="S", submitted_on=date(2025, 2, 28), status="rejected"),
        Proposal("B", "asset", submitted_on=date(2025, 2, 28), status="submitted"),
        Proposal("D", submitted_on=date(2025, 6, 16), status="submitted"),
        Proposal("E"),
        Proposal("F", submitted_on=date(2025, 1, 1), status="submitted", deleted=True),
    )
    (row,) = contributions(company, now=NOW)
    assert (row.kpi, row.source_reference) == ("cost_optimisations", "A")
    assert row.dims == {"service": "S", "owner": "mia"}


def test_savings_by_verification_with_the_owner_of_that_day():
    verified = {"verified_saving_base": Decimal("1200.50"), "verified_on": date(2025, 3, 1)}
    company = proposals(
        Proposal("A", "asset", "S", date(2025, 1, 1), "verified", **verified),
        Proposal("B", "asset", None, date(2025, 1, 1), "approved", **verified),
        Proposal("D", "asset", None, date(2025, 1, 1), "implemented"),
    )
    (row,) = contributions(company, now=NOW)
    assert (row.kpi, row.numerator) == ("cost_savings_verified", Decimal("1200.50"))
    assert row.dims == {"service": "S", "owner": "noah"}


def test_strategic_initiative_by_its_start():
    company = Company(
        initiatives=(
            Initiative("A", objective="O", sponsor="mia", started_on=date(2025, 6, 15)),
            Initiative("B", "operational", started_on=date(2025, 1, 1)),
            Initiative("D", started_on=date(2025, 6, 16)),
            Initiative("E"),
            Initiative("F", started_on=date(2025, 1, 1), deleted=True),
        )
    )
    (row,) = contributions(company, now=NOW)
    assert (row.source_reference, row.occurred_on) == ("A", date(2025, 6, 15))
    assert row.dims == {"objective": "O", "owner": "mia"}
