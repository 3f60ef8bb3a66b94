"""The trail as auditors read it, by page and over REST."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from brm.audit.models import AuditEntry
from brm.core.origin import Door, acting
from brm.core.roles import ROLES, may
from tests.factories import BudgetLineFactory, ComplaintFactory, CustomerFactory, UserFactory

pytestmark = pytest.mark.django_db


def signed_in(*roles):
    client = Client()
    client.user = UserFactory(roles=roles)
    client.force_login(client.user)
    return client


@pytest.fixture
def auditor(db):
    return signed_in("auditor")


def text_of(response):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def results(client, query=""):
    return client.get(f"/api/v1/audit-entries/{query}").json()["results"]


@pytest.mark.parametrize("role", ROLES)
def test_auditors_and_administrators_alone_read_the_trail(role):
    client = signed_in(role)
    expected = 200 if role in ("administrator", "auditor") else 403
    entry = AuditEntry.objects.latest("id")
    assert client.get("/audit/").status_code == expected
    assert client.get("/api/v1/audit-entries/").status_code == expected
    single = client.get(f"/api/v1/audit-entries/{entry.pk}/").status_code
    assert single == (200 if expected == 200 else 404)
    assert may(client.user, "V", "audit-entries") == (expected == 200)


def test_nobody_writes_or_removes_an_entry(auditor):
    client = signed_in("administrator")
    address = f"/api/v1/audit-entries/{AuditEntry.objects.latest('id').pk}/"
    for method in (client.put, client.patch, client.delete, client.post):
        assert method(address, {}, content_type="application/json").status_code == 405
        assert method("/audit/", {}).status_code == 405
    assert client.post("/api/v1/audit-entries/", {}).status_code == 405


def test_a_change_as_the_api_tells_it(auditor):
    manager = UserFactory(name="Kate")
    line = BudgetLineFactory(amount="1000.00")
    with acting(user=manager, door=Door.IMPORT, import_id=4, token_id=5, request_id="r1"):
        line.amount = "2500.00"
        line.amount = line._meta.get_field("amount").to_python(line.amount)
        line.save()
    told = results(auditor, f"?kind=budget-lines&record={line.pk}")[0]
    changes = {change["field"]: change for change in told.pop("changes")}
    assert changes["amount"] == {"field": "amount", "before": "1000.00", "after": "2500.00"}
    told.pop("at")
    told.pop("id")
    assert told == {
        "actor": manager.pk,
        "actor_reference": manager.username,
        "event": "updated",
        "kind": "budget-lines",
        "record": line.pk,
        "reference": line.reference,
        "reason": "",
        "source": "import",
        "request": "r1",
        "import": 4,
        "token": 5,
    }
    created = results(auditor, f"?kind=budget-lines&record={line.pk}&fields=changes")[1]
    assert {"field": "amount", "before": None, "after": "1000.00"} in created["changes"]


FILTERS = {
    "actor": lambda entry: entry.actor_id,
    "actor_reference": lambda entry: entry.actor_name,
    "kind": lambda entry: entry.kind,
    "record": lambda entry: entry.object_id,
    "reference": lambda entry: entry.reference,
    "event": lambda entry: entry.event,
    "source": lambda entry: entry.door,
    "request": lambda entry: entry.request_id,
    "import": lambda entry: entry.import_id,
    "token": lambda entry: entry.token_id,
}


@pytest.mark.parametrize("name", FILTERS)
def test_the_trail_is_narrowed_by_every_filter(auditor, name):
    CustomerFactory()
    with acting(user=UserFactory(), door=Door.WORKER, request_id="abc", import_id=3, token_id=9):
        complaint = ComplaintFactory()
        complaint.soft_delete()
    entry = AuditEntry.objects.latest("id")
    value = FILTERS[name](entry)
    expected = [e.pk for e in AuditEntry.objects.order_by("-id") if FILTERS[name](e) == value]
    assert 0 < len(expected) < AuditEntry.objects.count()
    assert [told["id"] for told in results(auditor, f"?{name}={value}")] == expected
    shown = auditor.get(f"/audit/?{name}={value}").context["entries"]
    assert len(shown) == len(expected)


def test_the_trail_is_narrowed_by_time(auditor):
    from datetime import UTC, datetime

    with acting(at=datetime(2024, 5, 6, 12, tzinfo=UTC)):
        customer = CustomerFactory()
    for query in (
        "?at__lte=2024-05-06",
        "?at__gte=2024-05-06&at__lte=2024-05-06",
        "?at=2024-05-06",
    ):
        assert [told["record"] for told in results(auditor, query)] == [customer.pk]
    assert results(auditor, "?at__lte=2024-05-05") == []
    assert auditor.get("/api/v1/audit-entries/?at__lte=x").status_code == 400
    assert auditor.get("/api/v1/audit-entries/?actor__password=x").status_code == 400


def test_the_page_names_people_records_and_states(auditor):
    manager = UserFactory(name="Kate Müller")
    customer = CustomerFactory(name="Kestrel")
    customer.manager = manager
    with acting(user=manager):
        customer.save()
    complaint = ComplaintFactory(customer=customer)
    complaint.move_to("withdrawn", by=manager, now=complaint.received_at, reason="A mistake.")
    text = text_of(auditor.get("/audit/"))
    assert "Relationship manager Kate Müller" in text
    assert f"Changed Customer {customer.reference} {manager.username}" in text
    assert "A mistake." in text
    assert "Received → Withdrawn" in text


def test_paging_walks_all_entries_once(auditor):
    for _ in range(70):
        CustomerFactory()
    ids, address = [], "/api/v1/audit-entries/?page_size=20"
    while address:
        page = auditor.get(address).json()
        ids += [told["id"] for told in page["results"]]
        address = page["next"]
    assert ids == list(AuditEntry.objects.order_by("-id").values_list("id", flat=True))
    page = auditor.get("/audit/")
    assert len(page.context["entries"]) == 50
    after = auditor.get(page.context["page"]["next_url"])
    assert after.context["page"]["from"] == 51


def test_statements_do_not_depend_on_the_entries(auditor):
    CustomerFactory(manager=UserFactory())
    for address in ("/audit/?kind=customers", "/api/v1/audit-entries/?kind=customers"):
        auditor.get(address)
        with CaptureQueriesContext(connection) as one:
            auditor.get(address)
        for _ in range(20):
            CustomerFactory(manager=UserFactory())
        with CaptureQueriesContext(connection) as many:
            auditor.get(address)
        assert len(many) <= len(one)
