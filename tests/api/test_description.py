"""The OpenAPI description: valid, and true (requests generated from it by schemathesis)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from openapi_spec_validator import validate
from rest_framework.response import Response
from rest_framework.test import APIClient

from brm.core.api.people import RolesView
from brm.core.api.reading import Listing
from brm.tokens.actions import issue
from tests.api.trial import Trial
from tests.factories import UserFactory

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.filterwarnings("default")]
EVERY_DAY = ("complaints", "kpis", "users")


@pytest.fixture
def owner() -> Any:
    return UserFactory(roles=["administrator"])


@pytest.fixture
def description(owner) -> dict[str, Any]:
    client = APIClient()
    client.force_login(owner)
    return json.loads(client.get("/api/schema/?format=json").content)


@pytest.fixture
def trial(owner, description, monkeypatch) -> Iterator[Trial]:
    """A trial inside the test's transaction: no request may close its connection."""
    monkeypatch.setattr("brm.core.jobs.nudge", lambda job_id: None)
    _token, secret = issue(owner, name="trial", scopes=["*"], days=1, now=timezone.now())
    yield Trial(description, owner, secret)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_the_description_is_valid_openapi(description):
    assert description["openapi"].startswith("3.1")
    validate(description)


def test_every_operation_answers_as_described(trial):
    for operation in trial.operations():
        trial.send_seeded(operation)
    assert trial.findings == {}, trial.told()
    assert [one.label for one in trial.operations() if not trial.succeeded(one)] == []


def test_some_generated_requests_are_answered_as_described(trial):
    chosen = [o for o in trial.operations() if o.definition.raw["tags"][0] in EVERY_DAY]
    for operation in chosen:
        trial.send_generated(operation, 4)
    assert trial.findings == {}, trial.told()


REQUESTS, PARTS = 10_000, 4


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_generated_requests_are_answered_as_described(trial, part):
    """Each part tries every fourth operation with a fourth of the requests."""
    operations = trial.operations()[part::PARTS]
    each = REQUESTS // PARTS // len(operations) + 2
    for start, operation in enumerate(operations):
        trial.send_seeded(operation)
        trial.send_generated(operation, each, start)
    print(f"{len(operations)} operations, {trial.sent} requests")  # noqa: T201
    assert trial.findings == {}, trial.told()
    assert [one.label for one in operations if not trial.succeeded(one)] == []
    assert trial.sent >= REQUESTS // PARTS


# --- The trial finds what is wrong ---------------------------------------------------------------


def _fails(self, request):
    raise RuntimeError("planted")


def _page(**role):
    page = {"next": None, "previous": None, "results": [role]}
    return lambda self, request: Response(page)


FAULTS = {
    "a server error": (RolesView, "get", _fails, "ServerError"),
    "an undocumented status": (
        RolesView, "get", lambda self, request: Response({}, status=418), "UndefinedStatusCode",
    ),
    "a wrong type": (RolesView, "get", _page(key="brm", name=5), "JsonSchemaError"),
    "a missing field": (RolesView, "get", _page(key="brm"), "JsonSchemaError"),
    "bad data accepted": (Listing, "filtered", lambda self, found: found, "AcceptedNegativeData"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(trial, monkeypatch, name):
    owner, method, fault, finding = FAULTS[name]
    monkeypatch.setattr(owner, method, fault)
    wanted = "roles_list" if owner is RolesView else "users_list"
    operation = next(o for o in trial.operations() if o.definition.raw["operationId"] == wanted)
    trial.send_seeded(operation)
    if owner is Listing:
        trial.send_generated(operation, 120)
    assert finding in trial.findings
