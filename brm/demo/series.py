"""Rows made by the database itself: `INSERT … SELECT` over a series of numbers.

Every expression is SQL text over the counter `n` (1, 2, …) that gives the same on PostgreSQL and
SQLite. There are no parameters: all texts come from here and from `volume.py`.
"""

from collections.abc import Iterator
from datetime import date

from django.db import connection, models

from brm.core.dialect import add_days

PRIME = 2_147_483_647
CHUNK = 500_000


def chance(salt: int, below: int, counter: str = "n") -> str:
    """A number from 0 to below - 1 that looks random; the same for the same salt and counter."""
    mixed = f"(({counter}) * 48271 + {salt * 7919 + 11}) % {PRIME}"
    low, high = f"({mixed}) % 65537", f"(({mixed}) / 65537 + {salt + 3})"
    return f"({low} * {high} % {PRIME} * 69621 % {PRIME} % {below})"


def choose(number: str, *values: str) -> str:
    """One of some texts by number; several times the same makes it likelier."""
    if len(values) == 1:
        return f"'{values[0]}'"
    cases = " ".join(f"WHEN {index} THEN '{value}'" for index, value in enumerate(values[:-1]))
    return f"CASE {number} {cases} ELSE '{values[-1]}' END"


def day(first: date, days: str) -> str:
    """The date so many days after `first`."""
    start = f"DATE '{first}'" if _postgresql() else f"'{first}'"
    return add_days(start, f"CAST({days} AS integer)")


def instant(on: str, hours: str) -> str:
    """The instant so many whole hours (UTC) after the beginning of a date expression."""
    if _postgresql():
        return f"(({on})::timestamp AT TIME ZONE 'UTC' + ({hours}) * INTERVAL '1 hour')"
    return f"datetime({on}, ({hours}) || ' hours')"


def text(prefix: str, number: str) -> str:
    """A prefix and a number, as one text."""
    return f"'{prefix}' || ({number})"


def insert(
    model: type[models.Model], count: int, columns: dict[str, str], first_id: int | None = None
) -> None:
    """Insert `count` rows; the row of the counter n has the id first_id + n - 1.

    `columns` gives expressions by field name; other fields get their default. Raises ValueError
    for a compulsory field that has none.
    """
    names, values = [], []
    for field in model._meta.concrete_fields:
        if field.primary_key and first_id is None:
            continue
        names.append(f'"{field.column}"')
        values.append(f"{first_id - 1} + n" if field.primary_key else _value(field, columns))
    for start, end in _chunks(count):
        _execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(names)})"  # noqa: S608
            f" {_series(start, end)} SELECT {', '.join(values)} FROM series"
        )


def reserve(model: type[models.Model]) -> int:
    """The first free id; nobody else writes the table until the transaction ends."""
    table = model._meta.db_table
    if _postgresql():
        _execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
    return (model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1


def advance(model: type[models.Model]) -> None:
    """Let the next row that the product writes come after those made here."""
    if _postgresql():
        table = model._meta.db_table
        _execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608
            f" (SELECT MAX(id) FROM {table}))"
        )


def _value(field: models.Field, columns: dict[str, str]) -> str:
    if field.name in columns:
        return columns[field.name]
    if field.has_default():
        return _literal(field.get_db_prep_save(field.get_default(), connection))
    if field.null:
        return "NULL"
    if isinstance(field, models.CharField | models.TextField):
        return "''"
    raise ValueError(f"{field.model.__name__}.{field.name} has no value")


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _chunks(count: int) -> Iterator[tuple[int, int]]:
    for start in range(1, count + 1, CHUNK):
        yield start, min(start + CHUNK - 1, count)


def _series(start: int, end: int) -> str:
    if _postgresql():
        numbers = f"SELECT generate_series::bigint FROM generate_series({start}, {end})"  # noqa: S608
        return f"WITH series(n) AS ({numbers})"
    numbers = f"SELECT {start} UNION ALL SELECT n + 1 FROM series WHERE n < {end}"  # noqa: S608
    return f"WITH RECURSIVE series(n) AS ({numbers})"


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _postgresql() -> bool:
    return connection.vendor == "postgresql"
