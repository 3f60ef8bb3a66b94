"""Values of records as the trail keeps them: plain JSON, the same from Python as from SQL."""

from datetime import UTC, date, datetime
from typing import Any

from django.db import models
from django.utils.dateparse import parse_datetime

from brm.core.fields import FixedPointField
from brm.core.models import Record

# Told by other columns of an entry, or without meaning for a reader.
SILENT = frozenset({"id", "reference", "version", "created_at", "updated_at", "deleted_at"})
HIDDEN = "•••"


def kept_fields(model: type[models.Model]) -> list[models.Field]:
    """The fields whose values an entry keeps."""
    return [f for f in model._meta.concrete_fields if f.name not in SILENT]


def private_fields(model: type[models.Model]) -> frozenset[str]:
    """The fields whose values an entry hides."""
    return frozenset(getattr(model, "private_fields", ()))


def kept(model: type[Record], fields: dict[str, tuple[Any, Any]]) -> dict[str, list[Any]]:
    """The changes of a record by field, as the trail keeps them."""
    known = {field.name: field for field in model._meta.concrete_fields}
    hidden = private_fields(model)
    return {
        name: [HIDDEN, HIDDEN]
        if name in hidden
        else [plain(known.get(name), before), plain(known.get(name), after)]
        for name, (before, after) in fields.items()
    }


def plain(field: models.Field | None, value: Any) -> Any:
    """One value; `field` is None for what is no column."""
    if value is None:
        return None
    if isinstance(field, FixedPointField):
        return field.get_prep_value(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int | str | bool | list | dict) else str(value)


def python(field: models.Field | None, value: Any) -> Any:
    """The value that was kept, as the field has it in Python; the reverse of `plain`."""
    if value is None or field is None or field.is_relation or value == HIDDEN:
        return value
    if isinstance(field, FixedPointField):
        return field.from_db_value(value, None, None)
    if isinstance(field, models.DateTimeField):
        instant = parse_datetime(value)  # SQLite keeps instants in UTC without saying so
        return instant if instant is None or instant.tzinfo else instant.replace(tzinfo=UTC)
    if isinstance(field, models.DateField | models.BooleanField):
        return field.to_python(value)
    return value
