"""Somebody leaves: the work goes to another one in one step, the account is closed at once."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from brm.core.business_days import business_date
from brm.core.models import User
from brm.people.handing_over import hand_over, responsibilities, shares_of
from customers.models import Customer
from services.models import Service
from tests.accounts.conftest import is_signed_in
from tests.factories import BudgetLineFactory, CustomerFactory, ServiceFactory, UserFactory

pytestmark = pytest.mark.django_db


def url(person):
    return f"/users/{person.pk}/hand-over/"


@pytest.fixture
def leaving():
    """A manager of two customers, deputy of one, owner of a service."""
    person = UserFactory(roles=["brm"])
    CustomerFactory(reference="C1", manager=person)
    CustomerFactory(reference="C2", manager=person)
    CustomerFactory(reference="C3", manager=UserFactory(), deputy=person)
    ServiceFactory(reference="S1", owner=person)
    return person


def test_every_responsibility_of_every_record_is_known():
    found = {f"{model._meta.label_lower}.{field}" for model, field in responsibilities()}
    assert {
        "customers.customer.manager",
        "customers.customer.deputy",
        "services.service.owner",
        "finance.budgetline.owner",
        "strategy.initiative.sponsor",
    } <= found


def test_the_page_shows_first_what_there_is(admin, leaving):
    shares = admin.get(url(leaving)).context["shares"]
    assert {share.label.split(":")[0]: share.count for share in shares if share.field == "owner"}
    assert sorted((share.field, share.count) for share in shares) == [
        ("deputy", 1),
        ("manager", 2),
        ("owner", 1),
    ]
    assert Customer.objects.filter(manager=leaving).count() == 2


def test_all_of_it_goes_to_one_person_and_history_tells_it(admin, leaving):
    to, today = UserFactory(roles=["brm"]), business_date(timezone.now())
    response = admin.post(url(leaving), {"to": to.pk, "on": today.isoformat()})
    assert response.status_code == 302
    assert shares_of(leaving) == []
    assert sorted(Customer.objects.filter(manager=to).values_list("reference", flat=True)) == [
        "C1",
        "C2",
    ]
    assert Customer.objects.get(reference="C3").deputy == to
    assert Service.objects.get(reference="S1").owner == to
    latest = Customer.objects.get(reference="C1").history.latest()
    assert (latest.history_user, latest.door) == (admin.user, "page")


def test_the_change_is_dated_and_older_figures_stay(leaving):
    to, today = UserFactory(), business_date(timezone.now())
    first = date(today.year, today.month, 1)
    hand_over(leaving, to=to, on=first, by=to)
    customer = Customer.objects.get(reference="C1")
    model = Customer.interval_model
    held = {row.manager_id: row for row in model.objects.filter(**{link_of(model): customer})}
    assert set(held) == {leaving.pk, to.pk}
    assert customer.manager == to


def link_of(model):
    return next(f.name for f in model._meta.fields if f.related_model is Customer)


def test_it_costs_the_same_statements_for_many(leaving):
    def statements():
        person, to = UserFactory(), UserFactory()
        for _ in range(statements.customers):
            CustomerFactory(manager=person)
        with CaptureQueriesContext(connection) as captured:
            hand_over(person, to=to, on=business_date(timezone.now()), by=to)
        return len(captured)

    statements.customers = 2
    few = statements()
    statements.customers = 20
    assert statements() == few


def test_the_account_is_closed_at_once(admin, leaving):
    client = Client()
    client.force_login(leaving)
    data = {"to": UserFactory().pk, "on": "2026-03-02", "deactivate": "on"}
    admin.post(url(leaving), data)
    assert not is_signed_in(client)
    assert not User.objects.get(pk=leaving.pk).is_active


def test_work_without_a_successor_is_refused(admin, leaving):
    response = admin.post(url(leaving), {"on": "2026-03-02", "deactivate": "on"})
    assert response.status_code == 422
    assert User.objects.get(pk=leaving.pk).is_active


def test_somebody_without_work_is_closed_without_a_successor(admin):
    person = UserFactory()
    admin.post(url(person), {"on": "2026-03-02", "deactivate": "on"})
    assert not User.objects.get(pk=person.pk).is_active


@pytest.mark.parametrize("state", ["self", "inactive"])
def test_a_successor_is_another_active_user(leaving, state):
    to = leaving if state == "self" else UserFactory(is_active=False)
    with pytest.raises(ValueError, match="another, active"):
        hand_over(leaving, to=to, on=date(2026, 3, 2), by=to)


def test_nobody_closes_the_own_account(admin):
    response = admin.post(url(admin.user), {"on": "2026-03-02", "deactivate": "on"})
    assert response.status_code == 422
    assert is_signed_in(admin)


def test_all_or_nothing(admin, leaving, monkeypatch):
    def fail(*_arguments, **_named):
        raise RuntimeError

    monkeypatch.setattr("brm.people.hand_over_page.end_sessions", fail)
    admin.raise_request_exception = False
    data = {"to": UserFactory().pk, "on": "2026-03-02", "deactivate": "on"}
    assert admin.post(url(leaving), data).status_code == 500
    assert Customer.objects.filter(manager=leaving).count() == 2


@pytest.mark.parametrize("role", ["lead", "auditor"])
def test_others_hand_nothing_over(leaving, role):
    client = Client()
    client.force_login(UserFactory(roles=[role]))
    assert client.get(url(leaving)).status_code == 403
    assert client.post(url(leaving), {"to": client.session["_auth_user_id"]}).status_code == 403


def test_deleted_records_are_left_alone(leaving):
    line = BudgetLineFactory(owner=leaving)
    line.soft_delete()
    hand_over(leaving, to=UserFactory(), on=date(2026, 3, 2) + timedelta(days=0), by=leaving)
    line.refresh_from_db()
    assert line.owner == leaving
