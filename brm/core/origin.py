"""Who and what is writing right now: the actor, the door (page, API, import …) and the request."""

import contextlib
import contextvars
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _


class Door(models.TextChoices):
    """The ways by which a write enters."""

    PAGE = "page", _("Page")
    API = "api", _("API")
    IMPORT = "import", _("Import")
    COMMAND = "command", _("Command")
    WORKER = "worker", _("Worker")


@dataclass(frozen=True)
class Origin:
    """What history keeps about the source of a write.

    `at` dates the writes of a replay of the past (the demo data); None means now.
    """

    user: Any = None
    door: str = Door.COMMAND
    request_id: str = ""
    import_id: int | None = None
    token_id: int | None = None
    at: datetime | None = None


NOBODY = Origin()
_origin: contextvars.ContextVar[Origin] = contextvars.ContextVar("origin", default=NOBODY)


def current() -> Origin:
    """The origin of the write in progress; a command without a user by default."""
    return _origin.get()


@contextlib.contextmanager
def acting(**changes: Any) -> Iterator[Origin]:
    """Within the block, writes carry the current origin with `changes` (user, door, …)."""
    origin = replace(_origin.get(), **changes)
    token = _origin.set(origin)
    try:
        yield origin
    finally:
        _origin.reset(token)


def current_user(**_kwargs: Any) -> Any:
    return current().user


def current_door() -> str:
    return current().door


def current_request_id() -> str:
    return current().request_id


def current_import_id() -> int | None:
    return current().import_id


def become(user: Any, token_id: int | None = None) -> None:
    """Make the user the actor of the rest of this request: its token said who it is."""
    _origin.set(replace(_origin.get(), user=user, token_id=token_id))


Describer = Callable[[Collection[str]], Mapping[str, str]]
_describers: list[Describer] = []


def register_describer(describe: Describer) -> None:
    """Let a higher app say in words by what requests came: given ids, texts by id."""
    if describe not in _describers:
        _describers.append(describe)


def described_requests(request_ids: Collection[str]) -> dict[str, str]:
    """What is known of requests, such as the token they came with; a statement an app."""
    if not request_ids:
        return {}
    return {name: text for each in _describers for name, text in each(request_ids).items()}


class OriginMiddleware:
    """Gives each request an id and makes its user the actor of what it writes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex
        user = getattr(request, "user", None)
        door = Door.API if request.path.startswith("/api/") else Door.PAGE
        actor = user if user is not None and user.is_authenticated else None
        with acting(user=actor, door=door, request_id=request.request_id):
            response = self.get_response(request)
        response["X-Request-ID"] = request.request_id
        return response
