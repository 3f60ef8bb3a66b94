"""Properties of the second implementation on random companies."""

from __future__ import annotations

import ast
import sys
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from .company import Company
from .contribution import ONE, ZERO, Reading
from .figures import KPIS, figure, members, rows
from .finance_kpis import overrun_base
from .kpis import contributions
from .periods import last_day, month_of, months_between, periods_between
from .random_company import mutate, random_company
from .spells import all_spells, derived_status

SEEDS = st.integers(min_value=0, max_value=10**9)
DAYS = st.dates(min_value=date(2024, 2, 1), max_value=date(2028, 3, 31))
quick = settings(max_examples=30, deadline=None, derandomize=True)


def at(day: date) -> datetime:
    """Noon of a day in UTC."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def later(company: Company, seed: int, today: date) -> Company:
    """The company after some rounds of writes."""
    for number in range(seed % 3):
        company = mutate(company, seed + number, today)
    return company


def test_imports_only_the_standard_library():
    here = Path(__file__).parent
    for path in here.glob("*.py"):
        if path.name.startswith("test_"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            assert all(name.split(".")[0] in sys.stdlib_module_names for name in names), path
            assert getattr(node, "level", 1) in (0, 1), path


@quick
@given(SEEDS, DAYS)
def test_same_seed_same_company(seed, today):
    one, other = (random_company(seed, today=today, size=8) for _ in range(2))
    assert one == other
    assert mutate(one, seed, today) == mutate(other, seed, today)


@quick
@given(SEEDS, DAYS)
def test_keys_are_unique_and_dimensions_declared(seed, today):
    company = later(random_company(seed, today=today, size=12), seed, today)
    found = contributions(company, now=at(today))
    assert len({one.key for one in found}) == len(found)
    for one in found:
        declared = KPIS[one.kpi]
        assert set(one.dims) == set(declared.dimensions)
        assert all(one.dims.values())
        assert (one.denominator is None) == (declared.unit != "ratio")
        assert one.numerator == one.numerator.quantize(ONE.scaleb(-4))


@quick
@given(SEEDS, DAYS)
def test_identity_of_customers(seed, today):
    company = later(random_company(seed, today=today, size=12), seed, today)
    found = contributions(company, now=at(today))
    run_date = Reading(company, at(today)).today
    dates = [one.occurred_on for one in found if "customers" in one.kpi]
    months = months_between(month_of(min(dates, default=run_date)), month_of(run_date))
    before = ZERO
    for month in months:
        value = {
            kpi: figure(found, kpi, month, today=run_date).value
            for kpi in ("active_customers", "new_customers", "returned_customers", "lost_customers")
        }
        lost = rows(found, "lost_customers", month, today=run_date)
        left_out = sum(1 for one in lost if one.numerator == 0)
        gained = value["new_customers"] + value["returned_customers"]
        after = value["active_customers"]
        assert after == before + gained - value["lost_customers"] - left_out
        before = after


@quick
@given(SEEDS, DAYS)
def test_active_customers_are_those_in_force_by_status(seed, today):
    company = random_company(seed, today=today, size=12)
    reading = Reading(company, at(today))
    grace = company.organisation.grace_days
    by_customer: dict[str, list] = {}
    for spell in all_spells(reading):
        by_customer.setdefault(spell.customer, []).append(spell)
        assert spell.ends_on is None or spell.starts_on <= spell.ends_on
    for spells in by_customer.values():
        for one, following in pairwise(spells):
            assert (following.starts_on - one.ends_on).days - 1 > grace
    active = [
        customer
        for customer, spells in by_customer.items()
        if derived_status(spells, reading.today, grace) in ("active", "returned")
    ]
    found = contributions(company, now=at(today))
    current = rows(found, "active_customers", month_of(reading.today), today=reading.today)
    assert sorted(one.source_reference for one in current) == sorted(active)


@quick
@given(SEEDS, DAYS)
def test_months_of_overrun_amount_add_up(seed, today):
    company = later(random_company(seed, today=today, size=16), seed, today)
    reading = Reading(company, at(today))
    found = contributions(company, now=at(today))
    for line in company.budget_lines:
        sums = sum(
            one.numerator
            for one in found
            if one.kpi == "budget_overrun_amount" and one.source_reference == line.reference
        )
        actual = sum(
            (
                cost.amount_line
                for cost in company.cost_entries
                if cost.line == line.reference
                and not cost.deleted
                and cost.posted_on <= reading.today
            ),
            ZERO,
        )
        amount = line.revisions[0].amount
        begun = [
            (revision.effective_on, number, revision.amount)
            for number, revision in enumerate(line.revisions[1:])
            if revision.effective_on <= reading.today
        ]
        if begun:
            amount = max(begun)[2]
        counted = line.ever_approved and not line.deleted
        assert sums == (overrun_base(line, actual, amount) if counted else 0)


@quick
@given(SEEDS, DAYS)
def test_order_of_records_does_not_matter(seed, today):
    company = random_company(seed, today=today, size=12)
    random, shuffled = Random(seed), {}
    for field in fields(Company):
        records = getattr(company, field.name)
        if isinstance(records, tuple):
            shuffled[field.name] = tuple(random.sample(records, len(records)))
    other = replace(company, **shuffled)
    now = at(today)
    assert contributions(other, now=now) == contributions(company, now=now)


@quick
@given(SEEDS, DAYS)
def test_members_add_up_to_the_whole(seed, today):
    company = random_company(seed, today=today, size=16)
    start = company.organisation.fiscal_year_start
    found = contributions(company, now=at(today))
    run_date = Reading(company, at(today)).today
    first = month_of(run_date - timedelta(days=400))
    for kpi, declared in KPIS.items():
        for grain in ("month", "quarter", "year"):
            for period in periods_between(first, month_of(run_date), grain, start)[-3:]:
                more = {"today": run_date, "fiscal_year_start": start}
                whole = figure(found, kpi, period, **more)
                dimension = declared.dimensions[-1]
                parts = [
                    figure(found, kpi, period, grain, dimension, member, **more)
                    for member in members(found, kpi, period, dimension, **more)
                ]
                assert sum(one.numerator for one in parts) == whole.numerator
                assert sum(one.n for one in parts) == whole.n


@quick
@given(SEEDS, DAYS)
def test_nothing_is_dated_after_the_run(seed, today):
    company = random_company(seed, today=today, size=12)
    run_date = Reading(company, at(today)).today
    for one in contributions(company, now=at(today)):
        monthly = one.kpi in ("active_customers", "budget_overrun_amount")
        assert one.occurred_on <= (last_day(month_of(run_date)) if monthly else run_date)


def test_random_companies_reach_every_kpi_and_every_corner():
    today = date(2026, 3, 31)
    seen: set[str] = set()
    for seed in range(40):
        company = later(random_company(seed, today=today), seed, today)
        found = contributions(company, now=at(today))
        seen |= {one.kpi for one in found}
        seen |= {one.dims["reason"] for one in found if one.kpi == "lost_customers"}
        merged = {one.reference: one.merged_into for one in company.customers if one.merged_into}
        seen |= {"chain" for into in merged.values() if into in merged}
        seen |= {
            "before start"
            for one in company.agreements
            if one.ends_on and one.ends_on < one.starts_on
        }
    assert seen >= {*KPIS, "chain", "before start", "expired", "unattributed", "merged", "other"}
