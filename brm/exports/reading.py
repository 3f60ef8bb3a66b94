"""The rows of an export: the records of a list that its reader may take out, column by column."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import models
from django.db.models import F

from brm.core.crud.cells import column_label
from brm.core.crud.declaration import Column
from brm.core.crud.list_query import ListQuery, name_of
from brm.core.imports.declarations import entity_of, importer_for
from brm.core.unseen import hide_unseen, value_in_sight

CHUNK = 2000

Value = Any
Reads = Callable[[Any], Value]


@dataclass(frozen=True)
class ExportColumn:
    """A column of the file; `path` leads to its value in the database, `word` to its text.

    A column without a path is asked of the record itself.
    """

    name: str
    label: str
    path: str | None
    read: Reads
    word: Reads


def exportable(query: ListQuery) -> models.QuerySet:
    """The records of the list that the user's roles let him export, in the list's order."""
    sign = "-" if query.sort.startswith("-") else ""
    order = F(query.sort.removeprefix("-"))
    ordered = order.desc(nulls_last=True) if sign else order.asc(nulls_last=True)
    return query.records.allowed(query.user, "X").order_by(ordered, "pk")


def columns_of(query: ListQuery) -> list[ExportColumn]:
    """The columns of the list, the record's key before them: without it no row is found again."""
    model = query.crud.model
    wanted = query.columns
    key = "username" if hasattr(model, "username") else "reference"
    if key not in map(name_of, wanted):
        wanted = [key, *wanted]
    names = _import_names(model)
    return [_column(query, column, names) for column in wanted]


def _import_names(model: type[models.Model]) -> dict[str, str]:
    """What the import calls the fields of the model."""
    entity = entity_of(model)
    return {c.sets: c.name for c in importer_for(entity).columns} if entity else {}


def _column(query: ListQuery, column: str | Column, names: dict[str, str]) -> ExportColumn:
    model, name = query.crud.model, name_of(column)
    label = column_label(model, column)
    if isinstance(column, Column):
        annotated = name in query.crud.get_queryset().query.annotations
        word = _choice(dict(column.choices)) if column.choices else _plain
        return ExportColumn(name, label, name if annotated else None, _plain, word)
    field = model._meta.get_field(name)
    shown = names.get(name, name)
    if field.many_to_one or field.one_to_one:
        target = "username" if hasattr(field.related_model, "username") else "reference"
        return ExportColumn(shown, label, f"{name}__{target}", _plain, str)
    if field.choices:
        return ExportColumn(shown, label, name, _plain, _choice(dict(field.flatchoices)))
    return ExportColumn(shown, label, name, _plain, _plain)


def _plain(value: Any) -> Any:
    return value


def _choice(choices: dict[Any, Any]) -> Reads:
    return lambda value: str(choices.get(value, value))


def rows_of(
    query: ListQuery, columns: list[ExportColumn], *, in_words: bool
) -> Iterator[Sequence[Value]]:
    """The rows as Python values (text, numbers, dates, instants, booleans, None).

    One statement read in parts: the file is of one moment and memory stays flat.
    """
    records = exportable(query)
    if in_words or any(column.path is None for column in columns):
        names = [name_of(c) for c in query.columns]
        names = names if len(names) == len(columns) else [columns[0].name, *names]
        for record in _in_sight(records, query.user):
            values = [_of(record, name) for name in names]
            yield [_worded(c, v, in_words) for c, v in zip(columns, values, strict=True)]
        return
    paths = [value_in_sight(records.model, column.path, query.user) for column in columns]
    yield from records.prefetch_related(None).values_list(*paths).iterator(CHUNK)


def _in_sight(records: models.QuerySet, user: Any) -> Iterator[Any]:
    """The records, part by part, without the names of what the user may not see."""
    rows = records.iterator(CHUNK)
    while part := list(islice(rows, CHUNK)):
        hide_unseen(part, user)
        yield from part


def _of(record: models.Model, name: str) -> Any:
    value = getattr(record, name)
    return value() if callable(value) else value


def _worded(column: ExportColumn, value: Any, in_words: bool) -> Any:
    if value is None or value == "":
        return None
    if in_words:
        return column.word(value)
    if isinstance(value, models.Model):
        return getattr(value, "username", None) or value.reference
    return value


def as_text(value: Value) -> str:
    """A value as the import reads it: ISO dates, instants in UTC, exact numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
