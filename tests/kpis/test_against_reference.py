"""The product's ledger equals the second implementation's, on random companies."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta

import pytest

from kpis import engine
from tests.reference.kpis import contributions
from tests.reference.random_company import mutate, random_company

from .build_company import store
from .ledger import difference, open_contributions

TODAY = date(2025, 6, 15)
NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
LATER = (0, 1, 3, 20, 75)


def check(company, now):
    run = engine.run(trigger="test", judged_at=now)
    assert difference(contributions(company, now=now), open_contributions()) == ""
    return run


# BRM_COMPANIES=1000 for the long look; an hour has to hold both databases and all the rest.
COMPANIES = int(os.environ.get("BRM_COMPANIES", "80"))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_a_random_company_and_its_later_writes(seed, organised):
    company = random_company(seed, today=TODAY)
    organised(company.organisation)
    store(company)
    now = NOW
    check(company, now)
    for step in range(3):
        now += timedelta(days=LATER[(seed + step) % len(LATER)], minutes=7)
        company = mutate(company, seed * 10 + step, now.date())
        store(company)
        check(company, now)
    full = engine.run(trigger="test", full=True, judged_at=now)
    assert full.differences == 0
    assert engine.run(trigger="test", judged_at=now).rows_in == 0


@pytest.mark.full
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(1000, 1000 + COMPANIES))
def test_many_random_companies(seed, organised):
    company = random_company(seed, today=TODAY, size=12)
    organised(company.organisation)
    store(company)
    check(company, NOW)
    now = NOW + timedelta(days=LATER[seed % len(LATER)], hours=seed % 24)
    company = mutate(company, seed, now.date())
    store(company)
    check(company, now)
