"""Figures, publication and answers about the past equal the second implementation's."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import cycle

import pytest

from kpis import engine
from kpis.answers import whole_series
from kpis.definitions import KPIS
from kpis.figures import series
from tests.reference import figures as reference
from tests.reference.kpis import contributions
from tests.reference.random_company import mutate, random_company

from .build_company import store
from .figures import check_figures

TODAY = date(2025, 6, 15)
NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
GRAINS = ("month", "quarter", "year")
WINDOW = {"start": 202311, "end": 202512}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(100, 104))
def test_every_figure_of_a_random_company(seed, organised):
    company = random_company(seed, today=TODAY)
    organised(company.organisation)
    store(company)
    run = engine.run(trigger="test", judged_at=NOW)
    expected = contributions(company, now=NOW)
    fiscal = company.organisation.fiscal_year_start
    assert check_figures(expected, run.date, fiscal, **WINDOW) > 500


def answers(at=None):
    """A series of every KPI and dimension, grains in turn, as the API would send them."""
    asked = [(kpi, dimension) for kpi in KPIS for dimension in (None, *kpi.dimensions)]
    return json.dumps(
        [
            whole_series(series(kpi, grain=grain, dimension=dimension, at=at, **WINDOW))
            for (kpi, dimension), grain in zip(asked, cycle(GRAINS), strict=False)
        ]
    )


@pytest.mark.full
@pytest.mark.django_db
@pytest.mark.parametrize("seed", [200, 201])
def test_answers_after_each_run_are_the_later_answers_about_it(seed, organised):
    company = random_company(seed, today=TODAY, size=15)
    organised(company.organisation)
    now, saved = NOW, []
    for step in range(20):
        store(company)
        run = engine.run(trigger="test", judged_at=now, instant=now + timedelta(minutes=5))
        saved.append((run.instant, answers()))
        now += timedelta(days=(1, 1, 3, 31, 12)[step % 5], minutes=step)
        company = mutate(company, seed * 100 + step, now.date(), writes=5)
    for instant, before in saved:
        assert answers(instant) == before


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [300, 301])
def test_published_figures_are_those_of_the_first_run_after_settling(seed, organised):
    company = random_company(seed, today=TODAY, size=15)
    organisation = company.organisation
    organised(organisation)
    now, dates, ledgers, published = NOW, [], [], 0
    for step in range(8):
        store(company)
        run = engine.run(trigger="test", judged_at=now, instant=now)
        dates.append(run.date)
        ledgers.append(contributions(company, now=now))
        now += timedelta(days=(2, 9, 30, 40)[step % 4])
        company = mutate(company, seed * 100 + step, now.date(), writes=6)
    for kpi in KPIS:
        for one in series(kpi, grain="month", **WINDOW).figures:
            period = str(one.period)
            first = reference.published_by(kpi.key, period, dates, organisation)
            assert one.provisional == reference.provisional(
                kpi.key, period, dates[-1], organisation
            )
            assert (one.published is None) == (first is None)
            if first is None:
                continue
            then = reference.figure(ledgers[first], kpi.key, period, today=dates[first])
            assert (one.published.n, one.published.state) == (then.n, then.state)
            right = None if then.value is None else Fraction(then.value)
            if right is not None:
                assert abs(one.published.value - right) < Fraction(1, 10**20)
            last = reference.figure(ledgers[-1], kpi.key, period, today=dates[-1])
            changed = (then.numerator, then.denominator, then.n) != (
                last.numerator,
                last.denominator,
                last.n,
            )
            assert one.restated or not changed
            published += changed
    assert published
