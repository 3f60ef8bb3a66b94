"""Who follows what, and noticing that something followed was changed."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from brm.core import jobs, origin
from brm.core.models import Record
from brm.core.watching import CREATED, DELETED, Change

from .models import Follow, FollowWishes
from .querysets import discussed

TELL = "conversation"


def follow(record: Record, *, by: Any, now: datetime) -> None:
    """Let a person follow a record; safe to repeat. Effects: one Follow."""
    Follow.objects.update_or_create(
        parent_resource=record.resource,
        parent_id=record.pk,
        user=by,
        defaults={"is_active": True},
        create_defaults={"is_active": True, "since": now},
    )


def unfollow(resource: str, key: int, *, by: Any) -> None:
    """Let a person follow a record no longer, not even by itself; safe to repeat.

    It needs no right to the record: who lost it may still leave. Effects: one Follow.
    """
    Follow.objects.filter(parent_resource=resource, parent_id=key, user=by).update(is_active=False)


def follow_by_itself(record: Record, people: Iterable[Any], *, wish: str, now: datetime) -> None:
    """Let people follow a record unless they once stopped to, or wish (`own`, `mentioned`) not to.

    Two statements. Effects: a Follow for each who has none.
    """
    ids = sorted({person.pk for person in people})
    if not ids:
        return
    unwilling = set(
        FollowWishes.objects.filter(user__in=ids, **{wish: False}).values_list("user", flat=True)
    )
    Follow.objects.bulk_create(
        [
            Follow(parent_resource=record.resource, parent_id=record.pk, user_id=pk, since=now)
            for pk in ids
            if pk not in unwilling
        ],
        ignore_conflicts=True,
    )


def is_followed(record: Record, by: Any) -> bool:
    """Whether a person follows a record."""
    return Follow.objects.about(record).filter(user=by, is_active=True).exists()


def note(changes: Sequence[Change]) -> None:
    """Have followers told of changes, after commit; one statement, one more where somebody
    follows.

    New records have no followers yet, and of a deleted one nothing is left to see.
    """
    told = [c for c in changes if c.event not in (CREATED, DELETED) and _is_told_of(c.record)]
    if not told:
        return
    resource, actor = told[0].record.resource, origin.current().user
    others = Follow.objects.filter(parent_resource=resource, is_active=True)
    if actor is not None:
        others = others.exclude(user=actor.pk)
    keys = [change.record.pk for change in told]
    followed = set(others.filter(parent_id__in=keys).values_list("parent_id", flat=True))
    about = [_kept(change) for change in told if change.record.pk in followed]
    if about:
        payload = {"resource": resource, "actor": actor.pk if actor else None, "changes": about}
        jobs.enqueue(TELL, uuid.uuid4().hex, by=actor, payload=payload)


def _is_told_of(record: Any) -> bool:
    return getattr(record, "replayed_at", None) is None and record.resource in discussed()


def _kept(change: Change) -> dict[str, Any]:
    return {
        "id": change.record.pk,
        "event": change.event,
        "fields": sorted(change.fields),
        "status": getattr(change.record, "status", ""),
    }
