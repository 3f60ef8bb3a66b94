"""Faults put into the SQL of the definitions are noticed by the second implementation."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime

import pytest

from kpis import definitions, engine
from kpis.definitions import find
from kpis.models import Contribution
from tests.reference.kpis import contributions
from tests.reference.random_company import random_company

from .build_company import store
from .ledger import difference, open_contributions

TODAY = date(2025, 6, 15)
NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
COMPANIES = 12

FAULTS = [
    ("new_customers", "s.starts_on <= %(today)s", "s.starts_on < %(today)s"),
    ("lost_customers", "s.ends_on < %(today)s", "s.ends_on <= %(today)s"),
    ("active_customers", "s.ends_on >= m.day", "s.ends_on > m.day"),
    ("complaints", "'duplicate', ", ""),
    ("complaints_withdrawn", "d.starts_on <= f.received_on", "d.starts_on < f.received_on"),
    ("complaints_acknowledged_in_time", "<= f.acknowledge_due_at", "< f.acknowledge_due_at"),
    ("service_satisfaction", ">= 750000", "> 750000"),
    ("survey_response_rate", "NOT r.is_test AND ", ""),
    ("budget_overruns", "* 10000 > ", "* 10000 >= "),
    ("budget_overrun_amount", "ORDER BY d.day DESC", "ORDER BY d.day"),
    ("cost_savings_verified", "'implemented', ", ""),
    ("strategic_initiatives", "i.kind = 'strategic' AND ", ""),
]


def with_fault(key: str, right: str, wrong: str) -> definitions.Kpi:
    kpi = find(key)
    assert right in kpi.select(lambda column: "")
    return dataclasses.replace(kpi, select=lambda only: kpi.select(only).replace(right, wrong))


@pytest.mark.django_db
def test_every_seeded_fault_is_caught(organised, monkeypatch):
    left = {fault[0]: with_fault(*fault) for fault in FAULTS}
    for seed in range(COMPANIES):
        company = random_company(seed, today=TODAY, size=60)
        organised(company.organisation)
        store(company)
        expected = contributions(company, now=NOW)
        for key, faulty in list(left.items()):
            with monkeypatch.context() as patch:
                patch.setitem(definitions._BY_CODE, faulty.code, faulty)
                engine.run(trigger="test", full=True, kpis=[key], judged_at=NOW)
            wanted, found = (
                [row for row in rows if row.kpi == key] for rows in (expected, open_contributions())
            )
            if difference(wanted, found):
                del left[key]
        if not left:
            return
        clear()
    assert sorted(left) == []


def clear() -> None:
    """Everything is taken out, for the next company."""
    from customers.models import Agreement, Customer
    from feedback.models import Complaint, Invitation, Response, Survey
    from finance.models import BudgetLine, CostEntry, Proposal
    from strategy.models import Initiative

    for model in (Complaint, Response, Invitation, Survey, CostEntry, Proposal, Initiative):
        model.everything.all().delete()
    Contribution.objects.all().delete()
    for model in (BudgetLine, Agreement, Customer):
        model.everything.all().delete()
