"""Lifecycle states that arrive by import: any for new rows, legal chains for existing ones."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _

from ..lifecycle import IllegalTransition, LifecycleRecord, guard_refusals
from ..models import Transition
from .declarations import Importer

REASON = "import"


def move(
    importer: Importer, record: LifecycleRecord, wanted: str, *, now: datetime
) -> list[tuple[str, str]]:
    """Bring an existing record to a state by the shortest chain of legal moves.

    Returns the moves as (from, to). What a move requires must be there as far as the import has a
    column for it; the import itself is the written reason. Raises ValidationError.
    """
    try:
        chain = record.Status.shortest_chain(record.status, wanted)
    except IllegalTransition as error:
        raise ValidationError({"status": _unreachable(error)}) from None
    moves = []
    for step in chain:
        missing = [
            name
            for name in step.requires
            if importer.column(name) and getattr(record, name) in (None, "")
        ]
        if missing:
            text = _("This is needed for the state “%(state)s”.") % {"state": step.target}
            raise ValidationError(dict.fromkeys(missing, text))
        if refusals := guard_refusals(record, step.target):
            raise ValidationError({"status": refusals})
        if step.stamps and getattr(record, step.stamps) is None:
            setattr(record, step.stamps, record.stamp_for(step.stamps, now))
        moves.append((record.status, step.target))
        record.status = step.target
    return moves


def _unreachable(error: IllegalTransition) -> str:
    return _("“%(target)s” cannot be reached from “%(source)s”; legal: %(allowed)s.") % {
        "target": error.target,
        "source": error.source,
        "allowed": ", ".join(error.allowed) or _("none"),
    }


def log_moves(
    moved: Iterable[tuple[LifecycleRecord, list[tuple[str, str]]]],
    *,
    by: Any,
    now: datetime,
    reason: str = REASON,
) -> None:
    """Append many moves of records of one model to the transition log."""
    moved = list(moved)
    if not moved:
        return
    content_type = ContentType.objects.get_for_model(moved[0][0])
    existing = [record.pk for record, moves in moved if moves[0][0]]
    last = dict(
        Transition.objects.filter(content_type=content_type, object_id__in=existing)
        .values_list("object_id")
        .annotate(Max("at"))
        .order_by()
    )
    rows = []
    for record, moves in moved:
        since = last.get(record.pk) or record.created_at
        for source, target in moves:
            stood = max(0, int((now - since).total_seconds())) if source else None
            rows.append(
                Transition(
                    content_type=content_type,
                    object_id=record.pk,
                    source=source,
                    target=target,
                    at=now,
                    by=by,
                    reason=reason,
                    seconds_in_source=stood,
                )
            )
            since = now
    Transition.objects.bulk_create(rows, batch_size=500)
