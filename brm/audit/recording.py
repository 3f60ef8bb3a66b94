"""Writes entries beside every change, in its transaction; a handful of statements for any number.

The values of created records are copied by the database from their rows; what changed in others
is known to the records themselves.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from brm.core.dialect import among, parameter
from brm.core.origin import current
from brm.core.watching import CREATED, Change, Happening

from . import sequence
from .models import AuditEntry
from .values import HIDDEN, kept, kept_fields, private_fields

BATCH = 500
PAIRS = 40  # of names and values in one call: databases bound the arguments of a function


def record_changes(changes: Sequence[Change]) -> None:
    """Add one entry for each change; all are of one model."""
    created = [change.record for change in changes if change.event == CREATED]
    others = [change for change in changes if change.event != CREATED]
    sequence.announce_writing()
    if created:
        for (at, reason), keys in _stamps(created).items():
            _copy(type(created[0]), keys, at, reason)
    if others:
        AuditEntry.objects.bulk_create(map(_entry, others), batch_size=BATCH)


def record_happening(happening: Happening) -> None:
    """Add one entry for what is no write of a record."""
    subject, origin = happening.subject, current()
    created = happening.event == CREATED
    with transaction.atomic():
        sequence.announce_writing()
        AuditEntry.objects.create(
            **_origin(happening.actor or origin.user),
            at=origin.at or timezone.now(),
            event=happening.event,
            kind=happening.resource,
            object_id=subject.pk if subject is not None else None,
            reference=happening.reference or getattr(subject, "reference", ""),
            changes={n: p[1] if created else list(p) for n, p in happening.fields.items()},
        )


def _origin(user: Any) -> dict[str, Any]:
    origin = current()
    return {
        "actor_id": user.pk if user is not None else None,
        "actor_name": user.username if user is not None else "",
        "door": origin.door,
        "request_id": origin.request_id,
        "import_id": origin.import_id,
        "token_id": origin.token_id,
    }


def _entry(change: Change) -> AuditEntry:
    record = change.record
    return AuditEntry(
        **_origin(current().user),
        at=record.replayed_at or record.write_instant,
        event=change.event,
        kind=record.resource,
        object_id=record.pk,
        reference=record.reference,
        changes=kept(type(record), change.fields),
        reason=record.write_reason,
    )


# --- Created records -----------------------------------------------------------------------------


def _stamps(records: Iterable[Any]) -> dict[tuple[datetime | None, str], list[int]]:
    """The ids by instant (None: each record's own, in a replay of the past) and reason."""
    found: dict[tuple[datetime | None, str], list[int]] = defaultdict(list)
    now: datetime | None = None
    for record in records:
        if record.replayed_at is None:
            now = now or record.write_instant
        found[None if record.replayed_at else now, record.write_reason].append(record.pk)
    return found


def _copy(model: type[models.Model], keys: list[int], at: datetime | None, reason: str) -> None:
    quote = connection.ops.quote_name
    fixed = {**_origin(current().user), "event": CREATED, "kind": model.resource, "reason": reason}
    if at is not None:
        fixed["at"] = at
    columns = {field.name: field for field in AuditEntry._meta.concrete_fields}
    copied = {"object_id": "id", "reference": "reference", "changes": _values(model)}
    if at is None:
        copied["at"] = "updated_at"
    into = [quote(columns[name].column) for name in (*copied, *fixed)]
    source = [*copied.values(), *(parameter(columns[name]) for name in fixed)]
    condition, key = among("id", keys)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(AuditEntry._meta.db_table)} ({', '.join(into)})"  # noqa: S608
            f" SELECT {', '.join(source)} FROM {quote(model._meta.db_table)}"
            f" WHERE {condition} ORDER BY id",
            [*(columns[n].get_db_prep_save(v, connection) for n, v in fixed.items()), key],
        )


def _values(model: type[models.Model]) -> str:
    """The row's filled columns as a JSON object, in SQL."""
    hidden = private_fields(model)
    pairs = [f"'{f.name}', {_value(f, f.name in hidden)}" for f in kept_fields(model)]
    parts = [", ".join(pairs[start : start + PAIRS]) for start in range(0, len(pairs), PAIRS)]
    if connection.vendor == "postgresql":
        objects = " || ".join(f"jsonb_build_object({part})" for part in parts)
        return f"jsonb_strip_nulls({objects})"
    merged = "'{}'"
    for part in parts:  # a patch leaves out what is null
        merged = f"json_patch({merged}, json_object({part}))"
    return merged


def _value(field: models.Field, hidden: bool) -> str:
    column = connection.ops.quote_name(field.column)
    if hidden:
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE '{HIDDEN}' END"
    if isinstance(field, models.CharField | models.TextField):
        return f"NULLIF({column}, '')"
    if isinstance(field, models.JSONField) and connection.vendor == "sqlite":
        return f"json({column})"
    return column
