"""Temporary tables in which a worker prepares a part before it touches the ledger."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from .models.contribution import COLUMNS

TYPES = {"occurred_on": "date", "month": "integer"} | dict.fromkeys(
    ("part", "segment", "region", "kind", "reason", "cost_type", "channel", "reference"), "text"
)
_COLUMNS = ", ".join(f"{name} {TYPES.get(name, 'bigint')}" for name in COLUMNS)
_SUMS = (
    "dimension integer, month integer, member_id bigint, member_text text, numerator bigint,"
    " denominator bigint, row_count bigint, nonzero bigint"
)
TABLES = {
    "kpis_subject": "key bigint",
    "kpis_candidate": f"{_COLUMNS}, sign integer DEFAULT 1, ledger_id bigint",
    "kpis_move": f"{_COLUMNS}, sign integer, ledger_id bigint",
    "kpis_drift": _SUMS,
}

# SQLite joins by nested loops and would choose a poor column to look candidates up by.
KEY_INDEX = "CREATE INDEX IF NOT EXISTS temp.kpis_candidate_key ON kpis_candidate (source_id, part)"


def execute(sql: str, parameters: Mapping[str, Any]) -> int:
    """Run one statement; returns the number of rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return max(cursor.rowcount, 0)


def value(sql: str, parameters: Mapping[str, Any]) -> Any:
    """The one value a query returns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]


def prepare() -> None:
    """Make the temporary tables of this connection, empty."""
    made = [
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({columns})"
        for name, columns in TABLES.items()
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Deleted rows would stay and be read by every later statement.
            cursor.execute(f"{'; '.join(made)}; TRUNCATE {', '.join(TABLES)}")
            return
        for statement in (*made, KEY_INDEX, *(f"DELETE FROM {name}" for name in TABLES)):
            cursor.execute(statement)


def analyse(table: str) -> None:
    """Tell PostgreSQL how many rows a temporary table has; SQLite plans without."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {table}")
