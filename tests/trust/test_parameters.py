"""T6, T21, T26: nothing in an address reaches a query by its own name; all sizes have a bound."""

import ast
import re
import time
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brm.core.api import REGISTRY as RESOURCES
from brm.core.crud import REGISTRY as PAGES
from tests.factories import CustomerFactory, make
from tests.pages import sights
from tests.pages.conftest import signed_in
from tests.test_house import CODE, calls, name_of, places

HOSTILE = [
    "_connector", "_negated", "pk__in", "id__gt", "password", "owner__password__regex",
    "manager__password__startswith", "name__regex", "name__iregex", "name__contains",
    "customer__manager__is_superuser", "deleted_at__isnull", "history__history_user",
    "__class__", "__proto__", "format", "depth", "expand", "include", "select", "where", "raw",
    "as_user", "sudo", "_method", "callback", "limit", "offset", "reference__gt",
]  # fmt: skip
BANNED_CALLS = {"extra", "raw", "RawSQL", "eval", "exec"}


@pytest.mark.django_db
@pytest.mark.parametrize("resource", [*RESOURCES, "users", "roles", "kpis", "kpi-runs", "imports"])
def test_the_api_refuses_every_parameter_it_does_not_know(resource):
    client = signed_in("administrator")
    refused = {
        name: client.get(f"/api/v1/{resource}/", {name: "1"}).status_code for name in HOSTILE
    }
    assert {name: code for name, code in refused.items() if code != 400} == {}


@pytest.mark.django_db
def test_a_page_says_which_parameters_it_left_aside_and_obeys_none():
    client = signed_in("administrator")
    for _number in range(3):
        make("customers")
    for name in HOSTILE:
        page = client.get("/customers/", {name: "999"})
        assert page.status_code == 200, name
        assert len(page.context["table"]["rows"]) == 3, name


def builds_a_query_from_the_request(call: ast.Call) -> bool:
    """`filter(**request.GET…)`, `order_by(request.GET…)` and their like."""
    verbs = {"filter", "exclude", "get", "order_by", "values", "annotate", "update", "aggregate"}
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in verbs:
        return False
    given = [keyword.value for keyword in call.keywords if keyword.arg is None]
    if call.func.attr in ("order_by", "values"):
        given += call.args
    texts = [ast.unparse(node) for node in given]
    return any(re.search(r"\b(GET|POST|query_params|request\.data)\b", text) for text in texts)


@pytest.mark.once
def test_no_query_is_made_of_what_a_request_says():
    offences = [
        (path, call)
        for path in CODE
        for call, _inside in calls(path)
        if builds_a_query_from_the_request(call)
    ]
    assert places(offences) == []


@pytest.mark.once
def test_nothing_runs_text_as_code_or_sql_and_nothing_is_unpickled():
    offences = []
    for path in CODE:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                own = isinstance(node.func, ast.Attribute)
                name = node.func.attr if own else getattr(node.func, "id", "")
                on_a_query = own and "objects" in ast.unparse(node.func)
                plain = not own and name in ("eval", "exec", "RawSQL", "compile")
                if plain or (name in BANNED_CALLS and on_a_query):
                    offences.append((path, node))
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", "") or ""}
                if names & {"pickle", "marshal", "shelve", "dill", "yaml"}:
                    offences.append((path, node))
    assert places(offences) == []


# --- Bounds --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_pages_of_the_api_end_at_two_hundred():
    client = signed_in("administrator")
    for _number in range(3):
        CustomerFactory()
    for size, status in (("200", 200), ("201", 400), ("0", 400), ("1000000", 400), ("-1", 400)):
        reply = client.get("/api/v1/customers/", {"page_size": size})
        assert reply.status_code == status, size
        reply = client.get("/api/v1/kpis/complaints/rows/", {"period": "2025", "page_size": size})
        assert reply.status_code == status, size


@pytest.mark.django_db
def test_lists_pickers_and_searches_are_cut():
    client = signed_in("administrator")
    for number in range(60):
        CustomerFactory(name=f"Same {number}")
    assert len(client.get("/customers/").context["table"]["rows"]) == 50
    assert len(client.get("/customers/options/?q=Same").context["options"]) == 20
    words = " ".join(f"w{number}" for number in range(5000))
    for address in ("/customers/", "/search/", "/search/options/", "/customers/options/"):
        assert client.get(address, {"q": words}).status_code == 200, address
    assert client.get("/api/v1/customers/", {"search": words}).status_code == 400


@pytest.mark.django_db
def test_no_page_takes_more_than_thirty_statements():
    client = signed_in("administrator")
    every = [*sights.addresses(sights.ugly_records()), *sights.MORE]
    for address in every:
        client.get(address)
    counts = {}
    for address in every:
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        counts[address] = len(found)
    print(f"T21: {len(every)} pages, at most {max(counts.values())} statements")  # noqa: T201
    assert {address: count for address, count in counts.items() if count > 30} == {}


# --- Patterns and long texts ---------------------------------------------------------------------

LONG = 50_000
SECONDS = 0.5  # ten times what the slowest takes on a busy machine
TEXTS = [
    "a" * LONG, "0" * LONG + "x", " " * LONG + "x", "-" * LONG, "{" * LONG, "{a:" * (LONG // 3),
    "{a" + ":a" * (LONG // 2), "1." * (LONG // 2), "=" * LONG + "\n", "'" * LONG + "=",
    "2025-01-01T00:00" + "." * LONG, "2025-01-01T00:00:00." + "1" * LONG + "!", "a@" * (LONG // 2),
    "(?P<" * (LONG // 4), "/link/" * (LONG // 6), "A-" * (LONG // 2), "\u00e9" * LONG, "\t" * LONG,
]  # fmt: skip


def patterns_in_the_code() -> list[tuple[str, str]]:
    """Every regular expression that the code writes down, with its place."""
    found = []
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = ast.unparse(node.func)
            first = node.args[0]
            is_pattern = name.startswith("re.") or name.endswith("RegexValidator")
            if is_pattern and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.append((f"{name_of(path)}:{node.lineno}", first.value))
    return found


@pytest.mark.once
def test_every_pattern_takes_long_texts_in_linear_time():
    slow, patterns = {}, patterns_in_the_code()
    for place, pattern in patterns:
        compiled = re.compile(pattern)
        for text in TEXTS:
            began = time.process_time()
            compiled.match(text)
            if (took := time.process_time() - began) > SECONDS:
                slow[place, text[:10]] = took
    print(f"T26: {len(patterns)} patterns, {len(TEXTS)} texts of 50 KB")  # noqa: T201
    assert len(patterns) > 12
    assert slow == {}


@pytest.mark.full
@pytest.mark.django_db
def test_every_field_of_every_form_judges_long_texts_quickly():
    from brm.core.crud.forms import form_class

    user, slow, fields = signed_in("administrator").user, {}, 0
    for resource, crud in PAGES.items():
        if not crud.fields or crud.update_view is not None:
            continue
        for name in crud.fields:
            fields += 1
            for text in TEXTS:
                form = form_class(crud)({name: text}, user=user)
                began = time.process_time()
                field = form.fields[name]
                if not hasattr(field, "queryset"):
                    with suppress(ValidationError):
                        field.clean(text)
                if (took := time.process_time() - began) > SECONDS:
                    slow[resource, name, text[:10]] = took
    print(f"T26: {fields} fields")  # noqa: T201
    assert fields > 50
    assert slow == {}
