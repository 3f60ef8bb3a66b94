"""Foreign keys found for a whole batch at once: one statement per column."""

from collections.abc import Collection
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from ..models.record import Record
from .declarations import Column, entity_of
from .scratch import Scratch

MOST_MERGES = 20


def find(
    column: Column, texts: Collection[str], *, by: Any, scratch: Scratch | None
) -> dict[str, models.Model]:
    """The records that the texts name, among those the user sees.

    A merged customer's reference leads to its survivor. `scratch` is given in a dry run: records
    that rows before this one would create then count as there.
    """
    target = column.target
    if not issubclass(target, Record):
        found = target._default_manager.filter(**{f"{column.target_key}__in": texts})
        return {getattr(record, column.target_key): record for record in found}
    found = _records(target, texts, by)
    if scratch is not None and (missing := [text for text in texts if text not in found]):
        found |= _pending(target, missing, scratch)
    return found


def _records(target: type[Record], texts: Collection[str], by: Any) -> dict[str, models.Model]:
    rows = target.everything.filter(reference__in=texts)
    if by is not None:
        rows = rows.visible_to(by)
    records = {record.reference: record for record in rows}
    survivors = _survivors(target, records.values()) if hasattr(target, "merged_into") else {}
    named = {key: survivors.get(record.pk, record) for key, record in records.items()}
    return {key: record for key, record in named.items() if record.deleted_at is None}


def _survivors(target: type[Record], records: Collection[Any]) -> dict[int, Any]:
    """For each merged record the one that took its place, over several merges if need be."""
    led = {record.pk: record for record in records if record.merged_into_id}
    for _step in range(MOST_MERGES):
        next_keys = {record.merged_into_id for record in led.values() if record.merged_into_id}
        if not next_keys:
            break
        following = target.everything.in_bulk(next_keys)
        led = {pk: following.get(r.merged_into_id, r) for pk, r in led.items()}
    return led


def _pending(target: type[Record], texts: list[str], scratch: Scratch) -> dict[str, models.Model]:
    entity = entity_of(target)
    if entity is None:
        return {}
    return {
        key: _stand_in(target, row, fields)
        for key, (row, fields) in scratch.pending(entity, texts).items()
    }


def _stand_in(target: type[Record], row: int, fields: dict[str, Any]) -> models.Model:
    """A record as a dry run would have created it, under a key that no record has."""
    named = {field.attname: field for field in target._meta.concrete_fields}
    values = {
        name: None if value is None else named[name].to_python(value)
        for name, value in fields.items()
    }
    return target(**{**values, "pk": -row})


def as_pending(record: models.Model) -> dict[str, Any]:
    """The fields of a record that a dry run would create, as texts for the scratch file."""
    return {
        field.attname: field.value_to_string(record)
        for field in record._meta.concrete_fields
        if not field.primary_key and getattr(record, field.attname) is not None
    }


def not_found(column: Column, text: str) -> str:
    """What to say of a text that names no record."""
    label = column.target._meta.verbose_name
    if column.target_key == "username":
        return _("There is no user named “%(text)s”.") % {"text": text}
    return _("There is no %(label)s with the reference “%(text)s”.") % {
        "label": label,
        "text": text,
    }
