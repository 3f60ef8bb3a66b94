"""Taking back the last write of one record, through the normal way of writing."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from .deletion import refuse_referenced
from .models.record import Record
from .past import entries, event_of, give_back
from .restoring import check_referents, restore
from .watching import DELETED, RESTORED, UPDATED

REASON = "undo of version %d"
# The right (of the role table) that taking a write back needs; others cannot be taken back.
VERBS = {UPDATED: "U", DELETED: "D", RESTORED: "D"}


class UndoRefused(Exception):
    """The write cannot be taken back; the message says why."""


def last_write(record: Record, version: int) -> tuple[str, Any, Any]:
    """What the write was that made `version` of a locked record: event, its row, the row before.

    Raises UndoRefused when it is not the record's last write or is none that can be taken back.
    """
    newest = entries(record).select_related("history_user").order_by("-history_id")[:2]
    row, before = [*newest, None, None][:2]
    if row is None or row.version != record.version or record.version != version:
        raise UndoRefused(_told_changed(row))
    event = event_of(row, before)
    if event not in VERBS or before is None:
        raise UndoRefused(_("This step is not undone. Move the record on instead."))
    return event, row, before


def _told_changed(row: Any) -> str:
    who = getattr(row, "history_user", None)
    text = _("%(name)s has changed the record since. Nothing was undone; look at its history.")
    return text % {"name": who or _("Someone")}


@transaction.atomic
def undo(record: Record, version: int) -> str:
    """Take back the write that made `version`; the caller has locked the record.

    Returns the event that was taken back. Raises UndoRefused with nothing written. Effects: the
    former values as a new version, or the record deleted or restored, as of `Record.save`, with
    the reason in the audit trail.
    """
    event, row, before = last_write(record, version)
    reason = REASON % version
    try:
        if event == DELETED:
            restore(record, reason=reason)
        else:
            if event == RESTORED:
                refuse_referenced(record)
            _write(record, row, before, reason)
    except ValidationError as error:
        raise UndoRefused(" ".join(error.messages)) from error
    return event


def _write(record: Record, row: Any, before: Any, reason: str) -> None:
    """Give the record its former values, checked as any edit."""
    give_back(record, before, row.history_change_reason or "")
    if record.deleted_at is None:
        check_referents(record)
        record.clean_fields()
        record.clean()
        record.validate_constraints()
    record.write_reason = reason
    record.save()
    record.write_reason = ""
