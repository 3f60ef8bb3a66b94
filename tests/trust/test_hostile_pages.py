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
from tests.api.test_hostile import NASTY, PARAMETERS
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
                trial.send("post", address, {**sound, name: text})
                trial.send("post", crud.url("cell", record.pk, name), {name: text, "version": "1"})
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


def try_everything(share: float) -> Trial:
    trial = Trial()
    for part in (in_lists, in_forms, at_addresses):
        part(trial, share)
    print(f"T20: {len(trial.wrong)} faults in {trial.sent} requests: {dict(trial.statuses)}")  # noqa: T201
    return trial


def test_some_hostile_input_to_pages_and_forms():
    trial = try_everything(0.012)
    assert trial.wrong == []
    assert trial.sent > 150


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_hostile_input_to_pages_and_forms():
    trial = try_everything(0.35)
    assert trial.wrong == []
    assert trial.sent > 5000


@pytest.mark.once
def test_both_corpora_hold_twenty_thousand_requests():
    """What tests/api/test_hostile.py sends to the API in full, and the pages' part above."""
    fields = sum(len(RESOURCES[name].inputs.fields) + 4 for name in PAYLOADS)
    parameters = sum(len(RESOURCES[name].filterset().base_filters) + 7 for name in PAYLOADS)
    api = fields * len(NASTY) * 2 + parameters * (len(PARAMETERS) - 1)
    print(f"T20: {api} requests to the API, more than 5000 to pages")  # noqa: T201
    assert api + 5000 >= 20_000
