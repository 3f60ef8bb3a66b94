"""What a record was: the values that its history rows keep, after an entry or at an instant."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import models

from .models.dated import DatedRecord
from .models.record import BOOKKEEPING, Record
from .watching import CREATED, DELETED, MOVED, RESTORED, UPDATED

# How a write that holds from another day than its own names that day in its history row.
VALID_FROM, EFFECTIVE_ON = "valid_from", "effective_on"
UNTOLD = BOOKKEEPING | {"id", "created_at", "deleted_at"}


def told_fields(model: type[models.Model]) -> list[models.Field]:
    """The fields whose past is told: those that history keeps and that are not private."""
    kept = {field.name for field in model.history.model.tracked_fields}
    private = set(getattr(model, "private_fields", ()))
    return [f for f in model._meta.concrete_fields if f.name in kept - private - UNTOLD]


def entries(record: models.Model) -> models.QuerySet:
    """The history rows of a record, oldest first, with who wrote them."""
    return record.history.exclude(history_type="-").order_by("history_id")


def with_names(rows: models.QuerySet, fields: Collection[models.Field]) -> models.QuerySet:
    """The rows joined with who wrote them and the records that the fields name."""
    return rows.select_related("history_user", *(f.name for f in fields if f.is_relation))


def at_instant(record: Record, instant: datetime) -> models.QuerySet:
    """The row, if any, that was in force at the instant: the last one written by then.

    Written is when the record says so (`created_at`, `updated_at`); its row is dated some
    microseconds later.
    """
    begun = models.Q(history_type="+", created_at__lte=instant)
    return (
        entries(record)
        .filter(begun | models.Q(updated_at__lte=instant))
        .order_by("-history_id")[:1]
    )


def event_of(row: Any, before: Any) -> str:
    """What the write did that left `row` after the row `before` (None: there was none)."""
    if before is None:
        return CREATED if row.history_type == "+" else UPDATED
    gone, was_gone = (getattr(each, "deleted_at", None) is not None for each in (row, before))
    if gone != was_gone:
        return DELETED if gone else RESTORED
    moved = getattr(row, "status", None) != getattr(before, "status", None)
    return MOVED if moved else UPDATED


def changed_fields(row: Any, before: Any, fields: Collection[models.Field]) -> list[models.Field]:
    """The fields in which two rows differ."""
    return [f for f in fields if getattr(row, f.attname) != getattr(before, f.attname)]


def as_record(row: Any, model: type[models.Model]) -> Any:
    """The record as the row keeps it, for reading alone; joined records come along."""
    kept = {field.attname for field in row.__class__.tracked_fields}
    fields = [field for field in model._meta.concrete_fields if field.attname in kept]
    record = model(**{field.attname: getattr(row, field.attname) for field in fields})
    for field in fields:
        if field.is_relation and field.name in row._state.fields_cache:
            record._state.fields_cache[field.name] = row._state.fields_cache[field.name]
    record._state.adding = False
    return record


def give_back(record: Record, before: Any, reason: str = "") -> None:
    """Set a record to the values of an earlier row; the caller writes it.

    `reason` is that of the row whose write is taken back: where that write held from a day, the
    former values hold from that day again.
    """
    for field in record._meta.concrete_fields:
        if not field.primary_key and field.attname not in BOOKKEEPING:
            setattr(record, field.attname, getattr(before, field.attname))
    name, _blank, day = reason.partition(" ")
    if name in (VALID_FROM, EFFECTIVE_ON):
        setattr(record, name, date.fromisoformat(day))
    if isinstance(record, DatedRecord) and name == VALID_FROM:
        record.dated = sorted(record.changed_fields() & set(record.dated_attributes()))
