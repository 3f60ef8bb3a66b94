"""Who works on what: locks that die with their holder, so that another takes over at once."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

SPACE = 1_263_553  # our numbers among the advisory locks of the database


@contextmanager
def held(number: int) -> Iterator[bool]:
    """Try to hold the lock of a number within the block; yields whether it is ours.

    PostgreSQL: an advisory lock of the session. SQLite, which has one writer anyway: one lock for
    all numbers, on a file beside the database.
    """
    if connection.vendor == "postgresql":
        with _advisory(number) as ours:
            yield ours
    else:
        with _file() as ours:
            yield ours


@contextmanager
def _advisory(number: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SPACE, number % 2**31])
        ours = cursor.fetchone()[0]
    try:
        yield ours
    finally:
        if ours and not connection.needs_rollback and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SPACE, number % 2**31])


@contextmanager
def _file() -> Iterator[bool]:
    path = f"{connection.settings_dict['NAME']}.kpis-lock"
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
