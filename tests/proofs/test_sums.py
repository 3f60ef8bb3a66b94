"""value = sum of its rows, for every KPI, period, dimension and member; and at what price."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis import engine
from kpis.definitions import KPIS
from kpis.drilldown import rows
from kpis.figures import series
from kpis.models import Contribution, Member, Run, RunPart, Snapshot, SnapshotChange
from tests.kpis.build_company import store
from tests.reference.random_company import mutate, random_company

TODAY = date(2025, 6, 15)
NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
WINDOW = {"start": 202401, "end": 202512}
PAGE = 200

pytestmark = pytest.mark.django_db


def all_rows(kpi, period, **chosen):
    """The contributions of every page."""
    found, cursor = [], None
    while True:
        page = rows(kpi, period, cursor=cursor, page_size=PAGE, **chosen)
        found += [row.contribution for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            assert page.total == len(found)
            return found


def check(kpi, figure, dimension, at) -> None:
    """One figure against its rows."""
    member = {"dimension": dimension, "member": figure.member} if dimension else {}
    found = all_rows(kpi, figure.period, at=at, **member)
    numerator = sum(row.numerator for row in found)
    denominator = sum(row.denominator or 0 for row in found)
    assert numerator == figure.sums.numerator
    if figure.worth.value is None:
        return
    if kpi.is_ratio:
        assert figure.worth.value == Fraction(100 * numerator, denominator)
        assert figure.worth.n == len(found)
    else:
        assert figure.worth.value == Fraction(numerator, 10_000)
        assert figure.worth.n == sum(row.numerator != 0 for row in found)


def check_all(share: float, at=None) -> int:
    """Every figure, or a random share of them; returns how many were checked."""
    random, checked = Random(1), 0
    for kpi in KPIS:
        for grain in ("month", "quarter", "year"):
            for dimension in (None, *kpi.dimensions):
                found = series(kpi, grain=grain, dimension=dimension, at=at, **WINDOW).figures
                for figure in found:
                    if figure.sums.row_count and random.random() < share:
                        check(kpi, figure, dimension, at)
                        checked += 1
    return checked


@pytest.mark.parametrize(
    ("seed", "share"), [(700, 0.1), pytest.param(701, 1, marks=pytest.mark.full)]
)
def test_every_figure_is_the_sum_of_its_rows_now_and_as_of_then(seed, share, organised):
    company = random_company(seed, today=TODAY, size=8)
    organised(company.organisation)
    store(company)
    first = engine.run(trigger="test", judged_at=NOW, instant=NOW)
    before = check_all(share)
    company = mutate(company, seed, TODAY, writes=12)
    store(company)
    later = NOW + timedelta(days=20)
    engine.run(trigger="test", judged_at=later, instant=later)
    assert check_all(share) > 800 * share
    assert check_all(share, at=first.instant) == before


def statements(key: str) -> int | None:
    """How many statements a first run of one KPI takes; None where it finds no row."""
    for model in (SnapshotChange, Snapshot, Contribution, Member, RunPart, Run):
        model.objects.all().delete()
    with CaptureQueriesContext(connection) as captured:
        run = engine.run(trigger="test", full=True, kpis=[key], judged_at=NOW)
    return len(captured) if run.rows_in else None


def test_statements_of_every_kpi_do_not_depend_on_the_number_of_rows(organised):
    company = mutate(random_company(710, today=TODAY, size=20), 710, TODAY, writes=60)
    organised(company.organisation)
    store(company)
    few = {kpi.key: statements(kpi.key) for kpi in KPIS}
    store(mutate(company, 711, TODAY, writes=500))
    many = {kpi.key: statements(kpi.key) for kpi in KPIS}
    both = [key for key in few if few[key] and many[key]]
    assert len(both) > len(KPIS) - 4
    assert [many[key] for key in both] == [few[key] for key in both]
