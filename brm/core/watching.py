"""What is kept beside every write of a record, registered from above: the audit trail, and others.

A watcher is called inside the writing transaction, once for all records written together, after
their rows stand in the database; what it raises takes the write back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models

CREATED, UPDATED, DELETED, RESTORED, MOVED = "created", "updated", "deleted", "restored", "moved"
EVENTS = (CREATED, UPDATED, DELETED, RESTORED, MOVED)


@dataclass(frozen=True)
class Change:
    """A record that was written: what happened, and each changed field with before and after.

    `fields` holds Python values by field name (foreign keys as ids); it is empty for a created
    record, whose values stand in its row.
    """

    record: Any
    event: str
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Happening:
    """Something worth keeping that is no write of a record: a sign-in, roles given or taken.

    `subject` is the row it is about, None where there is none; `actor` who did it, by default
    the origin's user. `fields` holds before and after by name, in plain words.
    """

    event: str
    resource: str
    subject: models.Model | None = None
    reference: str = ""
    actor: Any = None
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)


Watcher = Callable[[Sequence[Change]], None]
Listener = Callable[[Happening], None]
_watchers: list[Watcher] = []
_listeners: list[Listener] = []


def watch(watcher: Watcher) -> Watcher:
    """Have `watcher` called with the changes of every write, all of one model at a time."""
    if watcher not in _watchers:
        _watchers.append(watcher)
    return watcher


def listen(listener: Listener) -> Listener:
    """Have `listener` called with every happening."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def tell(changes: Sequence[Change]) -> None:
    """Call the watchers; the writing doors alone do so."""
    if changes:
        for watcher in _watchers:
            watcher(changes)


def happened(happening: Happening) -> None:
    """Call the listeners, in the caller's transaction."""
    for listener in _listeners:
        listener(happening)


def changes_of(records: Sequence[Any], pending: Sequence[Any] = ()) -> list[Change]:
    """What a write of these records means; to be asked before it, while the old values are known.

    `pending` are records whose row stays the same while what hangs on it changes.
    """
    return [_change(record) for record in records] + [
        Change(record, UPDATED, record.pending_changes()) for record in pending
    ]


def _change(record: Any) -> Change:
    if record._state.adding:
        return Change(record, CREATED)
    before, after = record.stored, record.__dict__
    names = {f.attname: f.name for f in record._meta.concrete_fields}
    fields = {names[n]: (before.get(n), after[n]) for n in sorted(record.changed_fields())}
    event = _event(record, fields)
    fields.pop("deleted_at", None)
    return Change(record, event, fields | record.pending_changes())


def _event(record: Any, fields: dict[str, tuple[Any, Any]]) -> str:
    if "deleted_at" in fields and (fields["deleted_at"][0] is None) != (
        fields["deleted_at"][1] is None
    ):
        return RESTORED if fields["deleted_at"][1] is None else DELETED
    return MOVED if "status" in fields and hasattr(record, "Status") else UPDATED
