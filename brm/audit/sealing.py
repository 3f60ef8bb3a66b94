"""Sealing: closes the entries written since the last seal, by a worker, every minute.

A chain written together with the entries would make all writers wait for one another.
"""

from datetime import datetime

from django.core.management.color import no_style
from django.db import connection, transaction

from . import chain, sequence
from .models import AuditEntry, AuditSeal

ENTRIES_A_SEAL = 5_000


def seal(*, now: datetime) -> int:
    """Seal what can be sealed; returns how many entries. Effects: one seal for each 5,000."""
    sealed = 0
    while count := _seal_batch(now):
        sealed += count
        if count < ENTRIES_A_SEAL:
            break
    return sealed


@transaction.atomic
def _seal_batch(now: datetime) -> int:
    _one_sealer_at_a_time()
    until = sequence.complete_until()
    last = AuditSeal.objects.order_by("-last_id").first()
    rows = list(chain.digested(last.last_id if last else 0, until, ENTRIES_A_SEAL))
    if not rows:
        return 0
    made = AuditSeal(
        last_id=rows[-1][0],
        count=len(rows),
        ranges=chain.ranges_of(key for key, _digest in rows),
        digests=b"".join(digest for _key, digest in rows),
        previous=last.hash if last else "",
        sealed_at=now,
    )
    made.hash = chain.seal_hash(made)
    made.save(force_insert=True)
    return made.count


def _one_sealer_at_a_time() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sequence.SEALERS])


def begin_anew() -> None:
    """Drop the whole trail: the demo company was taken out and nothing else was ever written."""
    tables = [model._meta.db_table for model in (AuditEntry, AuditSeal)]
    with connection.cursor() as cursor:
        for statement in connection.ops.sql_flush(no_style(), tables, reset_sequences=True):
            cursor.execute(statement)
