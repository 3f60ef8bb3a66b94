"""Lifecycle moves by the API."""

import pytest

from brm.core.models import Transition
from customers.models import Customer
from feedback.models import Complaint
from finance.models import BudgetRevision
from tests.factories import make

pytestmark = pytest.mark.django_db


def moves(body: dict) -> dict[str, list[str]]:
    return {step["state"]: step["fields"] for step in body["transitions"]}


def test_a_record_shows_its_legal_moves(admin, caller):
    complaint = make("complaints")
    body = admin.get(f"/api/v1/complaints/{complaint.pk}/").json()
    assert body["status"] == "received"
    assert moves(body) == {
        "acknowledged": [],
        "withdrawn": ["reason"],
        "duplicate": ["duplicate_of"],
    }
    reader = caller("executive")
    assert reader.get(f"/api/v1/complaints/{complaint.pk}/").json()["transitions"] == []


def test_a_move(admin):
    complaint = make("complaints")
    reply = admin.post(f"/api/v1/complaints/{complaint.pk}/acknowledged/")
    assert reply.status_code == 200
    assert reply.json()["status"] == "acknowledged"
    assert reply.json()["acknowledged_at"] is not None
    assert reply["ETag"] == '"2"'
    entry = Transition.objects.get()
    assert (entry.source, entry.target, entry.by) == ("received", "acknowledged", admin.user)
    assert entry.door == "api"


def test_states_are_written_with_hyphens(admin):
    complaint = make("complaints", status="investigating")
    reply = admin.post(f"/api/v1/complaints/{complaint.pk}/waiting-customer/")
    assert reply.json()["status"] == "waiting_customer"


def test_an_illegal_move_names_the_legal_ones(admin):
    complaint = make("complaints", status="closed")
    for target in ("accepted", "received"):
        reply = admin.post(f"/api/v1/complaints/{complaint.pk}/{target}/")
        assert reply.status_code == 409
        body = reply.json()
        assert (body["code"], body["allowed"]) == ("illegal_transition", ["investigating"])
    assert admin.post(f"/api/v1/complaints/{complaint.pk}/nonsense/").status_code == 404


def test_a_move_needs_its_fields(admin):
    complaint = make("complaints", status="accepted")
    address = f"/api/v1/complaints/{complaint.pk}/closed/"
    assert set(admin.post(address).json()["errors"]) == {"finding", "remedy", "learning"}
    body = {"finding": "upheld", "remedy": "Repaired", "learning": "Test it"}
    wrong = admin.post(address, {**body, "finding": "maybe", "subject": "x"})
    assert set(wrong.json()["errors"]) == {"finding", "subject"}
    done = admin.post(address, {**body, "closed_at": "2025-04-01T00:00:00Z"})
    assert done.status_code == 200, done.content
    assert done.json()["closed_at"] == "2025-04-01T00:00:00Z"
    reopened = f"/api/v1/complaints/{complaint.pk}/investigating/"
    assert list(admin.post(reopened, {"reason": " "}).json()["errors"]) == ["reason"]
    assert admin.post(reopened, {"reason": "It broke again"}).status_code == 200


def test_foreign_keys_in_a_move_by_reference(admin):
    first, second = make("complaints"), make("complaints")
    address = f"/api/v1/complaints/{second.pk}/duplicate/"
    assert list(admin.post(address, {"duplicate_of": 10**6}).json()["errors"]) == ["duplicate_of"]
    done = admin.post(address, {"duplicate_of_reference": first.reference})
    assert done.json()["duplicate_of"] == first.pk


def test_a_stale_move_is_refused(admin):
    complaint = make("complaints")
    address = f"/api/v1/complaints/{complaint.pk}/acknowledged/"
    assert admin.post(address, headers={"If-Match": '"9"'}).status_code == 412
    assert admin.post(address, headers={"If-Match": '"1"'}).status_code == 200


def test_status_changes_by_moves_only(admin):
    complaint = make("complaints")
    address = f"/api/v1/complaints/{complaint.pk}/"
    assert admin.patch(address, {"status": "received"}).status_code == 200
    refused = admin.patch(address, {"status": "closed"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["status"])
    new = {"subject": "x", "received_at": "2025-01-01T00:00:00Z"}
    assert admin.post("/api/v1/complaints/", {**new, "status": "received"}).status_code == 201
    assert admin.post("/api/v1/complaints/", {**new, "status": "closed"}).status_code == 400


def test_a_budget_is_revised_on_its_day(admin):
    line = make("budget-lines")
    admin.post(f"/api/v1/budget-lines/{line.pk}/approved/")
    body = {"amount": "1500.00", "effective_on": "2025-06-01"}
    reply = admin.post(f"/api/v1/budget-lines/{line.pk}/revised/", body)
    assert reply.json()["amount"] == "1500.00"
    revision = BudgetRevision.objects.get(line=line, is_first=False)
    assert str(revision.effective_on) == "2025-06-01"


def test_guards_refuse_with_their_reason(admin):
    service = make("services", status="retiring")
    make("agreements", service=service, status="signed")
    reply = admin.post(f"/api/v1/services/{service.pk}/retired/")
    assert reply.status_code == 400
    assert reply.json()["errors"]["non_field_errors"]


def test_customers_show_their_derived_status(admin):
    customer = make("customers")
    assert admin.get(f"/api/v1/customers/{customer.pk}/").json()["status"] == "prospect"
    make("agreements", customer=customer, status="signed")
    make("customers")
    active = admin.get("/api/v1/customers/?status=active,returned").json()["results"]
    assert [item["id"] for item in active] == [customer.pk]
    assert admin.get("/api/v1/customers/?status=nonsense").status_code == 400
    refused = admin.patch(f"/api/v1/customers/{customer.pk}/", {"status": "lost"})
    assert list(refused.json()["errors"]) == ["status"]


def test_customers_are_dated(admin):
    customer = make("customers", segment="old")
    body = {"segment": "new", "valid_from": "2025-01-01"}
    assert admin.patch(f"/api/v1/customers/{customer.pk}/", body).json()["segment"] == "new"
    assert customer.intervals.filter(starts_on="2025-01-01", segment="new").exists()


def test_customers_are_merged(admin):
    merged, survivor = make("customers"), make("customers")
    complaint = make("complaints", customer=merged)
    address = f"/api/v1/customers/{merged.pk}/merge/"
    for wrong in ({}, {"into": "x"}, {"into": 10**9}, {"into": merged.pk}):
        assert admin.post(address, wrong).status_code == 400, wrong
    done = admin.post(address, {"into": survivor.pk})
    assert done.status_code == 200, done.content
    assert done.json()["id"] == survivor.pk
    assert Complaint.objects.get(pk=complaint.pk).customer_id == survivor.pk
    assert not Customer.objects.filter(pk=merged.pk).exists()
    back = admin.put(f"/api/v1/customers/by-reference/{merged.reference}/", {"name": "x"})
    assert (back.status_code, back.json()["code"]) == (409, "not_restorable")


def test_deleting_what_others_name_is_refused(admin):
    agreement = make("agreements")
    reply = admin.delete(f"/api/v1/customers/{agreement.customer_id}/")
    assert (reply.status_code, reply.json()["code"]) == (409, "referenced")
    assert reply.json()["resources"] == ["agreements"]
    admin.delete(f"/api/v1/agreements/{agreement.pk}/")
    assert admin.delete(f"/api/v1/customers/{agreement.customer_id}/").status_code == 204
