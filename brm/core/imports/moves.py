"""Lifecycle states that arrive by import: any for new rows, legal chains for existing ones."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from ..dialect import among, parameter
from ..lifecycle import IllegalTransition, LifecycleRecord, guard_refusals
from ..models import Transition
from ..origin import current_door
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
    first = [(record, moves[0][1]) for record, moves in moved if not moves[0][0]]
    moved = [(record, moves) for record, moves in moved if moves[0][0]]
    _log_arrivals(first, by=by, now=now, reason=reason)
    if not moved:
        return
    content_type = ContentType.objects.get_for_model(moved[0][0])
    last = dict(
        Transition.objects.filter(
            content_type=content_type, object_id__in=[record.pk for record, _moves in moved]
        )
        .values_list("object_id")
        .annotate(Max("at"))
        .order_by()
    )
    rows = []
    for record, moves in moved:
        since = last.get(record.pk) or record.created_at
        for source, target in moves:
            stood = max(0, int((now - since).total_seconds()))
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


def _log_arrivals(
    arrived: Sequence[tuple[LifecycleRecord, str]], *, by: Any, now: datetime, reason: str
) -> None:
    """Log the first state of new records, copied by the database: one statement."""
    if not arrived:
        return
    model = type(arrived[0][0])
    condition, keys = among("id", [record.pk for record, _state in arrived])
    given = {
        "content_type": ContentType.objects.get_for_model(model).pk,
        "at": now,
        "by": by.pk if by is not None else None,
        "reason": reason,
        "door": current_door(),
    }
    fields = [Transition._meta.get_field(name) for name in given]
    cast = [parameter(field) for field in fields]
    values = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(fields, given.values(), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_transition (object_id, source, target, content_type_id, at, by_id,"  # noqa: S608
            f" reason, door) SELECT id, '', status, {', '.join(cast)}"
            f" FROM {model._meta.db_table} WHERE {condition} ORDER BY id",
            [*values, keys],
        )
