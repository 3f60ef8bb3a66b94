"""The door for writing many records at once; one record is written by its own `save`."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from .history_rows import write_history
from .models.record import BOOKKEEPING, Record
from .references import next_references
from .watching import changes_of, tell

BATCH = 500


@dataclass(frozen=True)
class Written:
    """How many records a bulk write created, updated, and left as they were."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@transaction.atomic
def write_many(records: Sequence[Record]) -> Written:
    """Create and update records of one model, in batches, with history.

    The records are validated already. Effects as of `Record.save` on each: references generated,
    versions raised, history rows with the current origin, `after_write` once for all changed,
    watchers told.
    """
    if records:
        type(records[0]).prepare(records)
    new = [record for record in records if record._state.adding]
    changed = [r for r in records if not r._state.adding and r.changed_fields()]
    touched = new + changed
    written = {id(record) for record in touched}
    pending = [r for r in records if id(r) not in written and r.has_pending()]
    changes = changes_of(touched, pending)
    if new:
        _create(new)
    if changed:
        _update(changed)
    if touched or pending:
        type(records[0]).after_write(touched + pending)
    tell(changes)
    for record in touched:
        record.remember_stored()
    return Written(len(new), len(changed), len(records) - len(touched))


def _create(records: list[Record]) -> None:
    model = type(records[0])
    nameless = [record for record in records if not record.reference]
    for record, reference in zip(nameless, next_references(model, len(nameless)), strict=True):
        record.reference = reference
    model.everything.bulk_create(records, batch_size=BATCH)
    write_history(records, update=False)


def _update(records: list[Record]) -> None:
    model = type(records[0])
    columns = set(BOOKKEEPING)
    for record in records:
        columns |= record.changed_fields()
        record.version += 1
        record.updated_at = record.write_instant
    names = {field.attname: field.name for field in model._meta.concrete_fields}
    model.everything.bulk_create(
        records,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[names[column] for column in columns],
    )
    write_history(records, update=True)
