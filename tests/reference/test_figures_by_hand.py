"""Periods, values, states, intervals, targets and status worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from .company import Organisation
from .contribution import Contribution
from .figures import (
    Figure,
    Target,
    figure,
    members,
    period_marks,
    provisional,
    published_by,
    status,
    wilson,
)
from .periods import bounds, months_of, period_of, periods_between

TODAY = date(2025, 6, 15)


def row(kpi, day, numerator=1, denominator=None, part="", **dims):
    """A contribution."""
    below = None if denominator is None else Decimal(denominator)
    return Contribution(kpi, "source", "R", part, day, Decimal(numerator), below, dims)


def ratio(numerator, n, kpi="service_satisfaction"):
    """So many satisfied of so many, in March."""
    return [row(kpi, date(2025, 3, 1), int(index < numerator), 1) for index in range(n)]


def test_fiscal_periods():
    assert months_of("2025", 4)[::11] == ["2025-04", "2026-03"]
    assert months_of("2025-Q4", 4) == ["2026-01", "2026-02", "2026-03"]
    assert bounds("2025-Q1", 12) == (date(2025, 12, 1), date(2026, 3, 1))
    assert bounds("2024-02") == (date(2024, 2, 1), date(2024, 3, 1))
    assert period_of(date(2025, 3, 31), "year", 4) == "2024"
    assert period_of(date(2025, 3, 31), "quarter", 4) == "2024-Q4"
    assert period_of(date(2025, 11, 30), "quarter", 12) == "2024-Q4"
    assert periods_between("2025-03", "2025-04", "quarter") == ["2025-Q1", "2025-Q2"]


def test_counts():
    rows = [row("complaints", date(2025, 3, 31)), row("complaints", date(2025, 4, 1))]
    assert figure(rows, "complaints", "2025-03", today=TODAY) == Figure(1, 1, None, 1, "value")
    assert figure(rows, "complaints", "2025", "year", today=TODAY).value == 2
    assert figure(rows, "complaints", "2025-02", today=TODAY) == Figure(0, 0, None, 0, "zero")
    assert figure(rows, "complaints", "2025-07", today=TODAY).state == "not_applicable"
    with pytest.raises(ValueError, match="is not a month"):
        figure(rows, "complaints", "2025", "month", today=TODAY)


def test_rows_with_numerator_zero_are_not_counted_in_n():
    rows = [row("lost_customers", date(2025, 3, 1), 0), row("lost_customers", date(2025, 3, 2))]
    assert figure(rows, "lost_customers", "2025-03", today=TODAY).n == 1
    assert figure(rows[:1], "lost_customers", "2025-03", today=TODAY).state == "zero"


def test_members():
    rows = [row("complaints", date(2025, 3, 1), channel="email"), row("complaints", TODAY)]
    assert members(rows[:1], "complaints", "2025-03", "channel", today=TODAY) == ["email"]
    shown = figure(rows[:1], "complaints", "2025-03", None, "channel", "phone", today=TODAY)
    assert shown.state == "zero"


def test_stock_of_a_quarter_is_its_last_begun_month():
    rows = [
        row("active_customers", date(2025, 4, 30)),
        row("active_customers", date(2025, 5, 31)),
        row("active_customers", date(2025, 5, 31)),
        row("active_customers", date(2025, 6, 30)),
    ]
    shown = [
        figure(rows, "active_customers", period, today=TODAY).value
        for period in ("2025-Q2", "2025", "2025-05", "2025-Q1")
    ]
    assert shown == [1, 1, 2, 0]
    assert figure(rows, "active_customers", "2025-Q2", today=date(2025, 5, 1)).value == 2


def test_states_of_ratios():
    empty = figure([], "service_satisfaction", "2025-03", today=TODAY)
    assert empty == Figure(None, 0, 0, 0, "no_data")
    few = figure(ratio(4, 4), "service_satisfaction", "2025-03", today=TODAY)
    assert (few.value, few.numerator, few.denominator, few.state) == (None, 4, 4, "insufficient")
    assert few.interval is not None
    five = figure(ratio(4, 5), "service_satisfaction", "2025-03", today=TODAY)
    assert (five.value, five.n, five.state, five.indicative) == (80, 5, "value", True)
    none = figure(ratio(0, 20), "service_satisfaction", "2025-03", today=TODAY)
    assert (none.value, none.state, none.indicative) == (0, "zero", False)


def test_satisfaction_score_has_no_interval():
    rows = ratio(3, 5, "satisfaction_score")
    shown = figure(rows, "satisfaction_score", "2025-03", today=TODAY)
    assert (shown.value, shown.interval, shown.indicative) == (60, None, False)
    assert figure(rows[:4], "satisfaction_score", "2025-03", today=TODAY).state == "insufficient"


@pytest.mark.parametrize(
    ("numerator", "n", "low", "high"),
    [(4, 5, 37.5534, 96.3776), (0, 10, 0, 27.7533), (10, 10, 72.2467, 100), (0, 1, 0, 79.3451)],
)
def test_wilson(numerator, n, low, high):
    assert wilson(Decimal(numerator), Decimal(n)) == pytest.approx((low, high), abs=2e-4)


@pytest.mark.parametrize(
    ("kpi", "last"),
    [
        ("complaints", date(2025, 4, 5)),
        ("survey_response_rate", date(2025, 4, 30)),
        ("lost_customers", date(2025, 5, 30)),
    ],
)
def test_provisional_until_settled(kpi, last):
    organisation = Organisation(grace_days=60)
    after = date.fromordinal(last.toordinal() + 1)
    assert provisional(kpi, "2025-03", last, organisation)
    assert provisional(kpi, "2025-Q1", last, organisation)
    assert not provisional(kpi, "2025-03", after, organisation)
    assert published_by(kpi, "2025-03", [last, after, after], organisation) == 1
    assert published_by(kpi, "2025-03", [last], organisation) is None


def targets(kpi, *rows):
    """Targets of a KPI: (from month, target, amber, red)."""
    return [Target(kpi, month, *map(number, marks)) for month, *marks in rows]


def number(value):
    """A Decimal or None."""
    return None if value is None else Decimal(value)


def test_targets_of_quarters():
    counted = targets("new_customers", ("2025-01", 3, 2, None), ("2025-03", 5))
    marks = period_marks(counted, "new_customers", "2025-Q1", today=TODAY)
    assert marks == (11, 9, 9)
    assert period_marks(counted, "new_customers", "2024-Q4", today=TODAY) is None
    share = targets("service_satisfaction", ("2025-01", 80), ("2025-06", 90, 85, 70))
    assert period_marks(share, "service_satisfaction", "2025-Q2", today=TODAY) == (90, 85, 70)
    earlier = period_marks(share, "service_satisfaction", "2025-Q2", today=date(2025, 5, 31))
    assert earlier == (80, 80, 80)


def test_member_inherits_the_wholes_target():
    own = Target("complaints", "2025-03", Decimal(1), dimension="service", member="S")
    both = [Target("complaints", "2025-01", Decimal(9)), own]
    shown = [
        period_marks(both, "complaints", month, today=TODAY, dimension="service", member=member)[0]
        for month, member in (("2025-02", "S"), ("2025-03", "S"), ("2025-03", "T"))
    ]
    assert shown == [9, 1, 9]


@pytest.mark.parametrize(
    ("kpi", "marks", "values"),
    [
        ("new_customers", (10, 8, 5), {10: "green", 8: "green", 7: "amber", 5: "amber", 4: "red"}),
        ("complaints", (3, 4, 6), {3: "green", 4: "green", 5: "amber", 6: "amber", 7: "red"}),
        (
            "strategic_initiatives",
            (10, 2, 4),
            {10: "green", 8: "green", 12: "green", 13: "amber", 6: "amber", 5: "red", 15: "red"},
        ),
    ],
)
def test_status(kpi, marks, values):
    shown = {
        value: status(kpi, Figure(Decimal(value), Decimal(value), None, 1, "value"), marks, False)
        for value in values
    }
    assert shown == values


def test_grey():
    good = figure(ratio(20, 20), "service_satisfaction", "2025-03", today=TODAY)
    indicative = figure(ratio(19, 19), "service_satisfaction", "2025-03", today=TODAY)
    empty = figure([], "service_satisfaction", "2025-03", today=TODAY)
    marks = (Decimal(80), Decimal(80), Decimal(80))
    shown = [
        status("service_satisfaction", good, marks, False),
        status("service_satisfaction", good, marks, True),
        status("service_satisfaction", good, None, False),
        status("service_satisfaction", indicative, marks, False),
        status("service_satisfaction", empty, marks, False),
    ]
    assert shown == ["green", "grey", "grey", "grey", "grey"]
