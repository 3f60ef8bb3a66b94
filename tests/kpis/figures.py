"""Compares the product's figures with the second implementation's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from kpis.definitions import KPIS
from kpis.figures import Series, series
from tests.reference import figures as reference
from tests.reference.contribution import Contribution
from tests.reference.periods import periods_between

GRAINS = ("month", "quarter", "year")


def check_figures(expected: list[Contribution], today: date, fiscal: int, **window: int) -> int:
    """Every figure of every KPI, grain, dimension and member; returns how many were compared."""
    compared = 0
    by_kpi: dict[str, list[Contribution]] = {kpi.key: [] for kpi in KPIS}
    for one in expected:
        by_kpi[one.kpi].append(one)
    for kpi in KPIS:
        for grain in GRAINS:
            for dimension in (None, *kpi.dimensions):
                found = series(kpi, grain=grain, dimension=dimension, **window)
                compared += compare(by_kpi[kpi.key], found, today, fiscal, **window)
    return compared


def compare(
    expected: list[Contribution], found: Series, today: date, fiscal: int, start: int, end: int
) -> int:
    """One series."""
    key, dimension = found.kpi.key, found.dimension
    shown = {(str(one.period), one.member): one for one in found.figures}
    assert len(shown) == len(found.figures)
    wanted = []
    for period in periods_between(_text(start), _text(end), found.grain, fiscal):
        members = [None]
        if dimension:
            members = reference.members(
                expected, key, period, dimension, today=today, fiscal_year_start=fiscal
            )
        wanted += [(period, member) for member in members]
    assert sorted(shown, key=repr) == sorted(wanted, key=repr), (key, found.grain, dimension)
    for period, member in wanted:
        right = reference.figure(
            expected,
            key,
            period,
            dimension=dimension,
            member=member,
            today=today,
            fiscal_year_start=fiscal,
        )
        one = shown[period, member]
        found_numbers = (
            Fraction(one.sums.numerator, 10_000),
            one.worth.n,
            one.worth.state,
            one.worth.interval,
            one.worth.indicative,
        )
        assert found_numbers == (
            Fraction(right.numerator),
            right.n,
            right.state,
            right.interval,
            right.indicative,
        ), (key, period, dimension, member)
        same_value(one.worth.value, right.value)
    return len(wanted)


def same_value(found: Fraction | None, right: Decimal | None) -> None:
    assert (found is None) == (right is None)
    if found is not None:
        assert abs(found - Fraction(right)) < Fraction(1, 10**20)


def _text(month: int) -> str:
    return f"{month // 100:04d}-{month % 100:02d}"
