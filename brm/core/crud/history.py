"""The history of a record as its page shows it: who changed which field from what to what."""

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..origin import Door, described_requests
from ..unseen import hide_unseen

SHOWN = 50
SILENT = {"id", "version", "updated_at", "created_at"}


def history_of(record: models.Model, viewer: Any) -> list[dict[str, Any]]:
    """The newest entries first, at most SHOWN. One statement, the records referred to joined,
    and one more where the API wrote. What the viewer may not see has no name."""
    kept = {field.name for field in record.history.model.tracked_fields}
    fields = [f for f in record._meta.concrete_fields if f.name in kept - SILENT]
    joined = [field.name for field in fields if field.is_relation]
    found = record.history.select_related("history_user", *joined).order_by("-history_id")
    rows = list(found[: SHOWN + 1])
    hide_unseen(rows, viewer, type(record))
    pairs = list(zip_longest(rows, rows[1:]))[:SHOWN]
    by_api = {row.request_id for row, _before in pairs if row.door == Door.API}
    sources = described_requests(by_api - {""})
    return [_entry(row, before, fields, sources) for row, before in pairs]


def _entry(
    row: Any, before: Any, fields: Iterable[models.Field], sources: dict[str, str]
) -> dict[str, Any]:
    changes = [] if before is None else list(_changes(row, before, fields))
    return {
        "at": row.history_date,
        "actor": str(row.history_user) if row.history_user else _("System"),
        "origin": _origin(row, sources),
        "summary": _summary(row, before),
        "changes": changes,
    }


def _origin(row: Any, sources: dict[str, str]) -> str:
    """The way by which the write came, and the API token it came with."""
    label = str(Door(row.door).label)
    if row.request_id not in sources:
        return label
    return _("%(way)s, token %(token)s") % {"way": label, "token": sources[row.request_id]}


def _summary(row: Any, before: Any) -> str:
    if row.history_type == "+":
        return _("Created")
    gone, was_gone = (bool(getattr(r, "deleted_at", None)) for r in (row, before))
    if gone != was_gone:
        return _("Deleted") if gone else _("Restored")
    if before is not None and getattr(row, "status", None) != getattr(before, "status", None):
        return _("Moved to “%(state)s”") % {"state": row.get_status_display()}
    return _("Changed")


def _changes(row: Any, before: Any, fields: Iterable[models.Field]):
    for field in fields:
        old, new = getattr(before, field.attname), getattr(row, field.attname)
        if old != new and field.name != "deleted_at":
            yield {
                "label": capfirst(str(field.verbose_name)),
                "before": _written(field, before),
                "after": _written(field, row),
            }


def _written(field: models.Field, row: Any) -> Any:
    value = getattr(row, field.attname)
    if field.is_relation and value is not None:
        there = getattr(row, field.name, None)  # None: it is gone from the database
        return f"#{value}" if there is None else str(there)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return value
