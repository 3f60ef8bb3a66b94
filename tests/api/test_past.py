"""The past by the API: as of an instant, entry by entry, deleted records and their way back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brm.core.origin import Door, acting
from customers.models import Customer
from feedback.models import Complaint
from tests.factories import CustomerFactory, UserFactory, make

pytestmark = pytest.mark.django_db
START = datetime(2025, 3, 1, 8, tzinfo=UTC)


def renamed(times):
    with acting(at=START):
        customer = CustomerFactory(name="Name 0")
    for number in range(1, times + 1):
        with acting(at=START + timedelta(days=number)):
            customer.name = f"Name {number}"
            customer.save()
    return f"/api/v1/customers/{customer.pk}/"


def test_as_of_needs_an_offset_and_lies_in_the_past(admin):
    address = renamed(1)
    sent = admin.get(address, {"as_of": "2025-03-01T12:00:00+02:00"})
    assert (sent.json()["name"], sent.json()["as_of"]) == ("Name 0", "2025-03-01T10:00:00Z")
    assert not sent.has_header("ETag")
    blank = admin.get(f"{address}?as_of=2025-03-02T12:00:00+02:00")
    assert blank.json()["name"] == "Name 1"
    for wrong in ("2025-03-01T12:00:00", "yesterday", "", "8999-01-01T00:00:00Z"):
        refused = admin.get(address, {"as_of": wrong})
        assert (refused.status_code, list(refused.json()["errors"])) == (400, ["as_of"])
    assert admin.get(address, {"as_of": "2025-02-28T00:00:00Z"}).status_code == 404


def test_as_of_the_instants_that_a_record_names_itself(admin):
    customer = CustomerFactory()
    customer.name = "Changed"
    customer.save()
    address = f"/api/v1/customers/{customer.pk}/"
    present = admin.get(address).json()
    for name, version in (("created_at", 1), ("updated_at", 2)):
        assert admin.get(address, {"as_of": present[name]}).json()["version"] == version


def test_as_of_shows_the_chosen_fields_alone(admin):
    sent = admin.get(renamed(1), {"as_of": "2025-03-01T12:00:00Z", "fields": "name,status"})
    assert sent.json() == {
        "name": "Name 0",
        "as_of": "2025-03-01T12:00:00Z",
        "deleted_at": None,
        "unknown": ["status"],
    }


def test_history_tells_each_write_by_pages_with_the_same_statements(admin):
    address = renamed(7)
    user = UserFactory()
    customer = Customer.objects.get()
    with acting(user=user, door=Door.PAGE, request_id="abc"):
        customer.manager = user
        customer.save()
    newest = admin.get(f"{address}history/", {"page_size": 1}).json()["results"][0]
    assert newest.pop("at")
    assert newest == {
        "id": customer.history.latest().history_id,
        "event": "updated",
        "version": 9,
        "actor": user.username,
        "door": "page",
        "request": "abc",
        "changes": {"manager": {"before": None, "after": user.pk}},
    }
    told, counts, following = [], [], f"{address}history/?page_size=3"
    while following:
        with CaptureQueriesContext(connection) as queries:
            page = admin.get(following).json()
        counts.append(len(queries))
        told += [(each["event"], each["changes"]) for each in page["results"]]
        following = page["next"]
    names = [(f"Name {n - 1}", f"Name {n}") for n in range(7, 0, -1)]
    assert told[1:-1] == [
        ("updated", {"name": {"before": before, "after": after}}) for before, after in names
    ]
    assert told[-1] == ("created", {})
    assert len(set(counts)) == 1


def test_a_record_one_cannot_see_has_no_past(caller):
    client = caller("brm")
    own = make("complaints", customer=CustomerFactory(manager=client.user))
    address = f"/api/v1/complaints/{own.pk}/"
    now = datetime.now(UTC).isoformat()
    assert client.get(address, {"as_of": now}).status_code == 200
    own.customer = CustomerFactory()
    own.save()
    assert client.get(address, {"as_of": now}).status_code == 404
    assert client.get(f"{address}history/").status_code == 404
    assert client.post(f"{address}restore/").status_code == 403


def test_deleted_records_are_for_those_who_may_delete(admin, caller):
    customer = CustomerFactory()
    CustomerFactory()
    customer.soft_delete()
    address, deleted = f"/api/v1/customers/{customer.pk}/", {"deleted": "true"}
    reader = caller("auditor")
    assert reader.get("/api/v1/customers/", deleted).status_code == 403
    assert reader.get(f"{address}history/").status_code == 404
    assert reader.post(f"{address}restore/").status_code == 403
    assert admin.get("/api/v1/customers/", {"deleted": "maybe"}).status_code == 400
    listed = admin.get("/api/v1/customers/", {**deleted, "search": customer.reference}).json()
    assert [each["id"] for each in listed["results"]] == [customer.pk]
    assert len(admin.get("/api/v1/customers/", {"deleted": "false"}).json()["results"]) == 1
    assert admin.get(f"{address}history/").json()["results"][0]["event"] == "deleted"
    assert admin.get(address).status_code == 404
    stale = admin.post(f"{address}restore/", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    back = admin.post(f"{address}restore/", headers={"If-Match": '"2"'})
    assert (back.status_code, back["ETag"]) == (200, '"3"')


def test_what_belongs_to_a_deleted_record_is_not_restored_by_any_door(admin):
    customer = CustomerFactory(name="Kestrel")
    complaint = make("complaints", customer=customer)
    complaint.soft_delete()
    customer.soft_delete()
    by_reference = f"/api/v1/complaints/by-reference/{complaint.reference}/"
    whole = {"subject": "x", "received_at": "2025-01-01T00:00:00Z", "customer": customer.pk}
    for refused in (
        admin.post(f"/api/v1/complaints/{complaint.pk}/restore/"),
        admin.put(by_reference, whole),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "not_restorable")
        assert "customer Kestrel" in refused.json()["detail"]
    assert not Complaint.objects.exists()
