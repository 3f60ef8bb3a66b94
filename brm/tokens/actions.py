"""Making and revoking API tokens."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from brm.core.roles import RIGHTS
from brm.core.scopes import all_scopes
from brm.core.watching import CREATED, Happening, happened

from .models import PREFIX_LENGTH, ApiToken

MARK = "brm_"  # lets scanners of leaked secrets recognise a token
BYTES = 32
MOST_DAYS = 365


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def issue(
    owner: Any, *, name: str, scopes: Sequence[str], days: int, now: datetime
) -> tuple[ApiToken, str]:
    """A new token of the owner for so many days, and its secret, which nobody can read again.

    Raises ValidationError for an unknown scope, no scope, or days outside of 1 to MOST_DAYS.
    """
    unknown = [scope for scope in scopes if scope not in all_scopes(RIGHTS)]
    if unknown:
        text = _("There is no scope “%(scope)s”. Write resource:read, resource:write or *.")
        raise ValidationError({"scopes": text % {"scope": unknown[0]}})
    if not scopes:
        raise ValidationError({"scopes": _("Choose at least one scope.")})
    if not 1 <= days <= MOST_DAYS:
        text = _("A token lives 1 to %(days)d days.") % {"days": MOST_DAYS}
        raise ValidationError({"days": text})
    secret = MARK + secrets.token_urlsafe(BYTES)
    token = ApiToken.objects.create(
        owner=owner,
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=digest_of(secret),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    kept = {"owner": (None, owner.pk), "scopes": (None, ", ".join(token.scopes))}
    happened(Happening(CREATED, token.resource, token, name, fields=kept))
    return token, secret


def revoke(token: ApiToken, *, by: Any, now: datetime) -> bool:
    """End a token at once; False when it was revoked already."""
    with transaction.atomic():
        revoked = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(
            revoked_at=now, revoked_by=by
        )
        if revoked:
            happened(Happening("revoked", token.resource, token, token.name))
    return bool(revoked)
