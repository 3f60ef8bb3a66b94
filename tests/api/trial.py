"""Requests generated from the OpenAPI description, their answers compared with it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import schemathesis
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as options_of
from rest_framework.test import APIClient
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from brm.core.scopes import NEVER
from brm.wsgi import application
from tests.api.seeded_calls import Seeds, seeds_for

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


def leave_connection_open() -> None:
    """Keep requests from closing the connection of the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)


def refused(operation: Any, response: Any) -> bool:
    """Whether an answer is a refusal that schemathesis does not know as one.

    412 refuses whatever the body is; a change of many records answers for each of its items.
    """
    if response.status_code == 200 and operation.path.endswith("/bulk/"):
        return any(item["status"] >= 400 for item in response.json()["results"])
    return response.status_code == 412


def beside_the_point(case: Any, response: Any) -> list[Any]:
    """Checks that do not apply: `fields` leaves out what the schema of whole records requires."""
    checks = [negative_data_rejection] if refused(case.operation, response) else []
    if response.status_code == 200 and "fields" in (case.query or {}):
        checks.append(response_schema_conformance)
    return checks


class Trial:
    """Sends requests as a user with a token and keeps what was wrong with the answers.

    `findings` are texts by the check that failed, `answered` the statuses by operation.
    """

    def __init__(self, description: dict[str, Any], user: Any, secret: str) -> None:
        self.schema = schemathesis.openapi.from_dict(description)
        self.schema.app = application
        self.user = user
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.findings: dict[str, list[str]] = defaultdict(list)
        self.answered: dict[str, Counter[int]] = defaultdict(Counter)

    @property
    def sent(self) -> int:
        return sum(sum(statuses.values()) for statuses in self.answered.values())

    def operations(self) -> list[Any]:
        return [found.ok() for found in self.schema.get_all_operations()]

    def seeds(self, operation: Any) -> Seeds:
        raw = operation.definition.raw
        return seeds_for(raw["operationId"], raw["tags"], self.user)

    def credentials(self, operation: Any) -> dict[str, dict[str, str]]:
        """A token's headers; a session's cookies and headers where no token is let in."""
        if operation.definition.raw["tags"][0] not in NEVER:
            return {"headers": self.headers}
        client = Client()
        client.force_login(self.user)
        session, secret = client.cookies[settings.SESSION_COOKIE_NAME], "a" * 32
        cookies = {session.key: session.value, settings.CSRF_COOKIE_NAME: secret}
        return {"cookies": cookies, "headers": {"X-CSRFToken": secret}}

    def send_seeded(self, operation: Any) -> None:
        """The call that should succeed."""
        seeds = self.seeds(operation)
        if seeds.media_type == "multipart/form-data":
            self._upload(operation, seeds)
            return
        options = {"body": seeds.body, "media_type": seeds.media_type} if seeds.media_type else {}
        case = operation.Case(path_parameters=seeds.path, query=seeds.query, **options)
        self.send(operation, case)

    def _upload(self, operation: Any, seeds: Seeds) -> None:
        """A file as browsers send it, with its name; schemathesis sends none."""
        client = APIClient(headers=self.headers)
        file = SimpleUploadedFile("customers.csv", seeds.body["file"])
        reply = client.post(operation.path, {**seeds.body, "file": file}, format="multipart")
        self.answered[operation.label][reply.status_code] += 1

    def send_generated(self, operation: Any, number: int, start: int = 0) -> None:
        """So many calls, half of them made to be refused, most about records that exist."""
        for mode, share in ((GenerationMode.POSITIVE, number - number // 2),
                            (GenerationMode.NEGATIVE, number // 2)):  # fmt: skip
            for seeded, part in ((True, share - share // 4), (False, share // 4)):
                if part:
                    self._generate(operation, mode, part, seeded, start)

    def _generate(self, operation: Any, mode: Any, number: int, seeded: bool, start: int) -> None:
        path = self.seeds(operation).path if seeded else {}
        strategy = operation.as_strategy(
            generation_mode=mode, **({"path_parameters": path} if path else {})
        )

        @seed(start)
        @options_of(
            max_examples=number,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def run(case: Any) -> None:
            self.send(operation, case)

        run()

    def send(self, operation: Any, case: Any) -> None:
        """One request, all checks."""
        sent = self.credentials(operation)
        leave_connection_open()
        before = transaction.savepoint()
        response = case.call(**sent)
        if response.status_code >= 400:
            # What the database refused broke the test's transaction, not one of the product's.
            transaction.set_rollback(False)
            transaction.savepoint_rollback(before)
        self.answered[operation.label][response.status_code] += 1
        aside = beside_the_point(case, response)
        checks = [check for check in CHECKS if check not in aside]
        try:
            case.validate_response(response, checks=checks, headers=sent["headers"])
        except FailureGroup as group:
            for failure in group.exceptions:
                body = json.dumps(case.body, default=str)[:300]
                address = getattr(response.request, "url", "")
                text = f"{operation.label} {response.status_code} {address} {body}: {failure}"
                self.findings[type(failure).__name__].append(text[:1500])

    def succeeded(self, operation: Any) -> bool:
        """Whether the operation answered 2xx at least once."""
        return any(200 <= status < 300 for status in self.answered[operation.label])

    def told(self, most: int = 12) -> str:
        """The findings as text."""
        lines: Iterable[str] = (
            f"{kind} ({len(texts)}): {text}"
            for kind, texts in self.findings.items()
            for text in texts[:most]
        )
        return "\n".join(lines)
