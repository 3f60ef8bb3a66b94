"""What one does with bulk changes: select, run, take back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from brm.core import jobs
from brm.core.crud.declaration import REGISTRY
from brm.core.crud.list_query import ListQuery
from brm.core.models import Record
from brm.core.origin import acting
from brm.core.writing import write_many

from .judging import Judge
from .models import BulkChange, ChangeState, Outcome
from .values import python_values

RUN, UNDO = "bulk_change", "bulk_change.undo"
MOST = 10_000  # records in one change
AT_ONCE = 200  # records changed while the user waits
BATCH = 200
Progress = Callable[[float], None]


class SelectionRefused(Exception):
    """Nothing, or too much, was selected; says why."""


def model_of(change: BulkChange) -> type[Record]:
    return REGISTRY[change.records].model


def select(
    query: ListQuery, keys: list[tuple[int, int]] | None, *, by: Any, now: datetime
) -> BulkChange:
    """Begin a change of the records with these (id, version), or of all that match the list.

    Effects: one BulkChange. Raises SelectionRefused.
    """
    if keys is None:
        if query.unread:
            raise SelectionRefused(_("A filter of this list cannot be read."))
        rows = query.records.order_by("pk").values_list("pk", "version")
        keys = list(rows[: MOST + 1])
    if not keys:
        raise SelectionRefused(_("Nothing was selected."))
    if len(keys) > MOST:
        raise SelectionRefused(_("At most 10,000 records are changed at once. Filter the list."))
    return BulkChange.objects.create(
        records=query.crud.model.resource, keys=[list(key) for key in keys], by=by, created_at=now
    )


def start(change: BulkChange, *, now: datetime) -> None:
    """Run a previewed change, at once when it is small, else in the background."""
    with transaction.atomic():
        change.state, change.outcomes = ChangeState.RUNNING, []
        change.save(update_fields=["state", "outcomes"])
        if len(change.keys) > AT_ONCE:
            jobs.enqueue(RUN, str(change.pk), by=change.by, payload={"change": change.pk})
            return
    run(change, now=now)


def run(change: BulkChange, *, now: datetime, progress: Progress = lambda share: None) -> None:
    """Change the records not done yet, batch by batch, each in a transaction with its outcomes.

    Effects: records, history, transitions; outcomes and state of the change. Safe to repeat.
    """
    model = model_of(change)
    judge = Judge(change, model, python_values(change, model), now)
    with acting(user=change.by):
        while keys := change.keys[len(change.outcomes) :][:BATCH]:
            with transaction.atomic():
                cases = judge.run(keys)
                change.outcomes = [*change.outcomes, *(case.as_row() for case in cases)]
                change.save(update_fields=["outcomes"])
            progress(len(change.outcomes) / len(change.keys))
    change.state, change.finished_at = ChangeState.DONE, now
    change.save(update_fields=["state", "finished_at"])


def start_undo(change: BulkChange, *, now: datetime) -> None:
    """Take an edit back, at once when it is small, else in the background."""
    with transaction.atomic():
        change.state = ChangeState.UNDOING
        change.save(update_fields=["state"])
        if len(change.keys) > AT_ONCE:
            jobs.enqueue(UNDO, str(change.pk), by=change.by, payload={"change": change.pk})
            return
    undo(change, now=now)


@transaction.atomic
def undo(change: BulkChange, *, now: datetime) -> None:
    """Set back what the change set, where nobody has changed the record since.

    Effects: records, history; outcomes and state of the change.
    """
    outcomes = [list(row) for row in change.outcomes]
    with acting(user=change.by):
        changed = [row for row in outcomes if row[2] == Outcome.CHANGED]
        for start in range(0, len(changed), BATCH):
            _restore(change, changed[start : start + BATCH])
    change.outcomes, change.state, change.finished_at = outcomes, ChangeState.UNDONE, now
    change.save(update_fields=["outcomes", "state", "finished_at"])


def _restore(change: BulkChange, rows: list[list[Any]]) -> None:
    """Set a batch of records back; the rows say afterwards what became of each."""
    model = model_of(change)
    ids = [row[0] for row in rows]
    locked = model.objects.allowed(change.by, "U").filter(pk__in=ids)
    found = {record.pk: record for record in locked.select_for_update(of=("self",))}
    ready = []
    for row in rows:
        record = found.get(row[0])
        if record is None:
            row[2] = Outcome.DENIED.value
        elif record.version != row[4]:
            row[2] = Outcome.STALE.value
        else:
            _set_back(record, row[5])
            row[2] = Outcome.RESTORED.value
            ready.append(record)
    write_many(ready)


def _set_back(record: Record, before: dict[str, Any]) -> None:
    for name, text in before.items():
        column = record._meta.get_field(name)
        target = column.target_field if column.is_relation else column
        missing = text is None or (text in ("", "None") and column.null)
        setattr(record, column.attname, None if missing else target.to_python(text))


def fail(change: BulkChange, message: str, *, now: datetime) -> None:
    """Say why the change ended early; what was done so far stays and is told."""
    change.state, change.error, change.finished_at = ChangeState.FAILED, message, now
    change.save(update_fields=["state", "error", "finished_at"])


def previewed(change: BulkChange, *, values: dict[str, Any], target: str = "") -> None:
    """Keep what is to become of the records. Effects: the change."""
    change.values, change.target, change.state = values, target, ChangeState.PREVIEWED
    change.save(update_fields=["values", "target", "state"])
