"""Paging by key: every page costs as much as the first, in both directions.

A cursor holds the values of the ordering fields at the edge of a page, signed. The database then
starts at that place of the index; rows are never counted or skipped. Nulls come last in either
direction of a field, ties are ordered by id.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.constants import LOOKUP_SEP

LAST = "last"
CAP = 5_000  # rows counted for the total of a list; more are "5,000+"
SALT = "brm.core.keyset"


class BadCursor(ValueError):
    """The cursor was not made here, was tampered with, or belongs to another ordering."""


@dataclass(frozen=True)
class Page:
    """One page: its rows, the cursors of its neighbours (None at the ends), the ordering used."""

    items: list[Any]
    next_cursor: str | None
    previous_cursor: str | None
    ordering: list[str]


@dataclass(frozen=True)
class Key:
    """One field of the ordering."""

    path: str
    descending: bool
    nullable: bool
    field: models.Field

    @property
    def name(self) -> str:
        """What the rows call the value: a column of their own or an annotation of ours."""
        return f"keyset_{self.path}" if LOOKUP_SEP in self.path else self.path


def paginate(queryset: QuerySet, ordering: Sequence[str], cursor: str | None, size: int) -> Page:
    """The page of `size` rows at `cursor`: None for the first page, "last" for the last one.

    `ordering` lists fields (with "-" for descending, paths into related records included); the
    caller has checked that they are declared. The rows are instances, or dictionaries for a
    `values()` queryset that holds the ordering fields and the id. One statement, one more only
    where a page crosses from values to nulls. Raises BadCursor.
    """
    keys = _keys(queryset, ordering)
    names = [("-" if key.descending else "") + key.path for key in keys]
    backward, position = _read(cursor, names, keys)
    queryset = queryset.annotate(**{key.name: F(key.path) for key in keys if key.name != key.path})
    rows: list[Any] = []
    for segment in _segments(queryset, keys, position, backward):
        rows += segment[: size + 1 - len(rows)]
        if len(rows) > size:
            break
    more = len(rows) > size
    rows = rows[:size]
    if backward:
        rows.reverse()
    has_next = position is not None if backward else more
    has_previous = more if backward else position is not None
    return Page(
        items=rows,
        next_cursor=_write(rows, -1, keys, names) if has_next else None,
        previous_cursor=_write(rows, 0, keys, names) if has_previous else None,
        ordering=names,
    )


def capped_count(queryset: QuerySet, cap: int = CAP) -> tuple[int, bool]:
    """How many rows there are, counted up to `cap`, and whether that is the exact number."""
    count = queryset.order_by().values("pk")[: cap + 1].count()
    return min(count, cap), count <= cap


# --- The ordering --------------------------------------------------------------------------------


def _keys(queryset: QuerySet, ordering: Sequence[str]) -> list[Key]:
    keys: list[Key] = []
    for name in ordering:
        path = name.removeprefix("-")
        path = "id" if path == "pk" else path
        if path not in [key.path for key in keys]:
            field, nullable = _resolve(queryset, path)
            keys.append(Key(path, name.startswith("-"), nullable, field))
        if path == "id":
            return keys
    return [*keys, Key("id", False, False, queryset.model._meta.pk)]


def _resolve(queryset: QuerySet, path: str) -> tuple[models.Field, bool]:
    """The field behind a path, and whether it may be null on the way or at its end."""
    if path in queryset.query.annotations:
        return queryset.query.annotations[path].output_field, True
    model, nullable, field = queryset.model, False, None
    for part in path.split(LOOKUP_SEP):
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            field = next(f for f in model._meta.concrete_fields if f.attname == part)
        nullable = nullable or field.null
        model = field.related_model
    return (field.target_field if field.is_relation else field), nullable


# --- The rows ------------------------------------------------------------------------------------


def _segments(
    queryset: QuerySet, keys: list[Key], position: list[Any] | None, backward: bool
) -> Iterator[QuerySet]:
    """What lies beyond the position, as queries whose rows follow one another.

    Rows with and without a value of the first field are asked for apart: both then come straight
    from an index, which no database would use for "nulls last" in both directions.
    """
    first, rest = keys[0], keys[1:]
    if not first.nullable:
        yield _ordered(queryset, keys, position, backward)
        return
    filled = queryset.filter(**{f"{first.path}__isnull": False})
    empty = queryset.filter(**{f"{first.path}__isnull": True})
    filled_keys = [Key(first.path, first.descending, False, first.field), *rest]
    in_empty = position is not None and position[0] is None
    here = [
        (filled, filled_keys, position if not in_empty else None),
        (empty, rest, position[1:] if in_empty else None),
    ]
    if backward:
        here.reverse()
    start = 0 if position is None or in_empty == backward else 1
    for part, its_keys, its_position in here[start:]:
        yield _ordered(part, its_keys, its_position, backward)


def _ordered(
    queryset: QuerySet, keys: list[Key], position: list[Any] | None, backward: bool
) -> QuerySet:
    if position is not None:
        queryset = queryset.filter(_beyond(keys, position, backward))
    return queryset.order_by(*[_order(key, backward) for key in keys])


def _order(key: Key, backward: bool) -> Any:
    expression = F(key.path)
    nulls = {"nulls_first" if backward else "nulls_last": True} if key.nullable else {}
    if key.descending != backward:
        return expression.desc(**nulls)
    return expression.asc(**nulls)


class RowBeyond(Func):
    """`(a, b) > (x, y)`: all of an index's columns narrow the search at once."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, sign: str, *expressions: Any) -> None:
        super().__init__(*expressions)
        self.sign = sign

    def as_sql(self, compiler: Any, connection: Any, **_context: Any) -> tuple[str, list[Any]]:
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        half = len(parts) // 2
        left = ", ".join(sql for sql, _params in parts[:half])
        right = ", ".join(sql for sql, _params in parts[half:])
        params = [param for _sql, its_params in parts for param in its_params]
        return f"({left}) {self.sign} ({right})", params


def _beyond(keys: list[Key], position: list[Any], backward: bool) -> Any:
    """The condition for rows after (or before) a position."""
    directions = {key.descending != backward for key in keys}
    if len(directions) == 1 and not any(key.nullable for key in keys):
        columns = [F(key.path) for key in keys]
        values = [
            Value(value, output_field=key.field) for key, value in zip(keys, position, strict=True)
        ]
        return RowBeyond("<" if directions.pop() else ">", *columns, *values)
    return _expanded(keys, position, backward)


def _expanded(keys: list[Key], position: list[Any], backward: bool) -> Q:
    """The same without row comparison: beyond in the first field, or equal there and beyond …"""
    condition, equal = Q(pk__in=[]), Q()
    for key, value in zip(keys, position, strict=True):
        condition |= equal & _after(key, value, backward)
        equal &= Q(**{f"{key.path}__isnull": True}) if value is None else Q(**{key.path: value})
    first, value = keys[0], position[0]
    if first.nullable:
        return condition
    # Says again what follows already, for the index on the first field to start here.
    sign = "lte" if first.descending != backward else "gte"
    return Q(**{f"{first.path}__{sign}": value}) & condition


def _after(key: Key, value: Any, backward: bool) -> Q:
    if value is None:
        return Q(**{f"{key.path}__isnull": False}) if backward else Q(pk__in=[])
    beyond = Q(**{f"{key.path}__{'lt' if key.descending != backward else 'gt'}": value})
    if key.nullable and not backward:
        beyond |= Q(**{f"{key.path}__isnull": True})
    return beyond


# --- The cursor ----------------------------------------------------------------------------------


def _write(rows: list[Any], index: int, keys: list[Key], names: list[str]) -> str:
    """The cursor of the page after (index -1) or before (index 0) these rows."""
    if not rows:
        return LAST
    row = rows[index]
    values = [row[key.name] if isinstance(row, dict) else _value(row, key) for key in keys]
    content = [names, 1 if index else -1, [_plain(value) for value in values]]
    return signing.dumps(content, salt=SALT)


def _value(row: Any, key: Key) -> Any:
    own = {field.name: field.attname for field in row._meta.concrete_fields}
    return getattr(row, own.get(key.name, key.name))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _read(cursor: str | None, names: list[str], keys: list[Key]) -> tuple[bool, list[Any] | None]:
    """Whether the cursor looks back, and its position."""
    if not cursor:
        return False, None
    if cursor == LAST:
        return True, None
    try:
        its_names, direction, values = signing.loads(cursor, salt=SALT)
        position = [
            None if value is None else key.field.to_python(value)
            for key, value in zip(keys, values, strict=True)
        ]
    except (signing.BadSignature, ValidationError, TypeError, ValueError) as error:
        raise BadCursor("This is not a cursor of this list.") from error
    if its_names != names:
        raise BadCursor("This cursor belongs to another ordering.")
    return direction < 0, position
