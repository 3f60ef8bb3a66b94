"""Every route is listed with who may open it, and opens to nobody else."""

import hashlib
import re
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from brm.core.crud import REGISTRY as PAGES
from brm.core.roles import ROLES
from tests.rights.company import Company, undone
from tests.rights.doors import cell_of, first_move, hyphens
from tests.rights.routes import METHODS, address_of, product
from tests.rights.table import lines, row_of

pytestmark = [pytest.mark.once, pytest.mark.django_db]
LISTED = {name: (methods.split("/"), " ".join(who)) for name, methods, *who in lines("routes.txt")}
NOWHERE = "(nowhere)"
# What takes somebody's own thing, or what only an identity provider sends, is asked with nothing.
EMPTY = {
    "pk": 10**9,
    "resource": "customers",
    "handle": UUID(int=0),
    "token": "x",
    "provider_id": "none",
    "key": "complaints",
    "delivery": 10**9,
    "reference": "none",
    "name": "name",
    "target": "closed",
}
# What follows from asking alone: that somebody was there, how often, and the index of the search,
# which the first to ask brings up to date. No GET may write anything else.
KEPT_BY_GET = {"people_session", "core_cache", "search_entry", "search_stale"}
WRITES = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)


def known_of(company: Company, name: str) -> dict[str, Any]:
    """What a route's parameters take, with a record that is nobody's where there is one."""
    resource = max((one for one in company.records if _belongs(name, one)), key=len, default="")
    known = dict(EMPTY)
    if resource and not name.endswith(("-delivery", "-redeliver")):
        record = company.records[resource]["nobody"]
        known |= {"pk": record.pk, "reference": record.reference}
        known["name"] = cell_of(resource) if resource in PAGES else "name"
        if hasattr(record, "Status"):
            known["target"] = hyphens(first_move(record).target)
    elif _belongs(name, "users"):
        known |= {"pk": company.stranger.pk, "reference": company.stranger.username}
    return known


def _belongs(name: str, resource: str) -> bool:
    return name.removeprefix("api:").startswith(f"{resource}-")


def addresses(company: Company, method: str) -> dict[str, str]:
    """The address of each route that answers a method."""
    return {
        name: address_of(name, known_of(company, name))
        for name, methods in product().items()
        if method in methods and name != NOWHERE
    }


def test_every_route_is_listed_with_its_methods():
    there = {name: ["-"] if name == NOWHERE else methods for name, methods in product().items()}
    missing = {name: methods for name, methods in there.items() if name not in LISTED}
    assert missing == {}, "add these to tests/rights/routes.txt"
    assert {name: methods for name, (methods, _who) in LISTED.items()} == there


@pytest.mark.parametrize("method", METHODS)
def test_only_what_is_everyones_opens_without_signing_in(company, method):
    opened = {}
    for name, address in addresses(company, method).items():
        with undone():
            answer = Client().generic(method, address)
        led = answer.status_code == 302 and answer.url.startswith("/accounts/login/")
        if LISTED[name][1] != "everyone" and not led and answer.status_code not in (401, 405):
            opened[name] = answer.status_code
    assert opened == {}


@pytest.mark.parametrize(
    "role",
    [None, "brm", *(pytest.param(one, marks=pytest.mark.full) for one in ROLES if one != "brm")],
)
def test_a_route_opens_to_whom_the_table_says(company, role):
    company.become(role)
    wrong = {}
    for name, address in addresses(company, "GET").items():
        who = LISTED[name][1]
        if ": " not in who:
            continue
        resource, verbs = who.split(": ")
        row = row_of(resource, role)
        with undone():
            code = company.pages.get(address).status_code
        verb = verbs.split()[0]
        barred = row[verb] == "-"
        if barred != (code in (403, 404)) and not (code == 404 and "/1000000000/" in address):
            within = "all" not in (row[verb], row["see"]) or row[verb] not in ("all", "-")
            if barred or not within:
                wrong[name] = (code, row[verb])
    assert wrong == {}


@pytest.mark.parametrize("method", [one for one in METHODS if one != "GET"])
def test_nothing_is_written_without_the_token_of_the_page(company, method):
    company.become("administrator")
    client = Client(enforce_csrf_checks=True)
    client.force_login(company.user)
    passed = {}
    for name, address in addresses(company, method).items():
        with undone():
            kind = "application/json" if name.startswith("api:") else "text/plain"
            code = client.generic(method, address, data="{}", content_type=kind).status_code
        if code != 403:
            passed[name] = code
    # A method or a body that the address does not take is refused before anything is read.
    assert {name: code for name, code in passed.items() if code not in (405, 415)} == {}


@pytest.mark.full
def test_reading_writes_nothing(company):
    company.become("administrator")
    before = fingerprints()
    wrote = {}
    for name, address in addresses(company, "GET").items():
        for how in ("get", "head"):
            with CaptureQueriesContext(connection) as asked:
                getattr(company.pages, how)(address)
            tables = {found[1] for q in asked.captured_queries if (found := WRITES.match(q["sql"]))}
            if tables - KEPT_BY_GET:
                wrote[name] = tables - KEPT_BY_GET
        if name == "account_logout" and not company.pages.session.get("_auth_user_id"):
            wrote[name] = {"signed out"}
    assert wrote == {}
    after = fingerprints()
    assert {table for table in after if after[table] != before[table]} <= KEPT_BY_GET


def fingerprints() -> dict[str, str]:
    """A hash of all rows of each table."""
    return {
        model._meta.db_table: hashlib.sha256(
            repr(sorted(map(repr, model._base_manager.values_list()))).encode()
        ).hexdigest()
        for model in apps.get_models()
    }


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_odd_methods_are_unknown(company, method):
    company.become("administrator")
    for address in ("/customers/", "/api/v1/customers/", "/api/v1/", "/rights/"):
        assert company.pages.generic(method, address).status_code == 405


def test_the_method_is_the_request_line_s(company):
    """Neither a header nor a parameter makes a DELETE of a GET or POST."""
    company.become("administrator")
    record = company.records["complaints"]["nobody"]
    address = f"/api/v1/complaints/{record.pk}/"
    for header in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        assert company.api.get(address, headers={header: "DELETE"}).status_code == 200
        assert company.api.post(address, {}, headers={header: "DELETE"}).status_code == 405
    assert company.api.post(f"{address}?_method=DELETE", {}).status_code in (400, 405)
    assert company.api.get(f"{address}?_method=DELETE").status_code == 400
    record.refresh_from_db()
    assert record.deleted_at is None


def test_a_parameter_given_twice_is_refused(company):
    company.become("administrator")
    answer = company.api.get("/api/v1/complaints/?severity=high&severity=low")
    assert (answer.status_code, answer.json()["code"]) == (400, "repeated_parameter")
