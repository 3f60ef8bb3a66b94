"""The floor of a columnar engine: DuckDB, one thread, on its own copy of the normalised records.

    with Columnar() as duck:      None where DuckDB is not installed: see `installed`
        duck.copy()               not measured
        duck.figures()            all monthly sums of all KPIs, left in the table `sums`
        duck.rows()

Each family of KPIs is one pass: records joined to the dimensions of the day, grouped by month and
by each dimension at once (GROUPING SETS).
"""

import csv
import importlib.util
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from django.db import connection

from . import families
from .digest import Row

COPIED = {
    "customers_customer": "id, deleted_at",
    "customers_customerinterval": "customer_id, starts_on, manager_id, segment, region, kind",
    "customers_agreement": "id, status, termination_reason",
    "customers_spell": "customer_id, number, starts_on, ends_on, last_agreement_id",
    "services_serviceinterval": "service_id, starts_on, owner_id",
    "feedback_complaint": "customer_id, service_id, channel, status, received_on, finding,"
    " acknowledge_due_at, acknowledged_at, deleted_at",
    "feedback_survey": "id, service_id, closed_on, deleted_at",
    "feedback_invitation": "id, survey_id, customer_id, service_id, status, invited_on, deleted_at",
    "feedback_response": "survey_id, invitation_id, customer_id, service_id, completed_on,"
    " is_test, satisfaction, deleted_at",
    "finance_budgetline": "id, service_id, owner_id, cost_type, status, tolerance_percent,"
    " budget_rate, deleted_at",
    "finance_budgetrevision": "line_id, effective_on, amount, is_first",
    "finance_costentry": "budget_line_id, posted_on, amount_line, deleted_at",
    "finance_proposal": "kind, status, service_id, submitted_on, verified_on,"
    " verified_saving_base, deleted_at",
    "strategy_initiative": "kind, objective_id, sponsor_id, started_on, deleted_at",
}
NUMBERS = ("amount", "amount_line", "number", "tolerance_percent", "budget_rate", "satisfaction")
NUMBERS += ("verified_saving_base",)
FETCHED = 20_000
MISSING = "\\N"


def installed() -> bool:
    """Whether DuckDB can be measured (bench/requirements.txt)."""
    return importlib.util.find_spec("duckdb") is not None


def _type(column: str) -> str:
    if column == "id" or column.endswith("_id") or column in NUMBERS:
        return "BIGINT"
    if column.endswith("_on"):
        return "DATE"
    if column.endswith("_at"):
        return "TIMESTAMPTZ" if connection.vendor == "postgresql" else "TIMESTAMP"
    return "BOOLEAN" if column.startswith("is_") else "VARCHAR"


class Columnar:
    """A DuckDB in memory that holds a copy of the records."""

    def __init__(self) -> None:
        import duckdb

        self.version = duckdb.__version__
        self.duck = duckdb.connect(":memory:", config={"threads": 1})
        self.duck.execute("SET TimeZone = 'UTC'")
        self.duck.execute(families.RESULT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: Any) -> None:
        self.duck.close()

    def copy(self) -> None:
        """Copy the records as they are now."""
        with tempfile.TemporaryDirectory(prefix="brm-bench-") as folder:
            for table, columns in COPIED.items():
                file = Path(folder) / f"{table}.csv"
                names = [name.strip() for name in columns.split(",")]
                _write(file, table, names)
                types = ", ".join(f"'{name}': '{_type(name)}'" for name in names)
                self.duck.execute(
                    f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM read_csv('{file}',"
                    f" header = false, nullstr = '{MISSING}', quote = '\"', escape = '\"',"
                    f" columns = {{{types}}})"
                )

    def figures(self) -> None:
        """Compute all sums into the table `sums`."""
        self.duck.execute("DELETE FROM sums")
        for family in families.FAMILIES:
            for statement in family.statements():
                self.duck.execute(statement)

    def rows(self) -> list[Row]:
        """The sums of the last `figures`."""
        return self.duck.execute("SELECT * FROM sums").fetchall()


def _write(file: Path, table: str, names: list[str]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        for rows in _fetched(f"SELECT {', '.join(names)} FROM {table}"):
            writer.writerows([MISSING if v is None else v for v in row] for row in rows)


@contextmanager
def _cursor() -> Iterator[Any]:
    """A cursor that leaves the rows in the database until they are fetched."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            yield cursor
        return
    # A cursor with a name lives in a transaction.
    from django.db import transaction

    with transaction.atomic(), connection.connection.cursor(name="bench_copy") as cursor:
        cursor.itersize = FETCHED
        yield cursor


def _fetched(sql: str) -> Iterator[list[tuple]]:
    with _cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(FETCHED):
            yield rows
