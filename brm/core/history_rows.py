"""History rows of many records at once, copied by the database from the rows just written."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models

from .dialect import among, parameter
from .models.record import Record
from .origin import current

# None: the instant at which each record was updated, in a replay of the past.
Stamp = tuple[datetime | None, str]


def write_history(records: Sequence[Record], *, update: bool) -> None:
    """Add one history row for each record, with the current origin, from the stored values.

    All rows of an ordinary write carry one instant, those of a replay the instant of their record.
    A statement is made for each reason that an import gives its records, one for other writes.
    """
    model = type(records[0])
    for (at, reason), ids in _stamps(records).items():
        _copy(model, ids, "~" if update else "+", at, reason)


def _stamps(records: Iterable[Record]) -> dict[Stamp, list[int]]:
    stamps: dict[Stamp, list[int]] = defaultdict(list)
    now: datetime | None = None
    for record in records:
        if record.replayed_at is None:
            now = now or record.write_instant
        reason = getattr(record, "_change_reason", None) or ""
        stamps[None if record.replayed_at else now, reason].append(record.pk)
    return stamps


def _copy(model: type[Record], ids: list[int], kind: str, at: datetime | None, reason: str) -> None:
    history = model.history.model
    own = {field.attname: field.column for field in model._meta.concrete_fields}
    user = current().user
    fixed = {
        "history_date": at,
        "history_type": kind,
        "history_change_reason": reason or None,
        "history_user_id": user.pk if user is not None else None,
        "door": current().door,
        "request_id": current().request_id,
        "import_id": current().import_id,
    }
    fields = [f for f in history._meta.concrete_fields if not f.primary_key]
    copied = [(field.column, own[field.attname]) for field in fields if field.attname in own]
    if at is None:
        del fixed["history_date"]
        copied.append(("history_date", own["updated_at"]))
    stamped = [(field, fixed[field.attname]) for field in fields if field.attname in fixed]
    _insert(history, model, copied, stamped, ids)


def _insert(
    history: type[models.Model],
    model: type[Record],
    copied: list[tuple[str, str]],
    stamped: list[tuple[models.Field, Any]],
    ids: list[int],
) -> None:
    quote = connection.ops.quote_name
    into = [quote(column) for column, _source in copied]
    into += [quote(field.column) for field, _value in stamped]
    values = [field.get_db_prep_save(value, connection) for field, value in stamped]
    typed = [parameter(field) for field, _value in stamped]
    condition, key = among("id", ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(history._meta.db_table)} ({', '.join(into)})"  # noqa: S608
            f" SELECT {', '.join([*(quote(source) for _c, source in copied), *typed])}"
            f" FROM {quote(model._meta.db_table)} WHERE {condition} ORDER BY id",
            [*values, key],
        )
