"""Values of records as cells of tables and pages (see templates/components/cell.html)."""

from functools import cache
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst

from ..fields import FixedPointField, MoneyField, RateField, ReferenceField
from .declaration import Column

Cell = dict[str, Any]
NO_VALUE: Cell = {"kind": "empty", "value": None}


def column_label(model: type[models.Model], column: str | Column) -> str:
    """The heading of a column."""
    if isinstance(column, Column):
        return str(column.label)
    return capfirst(str(model._meta.get_field(column).verbose_name))


def is_numeric(model: type[models.Model], column: str | Column) -> bool:
    """Whether a column is written to the right."""
    if isinstance(column, Column):
        return column.kind in ("number", "money", "percent")
    field = model._meta.get_field(column)
    return isinstance(field, models.IntegerField | FixedPointField) and not field.choices


def cell_for(record: models.Model, column: str | Column) -> Cell:
    """The cell of a record's field, annotation or method."""
    if isinstance(column, Column):
        return _special_cell(record, column)
    field = record._meta.get_field(column)
    value = getattr(record, column)
    if value is None or value == "":
        return {"kind": "empty", "value": None}
    if field.many_to_one or field.one_to_one:
        return {"kind": "link", "value": str(value), "url": record_url(value)}
    if column == "status" and hasattr(record, "status_tone"):
        return {"kind": "badge", "value": _word(field, value), "tone": record.status_tone}
    if field.choices:
        return {"kind": "text", "value": _word(field, value)}
    return _plain_cell(record, field, value)


def _word(field: models.Field, value: Any) -> str:
    """What a choice is called; Django's own display goes through all choices for each record."""
    return str(_words(field).get(value, value))


@cache
def _words(field: models.Field) -> dict[Any, Any]:
    return dict(field.flatchoices)


def _plain_cell(record: models.Model, field: models.Field, value: Any) -> Cell:
    if isinstance(field, MoneyField):
        return {"kind": "money", "value": value, "currency": _currency(record, field)}
    if isinstance(field, RateField | FixedPointField):
        return {"kind": "number", "value": value.normalize(), "places": None}
    if isinstance(field, models.BooleanField):
        return {"kind": "boolean", "value": value}
    if isinstance(field, models.DateTimeField):
        return {"kind": "datetime", "value": value}
    if isinstance(field, models.DateField):
        return {"kind": "date", "value": value}
    if isinstance(field, models.IntegerField):
        return {"kind": "number", "value": value, "places": None}
    if isinstance(field, ReferenceField):
        return {"kind": "reference", "value": value}
    return {"kind": "long" if isinstance(field, models.TextField) else "text", "value": value}


def _currency(record: models.Model, field: MoneyField) -> str:
    if field.name.endswith("_base"):
        return settings.BRM.base_currency
    return getattr(record, "currency", "") or settings.BRM.base_currency


def _special_cell(record: models.Model, column: Column) -> Cell:
    value = getattr(record, column.name)
    value = value() if callable(value) else value
    if value is None or value == "":
        return {"kind": "empty", "value": None}
    if column.choices:
        tone = (column.tones or {}).get(value, "neutral")
        return {"kind": "badge", "value": str(column.choices[value]), "tone": tone}
    return {"kind": column.kind, "value": value, "currency": settings.BRM.base_currency}


def record_url(record: models.Model) -> str | None:
    """The page of a record, or None when it has none."""
    try:
        return reverse(f"{record.resource}-detail", args=[record.pk])
    except (AttributeError, NoReverseMatch):
        return None
