"""`Idempotency-Key`: a POST repeated within 24 hours gives the same answer, once."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from ..models.idempotency import IdempotencyKey
from .errors import Conflict, FieldErrors, Unprocessable

HEADER = "Idempotency-Key"
LIFETIME = timedelta(hours=24)
KEPT_HEADERS = ("Location", "ETag")


def run_once(request: Request, handler: Callable[[], Response], *, now: datetime) -> Response:
    """The answer of `handler`, or the one it gave before under the request's key.

    Answers of success are kept, in the transaction that did the work; a refused request did
    nothing and may be repeated under its key. Raises FieldErrors for a malformed key, Conflict
    while the first request is still running, Unprocessable when the key came with another body.
    """
    key = _key(request)
    with transaction.atomic():
        _lock(f"{request.user.pk}:{key}")
        kept = IdempotencyKey.objects.filter(user=request.user)
        kept.filter(created_at__lt=now - LIFETIME).delete()
        before = kept.filter(key=key).first()
        if before is not None:
            return _again(before, fingerprint(request))
        response = handler()
        if response.status_code < 300:
            IdempotencyKey.objects.create(
                user=request.user,
                key=key,
                fingerprint=fingerprint(request),
                status=response.status_code,
                headers={name: response[name] for name in KEPT_HEADERS if name in response},
                body=json.dumps(response.data, cls=JSONEncoder),
                created_at=timezone.now(),
            )
        return response


def fingerprint(request: Request) -> str:
    """What makes two requests the same: address, body, and the token's scopes, if any."""
    content = [request.get_full_path(), request.data, sorted(request.user.token_scopes or ())]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _key(request: Request) -> str:
    key = request.headers[HEADER]
    if not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        raise FieldErrors({HEADER: [_("A key is 1 to 255 printable ASCII characters.")]})
    return key


def _lock(name: str) -> None:
    """Refuse a second request under the key while the first one runs.

    On SQLite the second one waits for its turn at the database and is then given the answer.
    """
    if connection.vendor != "postgresql":
        return
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise Conflict(_("The first request under this key is still running."), "running")


def _again(before: IdempotencyKey, fingerprint: str) -> Response:
    if before.fingerprint != fingerprint:
        raise Unprocessable(_("This key was used for another request."), "key_reused")
    data: Any = json.loads(before.body) if before.body else None
    headers = {**before.headers, "Idempotent-Replayed": "true"}
    return Response(data, status=before.status, headers=headers)
