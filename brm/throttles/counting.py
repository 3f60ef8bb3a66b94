"""Exact counting across processes: one upsert that returns the count."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection

from .models import RequestCount

# On SQLite a long write of others holds the only lock; a request waits this long to be counted.
PATIENCE_MS = 1000
KEPT_MINUTES = 10
UPSERT = """
INSERT INTO throttles_requestcount (caller, minute, count) VALUES (%s, %s, 1)
ON CONFLICT (caller) DO UPDATE SET
    count = CASE WHEN throttles_requestcount.minute >= excluded.minute
                 THEN throttles_requestcount.count + 1 ELSE 1 END,
    minute = CASE WHEN throttles_requestcount.minute >= excluded.minute
                  THEN throttles_requestcount.minute ELSE excluded.minute END
RETURNING count
"""


def count_request(caller: str, minute: int) -> int:
    """How many requests the caller sent in this minute, this one included.

    On SQLite, 0 when the database is being written to for long: reading must go on meanwhile.
    Effects: one row; every KEPT_MINUTES minutes the rows of callers that are gone are removed.
    """
    try:
        with _impatient(), connection.cursor() as cursor:
            cursor.execute(UPSERT, [caller, minute])
            count = cursor.fetchone()[0]
    except OperationalError:
        if connection.vendor != "sqlite":
            raise
        return 0
    if count == 1 and minute % KEPT_MINUTES == 0:
        RequestCount.objects.filter(minute__lt=minute - KEPT_MINUTES).delete()
    return count


@contextmanager
def _impatient() -> Iterator[None]:
    """Within it, SQLite waits PATIENCE_MS for its lock instead of as long as a write may take."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    raw = connection.connection
    usual = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    raw.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA busy_timeout = {usual}")
