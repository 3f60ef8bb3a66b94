"""Who may do what by the API: 404 out of scope, 403 in scope but not allowed."""

import pytest

from brm.api import v1
from brm.core import roles
from brm.core.api import REGISTRY
from tests.api.payloads import CHANGES, PAYLOADS
from tests.factories import RECORD_FACTORIES, UserFactory, make

pytestmark = pytest.mark.django_db
RESOURCES = sorted(name for name in REGISTRY if name in RECORD_FACTORIES)


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("role", roles.ROLES)
def test_records_of_others(caller, resource, role):
    """What each role may do with a record that is in nobody's portfolio."""
    client = caller(role)
    everywhere = {verb for verb in "VCUD" if "A" in roles.scopes(client.user, resource, verb)}
    somewhere = {verb for verb in "VCUD" if roles.may(client.user, verb, resource)}
    record = make(resource)
    address = f"/api/v1/{resource}/{record.pk}/"
    unseen, denied = 404, 403 if "V" in everywhere else 404
    assert client.get(f"/api/v1/{resource}/").status_code == (200 if "V" in somewhere else 403)
    assert client.get(address).status_code == (200 if "V" in everywhere else unseen)
    changed = client.patch(address, CHANGES[resource]).status_code
    assert changed == (200 if "U" in everywhere else denied)
    if "C" not in somewhere:
        assert client.post(f"/api/v1/{resource}/", {}).status_code == 403
    elif "C" not in everywhere:
        refused = client.post(f"/api/v1/{resource}/", PAYLOADS[resource]()).status_code
        assert refused in (400, 403)
    deleted = client.delete(address).status_code
    assert deleted == (204 if "D" in everywhere else denied)


def test_a_user_without_a_role_sees_nothing(caller):
    client = caller()
    make("customers")
    assert client.get("/api/v1/customers/").status_code == 403
    assert client.get("/api/v1/users/").status_code == 403


@pytest.fixture
def brm(caller):
    """A relationship manager with one customer of his own and one of somebody else."""
    client = caller("brm")
    client.own = make("customers", manager=client.user)
    client.foreign = make("customers", manager=UserFactory(roles=("brm",)))
    return client


NEW = {"subject": "x", "received_at": "2025-01-01T00:00:00Z"}


def test_lists_hold_the_own_portfolio_only(brm):
    own = make("complaints", customer=brm.own)
    foreign = make("complaints", customer=brm.foreign)
    listed = brm.get("/api/v1/complaints/").json()["results"]
    assert [item["id"] for item in listed] == [own.pk]
    hidden = brm.get(f"/api/v1/complaints/{foreign.pk}/")
    assert hidden.status_code == 404
    assert hidden.content == brm.get("/api/v1/complaints/999999/").content
    by_reference = brm.get(f"/api/v1/complaints/by-reference/{foreign.reference}/")
    assert by_reference.content == hidden.content
    assert brm.put(f"/api/v1/complaints/by-reference/{foreign.reference}/", NEW).status_code == 404
    assert brm.get(f"/api/v1/complaints/?search={foreign.reference}").json()["results"] == []


def test_foreign_keys_reach_what_the_writer_sees_only(brm):
    own = make("complaints", customer=brm.own)
    foreign = make("complaints", customer=brm.foreign)
    for field, value, missing in (
        ("duplicate_of", foreign.pk, 999999),
        ("duplicate_of_reference", foreign.reference, "none"),
    ):
        address = f"/api/v1/complaints/{own.pk}/"
        refused = brm.patch(address, {field: value})
        assert refused.status_code == 400
        assert refused.json() == brm.patch(address, {field: missing}).json()


def test_records_are_made_within_the_own_portfolio(brm):
    address = "/api/v1/complaints/"
    assert brm.post(address, {**NEW, "customer": brm.own.pk}).status_code == 201
    assert brm.post(address, {**NEW, "customer": brm.foreign.pk}).status_code == 403
    assert brm.post(address, NEW).status_code == 403
    items = [{**NEW, "customer": brm.own.pk}, {**NEW, "customer": brm.foreign.pk}]
    results = brm.post(f"{address}bulk/", {"items": items}).json()["results"]
    assert [result["status"] for result in results] == [201, 403]
    assert results[1]["id"] is None


def test_a_record_cannot_be_moved_out_of_reach(brm):
    complaint = make("complaints", customer=brm.own)
    address = f"/api/v1/complaints/{complaint.pk}/"
    assert brm.patch(address, {"customer": brm.foreign.pk}).status_code == 403
    own = f"/api/v1/customers/{brm.own.pk}/"
    assert brm.patch(own, {"manager": brm.foreign.manager_id}).status_code == 403
    assert brm.patch(own, {"segment": "new"}).status_code == 200
    foreign = f"/api/v1/customers/{brm.foreign.pk}/"
    assert brm.patch(foreign, {"segment": "new"}).status_code == 403
    items = [{"id": brm.foreign.pk, "segment": "x"}, {"id": complaint.customer_id, "tier": "key"}]
    results = brm.post("/api/v1/customers/bulk/", {"items": items}).json()["results"]
    assert [result["status"] for result in results] == [403, 200]


def test_a_role_taken_away_is_gone_with_the_next_request(brm):
    assert brm.get("/api/v1/customers/").status_code == 200
    brm.user.groups.clear()
    assert brm.get("/api/v1/customers/").status_code == 403
    brm.user.is_active = False
    brm.user.save()
    assert brm.get("/api/v1/customers/").status_code == 401


def test_writing_needs_the_csrf_token(caller):
    from rest_framework.test import APIClient

    client = APIClient(enforce_csrf_checks=True)
    client.force_login(caller("administrator").user)
    reply = client.post("/api/v1/customers/", {"name": "x"})
    assert (reply.status_code, reply.json()["type"]) == (403, "forbidden")
    assert client.get("/api/v1/customers/").status_code == 200


def test_users_and_roles(caller):
    admin, brm = caller("administrator"), caller("brm")
    admin.user.email = "admin@example.org"
    admin.user.save()
    shown = admin.get(f"/api/v1/users/{admin.user.pk}/").json()
    assert shown["email"] == "admin@example.org"
    assert shown["roles"] == ["administrator"]
    assert brm.get(f"/api/v1/users/by-reference/{admin.user.username}/").json()["email"] == ""
    listed = brm.get("/api/v1/users/?role=administrator&fields=username,email").json()
    assert listed["results"] == [{"username": admin.user.username, "email": ""}]
    assert brm.get("/api/v1/users/?search=example.org").json()["results"] == []
    assert brm.get("/api/v1/users/?password=x").status_code == 400
    assert brm.get("/api/v1/users/?ordering=email").status_code == 400
    assert brm.post("/api/v1/users/", {}).status_code == 405
    keys = [role["key"] for role in brm.get("/api/v1/roles/").json()["results"]]
    assert keys == list(roles.ROLES)


# What the contract names; what is not there yet is no fault of the list.
CONTRACT = """
customers contacts interactions opportunities agreements services service-dependencies
service-offerings service-levels service-level-results budget-lines cost-entries pricing-models
assets proposals exchange-rates complaints compliments suggestions surveys survey-invitations
survey-responses incidents problems escalations requirements demand-requests activity-patterns
demand-observations forecasts objectives initiatives change-requests cab-meetings freeze-windows
kpis kpi-targets kpi-runs imports exports users roles audit-entries webhooks
"""


def test_the_root_lists_each_resource_once(admin):
    listed = admin.get("/api/v1/").json()
    others = ["users", "roles", "kpis", "kpi-runs", "imports", "exports", "audit-entries"]
    assert set(listed) >= {*REGISTRY, *others}
    there = {pattern.name for pattern in v1}
    assert set(listed) >= {name for name in CONTRACT.split() if f"{name}-list" in there}
    assert list(listed) == sorted(listed)
    for name, address in listed.items():
        assert address == f"http://testserver/api/v1/{name}/"
        assert admin.get(address).status_code == 200


def test_who_has_no_role_is_told_nothing_of_roles(caller):
    assert caller().get("/api/v1/roles/").status_code == 403
    assert caller("brm").get("/api/v1/roles/").status_code == 200
