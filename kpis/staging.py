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
    "kpis_candidate": _COLUMNS,
    "kpis_move": f"{_COLUMNS}, sign integer, ledger_id bigint",
    "kpis_drift": _SUMS,
}

# SQLite joins by nested loops and would choose a poor column to look candidates up by.
KEY_INDEX = "CREATE INDEX IF NOT EXISTS temp.kpis_candidate_key ON kpis_candidate (source_id, part)"
# What PostgreSQL has to know about before it joins; the other columns would cost more to look at
# than the joins do.
JOINED_BY = {"kpis_subject": "key", "kpis_candidate": "source_id, part, subject_id"}
MANY = 1_000  # rows from which on a table is truncated; deleting fewer is cheaper


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


class Stage:
    """The temporary tables of this connection, made and emptied at the beginning."""

    def __init__(self) -> None:
        self.filled: dict[str, int] = {}
        made = [
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({columns})"
            for name, columns in TABLES.items()
        ]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"{'; '.join(made)}; TRUNCATE {', '.join(TABLES)}")
                return
            for statement in (*made, KEY_INDEX, *(f"DELETE FROM {name}" for name in TABLES)):
                cursor.execute(statement)

    def fill(self, table: str, columns: str, select: str, parameters: Mapping[str, Any]) -> int:
        """Put the rows of a SELECT into a table; returns how many."""
        # Noted before: what a failed statement left behind is taken out all the same.
        self.filled[table] = self.filled.get(table, 0)
        rows = execute(f"INSERT INTO {table} ({columns}) {select}", parameters)
        self.filled[table] += rows
        if rows and table in JOINED_BY and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"ANALYZE {table} ({JOINED_BY[table]})")
        return rows

    def clear(self) -> None:
        """Empty the tables that were filled."""
        filled = {table: rows for table, rows in self.filled.items() if rows}
        self.filled = {}
        if not filled:
            return
        with connection.cursor() as cursor:
            if connection.vendor != "postgresql":
                for table in filled:
                    cursor.execute(f"DELETE FROM {table}")
            elif max(filled.values()) < MANY:
                cursor.execute("; ".join(f"DELETE FROM {table}" for table in filled))
            else:
                # Deleted rows would stay and be read by every later statement.
                cursor.execute(f"TRUNCATE {', '.join(filled)}")
