"""The few expressions that PostgreSQL and SQLite spell differently, as SQL text."""

import json
import sqlite3
from typing import Any

from django.db import connection
from django.db.models import Field


def _postgresql() -> bool:
    return connection.vendor == "postgresql"


def day_number(date: str) -> str:
    """Days since 1970-01-01 of a date expression, as an integer."""
    if _postgresql():
        return f"({date} - DATE '1970-01-01')"
    return f"CAST(julianday({date}) - 2440587.5 AS INTEGER)"


def add_days(date: str, days: str) -> str:
    """A date expression moved by a number of days."""
    if _postgresql():
        return f"({date} + {days})"
    return f"date({date}, ({days}) || ' days')"


def month_of(date: str) -> str:
    """The month of a date expression as the integer yyyymm."""
    if _postgresql():
        return f"(EXTRACT(YEAR FROM {date})::integer * 100 + EXTRACT(MONTH FROM {date})::integer)"
    return f"CAST(strftime('%%Y%%m', {date}) AS INTEGER)"


def last_day_of(month: str) -> str:
    """The last day of the month yyyymm (an integer expression), as a date."""
    if _postgresql():
        return (
            f"(make_date({month} / 100, {month} %% 100, 1)"
            " + INTERVAL '1 month' - INTERVAL '1 day')::date"
        )
    return f"date(printf('%%04d-%%02d-01', {month} / 100, {month} %% 100), '+1 month', '-1 day')"


def text_order(column: str) -> str:
    """A text column ordered by code points on every database."""
    return f'{column} COLLATE "C"' if _postgresql() else column


def same(left: str, right: str) -> str:
    """Equality that takes two nulls for equal."""
    return f"{left} IS NOT DISTINCT FROM {right}" if _postgresql() else f"{left} IS {right}"


def unsought(column: str) -> str:
    """A column in a condition that nearly all rows meet: SQLite, which cannot tell, would go
    through an index from row to row."""
    return column if _postgresql() else f"+{column}"


def kept() -> str:
    """What makes a database compute a common table once, where it knows how to say so."""
    return "MATERIALIZED" if _postgresql() or sqlite3.sqlite_version_info >= (3, 35) else ""


def first_of_month(date: str, later: int = 0) -> str:
    """The first day of a date expression's month, or of one some months later, as a date."""
    if _postgresql():
        return f"(date_trunc('month', {date}) + INTERVAL '{later} month')::date"
    return f"date({date}, 'start of month', '+{later} month')"


def nothing(kind: str) -> str:
    """A null of a type: bigint, text, date."""
    return f"CAST(NULL AS {kind})"


def exact(number: str) -> str:
    """An integer expression whose products do not overflow on PostgreSQL."""
    return f"({number})::numeric" if _postgresql() else f"({number})"


def at_rate(cents: str, rate: str) -> str:
    """Cents ≥ 0 times a rate stored with 8 places, rounded half up to cents, in integers.

    SQLite has 64 bits: the product is taken in two parts.
    """
    if _postgresql():
        return f"div({cents}::numeric * {rate} + 50000000, 100000000)"
    low = f"(({cents}) % 10000 * ({rate} % 100000000))".replace("%", "%%")
    high = f"(({cents}) / 10000 * ({rate} % 100000000))".replace("%", "%%")
    return (
        f"(({cents}) * ({rate} / 100000000) + {high} / 10000"
        f" + ({high} %% 10000 * 10000 + {low} + 50000000) / 100000000)"
    )


def lock(*, share: str, change: str) -> str:
    """What keeps selected rows from being changed until the transaction ends, by table: those of
    `share` others may lock likewise, those of `change` nobody else. SQLite has one writer."""
    return f"FOR SHARE OF {share} FOR UPDATE OF {change}" if _postgresql() else ""


def among(column: str, keys: list[int]) -> tuple[str, Any]:
    """A condition that an integer column is one of the keys, and its one parameter."""
    if _postgresql():
        return f"{column} = ANY(%s)", keys
    return f"{column} IN (SELECT value FROM json_each(%s))", json.dumps(keys)  # noqa: S608


def parameter(field: Field) -> str:
    """A parameter in a SELECT that fills `field`: untyped, it would be text on PostgreSQL."""
    return f"CAST(%s AS {field.cast_db_type(connection)})" if _postgresql() else "%s"
