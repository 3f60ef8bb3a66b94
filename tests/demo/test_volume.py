"""Facts by the million, made by the database."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brm.core.models import DirtyKey, User
from brm.demo.clearing import clear_demo, record_models
from brm.demo.seeding import seed_demo
from brm.demo.volume import SHARES, generate
from customers.models import Agreement, AgreementVersion, Customer, CustomerInterval, Spell
from feedback.models import Complaint, Invitation, Response, Survey
from finance.models import BudgetLine, CostEntry
from kpis.definitions import KPIS
from kpis.engine import run
from kpis.figures import series
from kpis.models import Run
from services.models import Service

from .conftest import NOW

pytestmark = pytest.mark.django_db
TODAY = date(2025, 11, 24)


def test_records_are_valid():
    generate(3_000, 1, today=TODAY)
    connection.check_constraints()
    for model in (Service, Customer, Agreement, Complaint, Survey, Invitation, Response):
        for record in model.objects.order_by("?")[:30]:
            record.clean_fields()
            record.clean()
            before = {f.attname: getattr(record, f.attname) for f in model._meta.concrete_fields}
            record.before_write()
            assert before == {name: getattr(record, name) for name in before}
    for model in (BudgetLine, CostEntry):
        for record in model.objects.order_by("?")[:30]:
            record.clean_fields()
            record.clean()
            assert not record.changed_fields()


def test_as_many_as_asked_for():
    made = generate(3_000, 1, today=TODAY)
    assert made.facts == sum(model.objects.count() for model in SHARES) == 3_000
    counted = {model: last - first + 1 for model, first, last in made.ranges}
    assert all(model.objects.count() == count for model, count in counted.items())
    assert AgreementVersion.objects.count() == Agreement.objects.count()
    assert CustomerInterval.objects.count() == 2 * Customer.objects.count()
    assert Spell.objects.count() >= Customer.objects.count()


def test_the_same_seed_makes_the_same_facts_on_every_database():
    generate(2_000, 7, today=TODAY)
    complaint = Complaint.objects.order_by("id")[250]
    entry = CostEntry.objects.order_by("id")[250]
    assert (f"{complaint.received_on}", complaint.status, complaint.channel) == COMPLAINT
    assert (f"{entry.posted_on}", f"{entry.amount}") == ENTRY


COMPLAINT = ("2025-10-16", "closed", "meeting")
ENTRY = ("2025-04-24", "587.00")


def test_facts_are_spread_over_two_years_and_all_parties():
    generate(20_000, 1, today=TODAY)
    days = Complaint.objects.order_by("received_on").values_list("received_on", flat=True)
    assert TODAY - timedelta(days=730) <= days[0] < days[len(days) - 1] < TODAY
    assert Complaint.objects.values("service").distinct().count() == 40
    assert Complaint.objects.values("customer").distinct().count() > 190
    assert Customer.objects.values("segment").distinct().count() == 8
    month = Complaint.objects.filter(received_on__year=2025, received_on__month=3).count()
    assert 180 < month < 330


def test_statements_do_not_grow_with_the_facts():
    counts = []
    for facts in (500, 5_000):
        with CaptureQueriesContext(connection) as captured:
            generate(facts, 1, today=TODAY)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_managers_share_the_customers():
    users = [User.objects.create(username=f"m{number}").pk for number in range(3)]
    generate(5_000, 1, today=TODAY, managers=users)
    found = set(Customer.objects.values_list("manager", flat=True))
    assert found == set(users)
    assert set(CustomerInterval.objects.values_list("manager", flat=True)) == set(users)


def test_the_queue_is_watched_again_afterwards():
    generate(500, 1, today=TODAY)
    assert not DirtyKey.objects.exists()
    complaint = Complaint.objects.first()
    complaint.status = "withdrawn"
    complaint.save()
    assert DirtyKey.objects.filter(kind="complaint", key=complaint.pk).exists()


def test_records_written_later_get_keys_and_references_of_their_own():
    made = generate(500, 1, today=TODAY)
    last = {model: last for model, _first, last in made.ranges}
    assert Customer.objects.create(name="The next one").pk > last[Customer]
    generate(500, 1, today=TODAY)
    assert Customer.objects.count() == 11


def test_scale_two_adds_facts_to_the_company_and_clears_all_of_it(monkeypatch):
    monkeypatch.setattr("brm.demo.calendar.DemoCalendar.nights", lambda self: [self.last_night])
    made = seed_demo(now=NOW, seed=1, scale=2, with_users=False)
    assert made.volume == 6_000
    assert made.records > 4_000
    for kpi in KPIS:
        assert any(one.worth.value for one in series(kpi, start=202412, end=202511).figures), kpi
    last = Run.objects.latest("id").judged_at
    assert run(full=True, judged_at=last, instant=last + timedelta(hours=1)).differences == 0
    assert clear_demo().removed > 10_000
    assert not any(model._base_manager.exists() for model in record_models())
