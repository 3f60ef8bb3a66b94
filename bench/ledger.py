"""What the `kpi` suite does with the product: feed, sum, change, run again; and the bare insert."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from django.db import connection, transaction

from kpis import engine, feeding
from kpis.definitions import KPIS
from kpis.models import Contribution
from kpis.staging import Stage
from kpis.summing import publish_sums, stage_drift

from .measuring import Stopwatch
from .volume import NOW

WRITTEN = (
    *("kpis_snapshotchange", "kpis_snapshot", "kpis_contribution", "kpis_member"),
    *("kpis_runpart", "kpis_run", "core_dirtykey"),
)
COPY, LEDGER = "bench_ledger", "kpis_contribution"
COLUMNS = ", ".join(f.column for f in Contribution._meta.concrete_fields if f.column != "id")
SUMS = "dimension, month, member_id, member_text, numerator, denominator, row_count, nonzero"
NO_RUN = -1


def execute(*statements: str) -> None:
    """Run plain statements, one after the other."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def empty(*tables: str) -> None:
    """Take everything out of the tables, and the space they took with it."""
    if connection.vendor == "postgresql":
        execute(f"TRUNCATE {', '.join(tables)}")
        return
    # SQLite drops whole pages where a table has neither triggers nor references to it.
    execute("PRAGMA foreign_keys = OFF", *(f"DELETE FROM {table}" for table in tables))
    execute("PRAGMA foreign_keys = ON")


def forget() -> None:
    """As if no run had ever been."""
    empty(*WRITTEN)


def settle() -> None:
    """What the database does by itself in the day between two nights."""
    execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint")


# --- Runs ----------------------------------------------------------------------------------------


def first_run() -> int:
    """Everything from nothing: names, contributions, sums; returns how many contributions."""
    return engine.run(judged_at=NOW).rows_in


@contextmanager
def summing_watched(stopwatch: Stopwatch) -> Iterator[None]:
    """Measure by itself what runs spend on sums rather than on the ledger."""
    with (
        patch.object(feeding, "note_changes", stopwatch.around(feeding.note_changes)),
        patch.object(engine, "publish_sums", stopwatch.around(engine.publish_sums)),
    ):
        yield


class Nights:
    """Nights, each a day after the other."""

    def __init__(self) -> None:
        self.judged_at = NOW

    def night(self) -> int:
        """The nightly run of the next day; returns how many contributions it moved."""
        self.judged_at += timedelta(days=1)
        run = engine.run(judged_at=self.judged_at)
        if run.full:
            raise RuntimeError(f"A night was full: {run.full_because}")
        return run.rows_in + run.rows_out

    def full(self) -> int:
        """A run that compares everything; returns how many differences it found."""
        return engine.run(judged_at=self.judged_at, full=True).differences


def change(one_in: int, remainder: int) -> int:
    """Change one in so many facts by plain statements; returns how many. The queue gets them."""
    which = f"WHERE id % {one_in} = {remainder % one_in}"
    statements = (
        "UPDATE feedback_complaint SET status = CASE WHEN status = 'withdrawn' THEN 'closed'"
        f" ELSE 'withdrawn' END {which}",
        f"UPDATE feedback_response SET satisfaction = 1000000 - satisfaction {which}",
        "UPDATE feedback_invitation SET status = CASE WHEN status = 'bounced' THEN 'sent'"
        f" ELSE 'bounced' END {which}",
        f"UPDATE finance_costentry SET amount_line = amount_line + 1000 {which}",
        "UPDATE finance_proposal SET kind = CASE WHEN kind = 'asset' THEN 'cost_optimisation'"
        f" ELSE 'asset' END {which}",
        "UPDATE customers_agreement SET counts_for_customer = NOT counts_for_customer " + which,
    )
    changed = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            changed += cursor.rowcount
    return changed


# --- Sums ----------------------------------------------------------------------------------------


def sum_anew() -> None:
    """All snapshots from the ledger, by the statements of a full run."""
    stage = Stage()
    with transaction.atomic():
        for kpi in KPIS:
            stage.clear()
            stage_drift(stage, kpi)
            execute(
                f"INSERT INTO kpis_snapshotchange (run, kpi, {SUMS})"
                f" SELECT {NO_RUN}, {kpi.code}, {SUMS} FROM kpis_drift"
            )
        publish_sums(NO_RUN)


def without_sums() -> None:
    """Take the snapshots out, for `sum_anew` to make them."""
    empty("kpis_snapshotchange", "kpis_snapshot")


# --- The bare insert -----------------------------------------------------------------------------


@contextmanager
def second_ledger() -> Iterator[Callable[[], int]]:
    """A table like the ledger, with the same indexes; yields what copies the ledger into it."""
    execute(f"DROP TABLE IF EXISTS {COPY}", *_like_the_ledger())
    try:
        yield copy_ledger
    finally:
        execute(f"DROP TABLE IF EXISTS {COPY}")


def _like_the_ledger() -> list[str]:
    if connection.vendor == "postgresql":
        return [f"CREATE TABLE {COPY} (LIKE {LEDGER} INCLUDING ALL)"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL"
            " ORDER BY type DESC",
            [LEDGER],
        )
        found = [row[0] for row in cursor.fetchall()]
    renamed = [statement.replace(LEDGER, COPY) for statement in found]
    return [re.sub(r'(INDEX )"(\w+)"', r'\1"bench_\2"', statement) for statement in renamed]


def copy_ledger() -> int:
    """The same rows by one statement; returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {COPY} ({COLUMNS}) SELECT {COLUMNS} FROM {LEDGER}")
        return cursor.rowcount
