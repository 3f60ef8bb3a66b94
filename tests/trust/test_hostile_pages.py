"""T20: hostile input to pages and forms: no fault of ours, nothing slow, nothing huge.

The REST API is tried in tests/api/test_hostile.py and tests/api/test_description.py; how many
requests both corpora hold is counted here.
"""

import random
import time
from collections import Counter

import pytest

from brm.core.api import REGISTRY as RESOURCES
from brm.core.crud import REGISTRY as PAGES
from tests.api.payloads import PAYLOADS
from tests.api.test_description import REQUESTS
from tests.api.test_hostile import LONG, NASTY, PARAMETERS
from tests.factories import RECORD_FACTORIES, make
from tests.pages.conftest import signed_in
from tests.pages.forms import form_data
from tests.trust.hostile import TEXTS
from tests.trust.routes import every_address, some_records

pytestmark = [pytest.mark.once, pytest.mark.django_db]
SLOWEST, LARGEST = 5.0, 5_000_000
LIST_NAMES = ["q", "sort", "cursor", "at", "columns", "density", "view", "search", "nonsense"]
ELSEWHERE = {
    "/search/": ["q"],
    "/search/options/": ["q"],
    "/kpis/": ["period", "as_of"],
    "/kpis/complaints/": ["period", "as_of", "part", "dimension", "member", "cursor", "since"],
    "/kpis/runs/": ["cursor", "page"],
    "/audit/": ["cursor", "since", "until", "user", "action", "records", "q"],
    "/notifications/": ["before", "cursor"],
    "/imports/": ["cursor"],
    "/exports/": ["cursor"],
}
FORMS = {
    "/account/": ["language", "time_zone"],
    "/theme/": ["theme", "next"],
    "/i18n/setlang/": ["language", "next"],
    "/tokens/new/": ["name", "scopes", "days"],
    "/views/new/": ["records", "name", "query", "audience"],
    "/exports/new/": ["records", "query", "file_format", "wording"],
    "/bulk-changes/new/": ["records", "keys", "scope", "query"],
    "/imports/new/": ["entity", "file"],
    "/webhooks/new/": ["name", "url", "events", "owner"],
    "/users/new/": ["username", "name", "email", "language", "roles"],
    "/notifications/choices/": ["quiet_from", "quiet_until", "digest_at"],
    "/kpi-targets/new/": ["kpi", "month", "dimension", "member", "target", "amber", "red"],
    "/accounts/password/change/": ["oldpassword", "password1", "password2"],
}


class Trial:
    """Sends requests and keeps what was wrong with the answers."""

    def __init__(self) -> None:
        self.client = signed_in("administrator")
        self.client.raise_request_exception = False
        self.statuses: Counter[int] = Counter()
        self.wrong: list[tuple] = []

    def send(self, method: str, address: str, data=None, **options) -> None:
        began = time.process_time()
        try:
            response = getattr(self.client, method)(address, data, **options)
        except (UnicodeEncodeError, ValueError):
            return  # the test's own client cannot send it
        took = time.process_time() - began
        size = 0 if response.streaming else len(response.content)
        self.statuses[response.status_code] += 1
        if response.status_code == 401 or "/accounts/login/" in response.headers.get(
            "Location", ""
        ):
            self.client.force_login(self.client.user)  # a request before this one signed out
        if response.status_code >= 500 or took > SLOWEST or size > LARGEST:
            self.wrong.append((response.status_code, method, address, str(data)[:200], took, size))

    @property
    def sent(self) -> int:
        return sum(self.statuses.values())


def in_lists(trial: Trial, share: float) -> None:
    dice = random.Random(1)
    for crud in PAGES.values():
        names = [*LIST_NAMES, *dice.sample(sorted(crud.fields), min(3, len(crud.fields)))]
        for name in names:
            for text in dice.sample(TEXTS, int(len(TEXTS) * share)):
                trial.send("get", crud.url("list"), {name: text})
        for text in dice.sample(TEXTS, int(len(TEXTS) * share)):
            trial.send("get", crud.url("options"), {"q": text})
    for address, names in ELSEWHERE.items():
        for name in names:
            for text in dice.sample(TEXTS, int(len(TEXTS) * share)):
                trial.send("get", address, {name: text})


def in_forms(trial: Trial, share: float) -> None:
    dice = random.Random(2)
    for resource in RECORD_FACTORIES:
        crud, record = PAGES[resource], make(resource)
        if not crud.fields:
            continue
        address = crud.url("update", record.pk)
        sound = form_data(trial.client.get(address))
        for name in [*crud.fields, "version", "status", "id"]:
            for text in dice.sample(TEXTS, max(1, int(len(TEXTS) * share / 3))):
                version = str(crud.model.everything.get(pk=record.pk).version)
                trial.send("post", address, {**sound, "version": version, name: text})
                cell = crud.url("cell", record.pk, name)
                version = str(crud.model.everything.get(pk=record.pk).version)
                trial.send("post", cell, {name: text, "version": version})
    for address, names in FORMS.items():
        for name in names:
            for text in dice.sample(TEXTS, int(len(TEXTS) * share / 2)):
                trial.send("post", address, {name: text})


def at_addresses(trial: Trial, share: float) -> None:
    addresses = every_address(some_records())
    for address in addresses:
        if "logout" in address or "sessions/end" in address:
            continue
        for method in ("post", "put", "patch", "delete", "trace", "options", "head"):
            if random.Random(f"{address} {method}").random() < share:
                options = {} if method in ("trace", "head") else {"content_type": "text/plain"}
                body = b"\xff\x00<x>" if options else None
                trial.send(method, address, body, **options)
        if random.Random(address).random() < share:
            trial.send("get", f"{address}%00")
            trial.send("get", f"{address}..%2f..%2fetc/passwd")
            trial.send("get", address, {"x" * 3000: "y"})
            trial.send(
                "get", address, headers={"Accept-Language": "x" * 5000, "Cookie": "brm=\xff"}
            )


PARTS = {"lists": in_lists, "forms": in_forms, "addresses": at_addresses}
SHARE, SENT = 0.15, {"lists": 3000, "forms": 1500, "addresses": 700}


def tried(share: float, *parts: str) -> Trial:
    trial = Trial()
    for part in parts:
        PARTS[part](trial, share)
    print(f"T20: {len(trial.wrong)} faults in {trial.sent} requests: {dict(trial.statuses)}")  # noqa: T201
    return trial


def test_some_hostile_input_to_pages_and_forms():
    trial = tried(0.012, *PARTS)
    assert trial.wrong == []
    assert trial.sent > 150


@pytest.mark.full
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("part", PARTS)
def test_hostile_input_to_pages_and_forms(part):
    trial = tried(SHARE, part)
    assert trial.wrong == []
    assert trial.sent >= SENT[part]


@pytest.mark.once
def test_both_corpora_hold_twenty_thousand_requests():
    """What the API's two tests send in the long run, and the pages' part above."""
    fields = sum(len(RESOURCES[name].inputs.fields) + 4 for name in PAYLOADS)
    parameters = sum(len(RESOURCES[name].filterset().base_filters) + 7 for name in PAYLOADS)
    api = fields * int(len(NASTY) * LONG) * 2 + parameters * int((len(PARAMETERS) - 1) * LONG)
    pages = sum(SENT.values())
    print(f"T20: {api} hostile and {REQUESTS} generated requests to the API, {pages} to pages")  # noqa: T201
    assert api + REQUESTS + pages >= 20_000
