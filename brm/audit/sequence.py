"""Up to which id the trail is complete: no entry with a smaller id can still appear.

Ids are given before a transaction ends, so a long one may bring small ids late. On PostgreSQL a
writer therefore announces, by a shared advisory lock that nobody ever waits for, the last id given
before its own; the trail is complete up to the smallest one announced. SQLite has one writer at a
time: there all entries that are seen are final.
"""

from django.db import connection

from .models import AuditEntry

# The space of the locks' keys; above it stand ids of up to 48 bits.
SPACE = 0x0A5D << 48
SEALERS = 0x0A5E << 48
ID_MASK = (1 << 48) - 1


def _sequence() -> str:
    return f"{AuditEntry._meta.db_table}_id_seq"


def announce_writing() -> None:
    """Say that this transaction writes entries; once in a transaction, without waiting."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s + set_config('brm.audit_from',"  # noqa: S608
            f" (last_value - (NOT is_called)::int)::text, true)::bigint) FROM {_sequence()}"
            " WHERE coalesce(current_setting('brm.audit_from', true), '') = ''",
            [SPACE],
        )


def complete_until() -> int:
    """The id up to which every entry there will ever be can be seen now."""
    if connection.vendor != "postgresql":
        return last_given()
    with connection.cursor() as cursor:
        # First what was given, then who is writing: a writer that announces itself in between
        # gets ids behind both.
        given = last_given()
        cursor.execute(
            "SELECT min((classid::bigint << 32 | objid::bigint) & %s) FROM pg_locks"
            " WHERE locktype = 'advisory' AND objsubid = 1 AND mode = 'ShareLock'"
            " AND pid <> pg_backend_pid()"
            " AND (classid::bigint << 32 | objid::bigint) & ~%s::bigint = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [ID_MASK, ID_MASK, SPACE],
        )
        announced = cursor.fetchone()[0]
    return given if announced is None else min(given, announced)


def last_given(table: str = "") -> int:
    """The last id that was given in a table of the trail, whether its row still exists or not."""
    table = table or AuditEntry._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT last_value - (NOT is_called)::int FROM {table}_id_seq"  # noqa: S608
            )
        else:
            cursor.execute(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s",
                [table],
            )
        return cursor.fetchone()[0]
