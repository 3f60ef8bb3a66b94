"""Hostile input: an answer of the one error shape, never a fault of ours."""

import json
import random

import pytest
from django.test import Client
from rest_framework.test import APIClient

from brm.core.api import REGISTRY
from customers.models import Customer
from tests.api.payloads import PAYLOADS
from tests.factories import make

pytestmark = pytest.mark.django_db
LONG = 0.3  # of the values below are sent in the long run
SHAPE = {"type", "code", "detail", "errors"}
ADDRESS = "/api/v1/customers/"

NASTY = [
    None, True, -1, 0,
    2**31, 2**63, 2**64, 10**400, 1.5, 1e308, "", " ", "\x00", "a\x00b", "\ud800",
    "x" * 100_000, "'; DROP TABLE x; --", "{{7*7}}", "../../etc/passwd", "１２", "NaN", "Infinity",
    "-0", "1e999", "9999-99-99", "0000-00-00", "0001-01-01", "9999-12-31", "-1", "10000-01-01",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2025-01-01T00:00:00", "24:00",
    [], {}, [[]], {"a": {"b": 1}}, ["x"] * 1000, {"__proto__": 1}, {"pk": 1}, "true", "null",
]  # fmt: skip
PARAMETERS = [
    "\x00", "%00", "x" * 10_000, "-1", "10" * 30, "1e999", "'", "[]", "None", "null", "true",
    "9999-12-31", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "١",
    "2025-01-01T00:00:00 01:00", "a b c d e f g h i j k l m", ",", "-", "--id", "é", "\ud800", "",
]  # fmt: skip


def checked(reply) -> int:
    """The status; a refusal must have the one shape."""
    if reply.status_code >= 400:
        assert reply.status_code < 500, reply.content
        assert set(reply.json()) >= SHAPE
    return reply.status_code


@pytest.fixture
def web(admin) -> Client:
    client = Client()
    client.force_login(admin.user)
    return client


def send(web: Client, body: bytes | str, method: str = "post", address: str = ADDRESS, **options):
    options = {"content_type": "application/json", **options}
    return web.generic(method.upper(), address, body, **options)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid"),
        (b"{", 400, "malformed"),
        (b'{"name": NaN}', 400, "malformed"),
        (b'{"name": "\xff\xfe"}', 400, "malformed"),
        (b"\x00", 400, "malformed"),
        (b'{"a": ' + b"9" * 5000 + b"}", 400, "malformed"),
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, 400, "too_deep"),
        (b"[" * 2_000 + b"]" * 2_000, 400, "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, 400, "too_deep"),
        (b'{"a":' * 32 + b"1" + b"}" * 32, 400, "invalid"),
        (b"[]", 400, "invalid"),
        (b"5", 400, "invalid"),
        (b'"text"', 400, "invalid"),
        (b"null", 400, "invalid"),
        (b'{"name": "' + b"x" * 1_000_001 + b'"}', 413, "too_large"),
    ],
)
def test_bodies(web, body, status, code):
    for method in ("post", "put"):
        address = ADDRESS if method == "post" else f"{ADDRESS}by-reference/x/"
        reply = send(web, body, method, address)
        assert (checked(reply), reply.json()["code"]) == (status, code)


@pytest.mark.parametrize("kind", ["text/plain", "text/xml", "application/x-www-form-urlencoded"])
def test_other_media_types(web, kind):
    reply = send(web, b"name=x", content_type=kind)
    assert checked(reply) == 415
    broken = send(web, b"--x", content_type="multipart/form-data; boundary=x")
    assert checked(broken) == 415


def test_a_large_bulk_request_is_taken_and_a_larger_one_refused(web):
    items = [{"name": "x" * 300, "segment": f"{n}"} for n in range(1000)]
    body = json.dumps({"items": items})
    assert checked(send(web, body + " " * 8_000_000, address=f"{ADDRESS}bulk/")) == 200
    assert checked(send(web, body + " " * 10_000_000, address=f"{ADDRESS}bulk/")) == 413
    many = json.dumps({"items": [{}] * 1001})
    assert send(web, many, address=f"{ADDRESS}bulk/").json()["code"] == "too_many"


def try_values(admin, resource: str, share: float) -> None:
    """Put a share of the nasty values into every field of new, changed and bulk records."""
    dice = random.Random(resource)
    record = make(resource)
    names = [*REGISTRY[resource].inputs.fields, "version", "id", "status", "nonsense"]
    for name in names:
        for value in dice.sample(NASTY, int(len(NASTY) * share)):
            body = json.dumps({**PAYLOADS[resource](), name: value})
            reply = admin.post(f"/api/v1/{resource}/", body, content_type="application/json")
            checked(reply)
            body = json.dumps({name: value})
            address = f"/api/v1/{resource}/{record.pk}/"
            checked(admin.patch(address, body, content_type="application/json"))
    sound = [value for value in NASTY if value != "\ud800"]
    bulk = [{**PAYLOADS[resource](), dice.choice(names): value} for value in sound]
    body = json.dumps({"items": bulk})
    reply = admin.post(f"/api/v1/{resource}/bulk/", body, content_type="application/json")
    assert checked(reply) == 200


@pytest.mark.parametrize("resource", sorted(PAYLOADS))
def test_some_values_in_any_field(admin, resource):
    try_values(admin, resource, 0.05)


@pytest.mark.full
@pytest.mark.once  # a share of them is sent on both databases
@pytest.mark.parametrize("resource", sorted(PAYLOADS))
def test_many_values_in_any_field(admin, resource):
    try_values(admin, resource, LONG)


@pytest.mark.parametrize("resource", [*sorted(PAYLOADS), "users"])
def test_some_values_in_any_parameter(admin, resource):
    try_parameters(admin, resource, 0.07)


@pytest.mark.full
@pytest.mark.once
@pytest.mark.parametrize("resource", [*sorted(PAYLOADS), "users"])
def test_many_values_in_any_parameter(admin, resource):
    try_parameters(admin, resource, LONG)


def try_parameters(admin, resource: str, share: float) -> None:
    """Put a share of the nasty texts into every parameter of a list."""
    dice = random.Random(resource)
    view = REGISTRY.get(resource)
    names = [*(view.filterset().base_filters if view else ["role", "search", "reference"])]
    for name in [*names, "cursor", "page_size", "ordering", "fields", "format", "limit", "offset"]:
        for value in dice.sample(PARAMETERS, int(len(PARAMETERS) * share)):
            try:
                reply = admin.get(f"/api/v1/{resource}/", {name: value})
            except UnicodeEncodeError:
                continue  # the client itself cannot send it
            checked(reply)


@pytest.mark.parametrize(
    "path",
    [
        "customers/0/", "customers/-1/", "customers/1e3/", "customers/99999999999999999999/",
        "customers/%D9%A1/", "customers/1/nonsense/", "customers/by-reference/%00/", "customers",
        "customers/by-reference//", "customers/%0A/", "../api/",
        "customers/by-reference/" + "x" * 3000 + "/", "nonsense/", "customers/bulk/1/", "//",
    ],
)  # fmt: skip
def test_odd_addresses(web, path):
    for method in ("get", "put", "delete", "patch", "post"):
        reply = send(web, b'{"name": "x"}', method, f"/api/v1/{path}")
        assert checked(reply) in (400, 404, 405), (method, path)
    assert not Customer.objects.filter(name="x").exists()


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "FOO", "PROPFIND"])
def test_odd_methods(web, method):
    assert checked(web.generic(method, ADDRESS)) == 405


@pytest.mark.parametrize("value", ['"', "W/", "x" * 5000, '"1', "\t", '"2", "01"', "é"])
def test_odd_headers(admin, value):
    record = make("customers")
    reply = admin.patch(f"{ADDRESS}{record.pk}/", {"name": "y"}, headers={"If-Match": value})
    assert checked(reply) == 412
    assert checked(admin.get(ADDRESS, headers={"Accept": "text/html;q=x", "Range": value})) == 200


def test_mass_assignment_changes_nothing(caller):
    client = caller("brm")
    customer = make("customers", manager=client.user)
    before = client.get(f"{ADDRESS}{customer.pk}/").json()
    for name in ("merged_into", "merged_into_reference", "status", "created_at", "updated_at"):
        reply = client.patch(f"{ADDRESS}{customer.pk}/", {name: 1})
        assert checked(reply) == 400, name
    assert client.get(f"{ADDRESS}{customer.pk}/").json() == before


def test_a_cursor_of_another_list_shows_nothing_foreign(caller):
    """A cursor is only a place in an ordering: scope and filters are those of the request."""
    admin, brm = caller("administrator"), caller("brm")
    for _number in range(3):
        make("complaints")
    address = admin.get("/api/v1/complaints/?page_size=1").json()["next"]
    assert brm.get(address).json()["results"] == []


def test_a_stranger_learns_nothing_from_errors():
    client = APIClient()
    for method in ("get", "post", "put", "patch", "delete"):
        reply = getattr(client, method)(f"{ADDRESS}1/", {"name": 1})
        assert (checked(reply), reply.json()["errors"]) == (401, {})
