"""How a record is shown: columns made from the model, read by one statement."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import QuerySet
from rest_framework import serializers

from ..fields import FixedPointField
from ..models import Record
from ..unseen import value_in_sight
from . import values

COMMON_FIRST = ("id", "reference")
COMMON_LAST = ("created_at", "updated_at", "version")


@dataclass(frozen=True)
class Column:
    """One value of a shown record: its name, its path in the database, its form in JSON.

    `field` describes it in the schema. `sortable` columns may be named by `ordering`.
    """

    name: str
    path: str
    convert: Callable[[Any], Any] | None
    field: serializers.Field
    sortable: bool = False


def columns_of(model: type[Record], fields: Sequence[str]) -> dict[str, Column]:
    """The columns of a record's resource, in the order in which they are shown."""
    found: dict[str, Column] = {}
    for name in (*COMMON_FIRST, *fields, *COMMON_LAST):
        for column in _columns_for(model._meta.get_field(name)):
            found[column.name] = column
    return found


def key_of(model: type[models.Model]) -> str:
    """The field by which others name a record of the model: its reference, a user's name."""
    return "reference" if issubclass(model, Record) else "username"


def _columns_for(field: models.Field) -> list[Column]:
    described = values.shown(field)
    if field.is_relation:
        key = key_of(field.related_model)
        text = serializers.CharField(read_only=True, allow_null=field.null)
        return [
            Column(field.name, field.attname, None, described),
            Column(f"{field.name}_reference", f"{field.name}__{key}", None, text),
        ]
    sortable = not isinstance(field, models.TextField)
    return [Column(field.name, field.name, converter(field), described, sortable)]


def converter(field: models.Field) -> Callable[[Any], Any] | None:
    """What turns a value of the database into one of JSON; None where it is one already."""
    if isinstance(field, FixedPointField | models.DecimalField):
        return decimal_text
    if isinstance(field, models.DateTimeField):
        return instant_text
    return day_text if isinstance(field, models.DateField) else None


def decimal_text(value: Decimal) -> str:
    return format(value, "f")


def day_text(value: datetime.date) -> str:
    return value.isoformat()


def instant_text(value: datetime.datetime) -> str:
    return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")


def select(queryset: QuerySet, columns: Iterable[Column], viewer: Any) -> QuerySet:
    """The queryset as dictionaries with the columns' paths; one statement, joins included.

    References of related records that the viewer may not see are null.
    """
    own, annotated = [], {}
    for column in columns:
        if column.path in queryset.query.annotations or "__" not in column.path:
            own.append(column.path)
        else:
            annotated[f"_{column.name}"] = value_in_sight(queryset.model, column.path, viewer)
    return queryset.order_by().values("id", *own, **annotated)


def shown(row: dict[str, Any], columns: Iterable[Column]) -> dict[str, Any]:
    """A selected row as it is sent."""
    sent = {}
    for column in columns:
        value = row[column.path] if column.path in row else row[f"_{column.name}"]
        convert = column.convert
        sent[column.name] = value if value is None or convert is None else convert(value)
    return sent
