"""The page for a refused request: which right is missing, and the way to all answers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ..explaining import VERBS, MissingRight, explain
from ..roles import ROLES, grants_of
from .declaration import REGISTRY
from .rights import grants_in_words, label, told


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handler of status 403."""
    signed_in = request.user.is_authenticated
    missing = missing_right(request.user, exception) if signed_in else None
    return render(request, "403.html", {"missing": missing}, status=403)


def missing_right(user: Any, exception: Exception | None) -> dict[str, Any] | None:
    """What the refused person may read about the right that was missing."""
    if not isinstance(exception, MissingRight):
        return None
    known = REGISTRY.get(exception.resource)
    told_by = {
        "verb": VERBS[exception.verb],
        "kind": label(exception.resource),
        "record": str(exception.record) if exception.record else "",
        "why": [],
        "people": [],
        "others": grants_in_words(grants_of(ROLES, exception.resource, exception.verb)),
        "url": "",
    }
    if known is None or exception.record is None:
        return told_by
    answers = [one for one in explain(user, exception.record) if one.verb == exception.verb]
    words = told(answers[0]) if answers else {}
    return {**told_by, **words, "url": known.url("rights", exception.record.pk)}
