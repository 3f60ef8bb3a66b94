"""Bulk changes: which records, what was to become of them, and what became of each."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ChangeState(models.TextChoices):
    DRAFT = "draft", _("Selected")
    PREVIEWED = "previewed", _("Previewed")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    FAILED = "failed", _("Failed")


class Outcome(models.TextChoices):
    """What becomes of one record."""

    CHANGED = "changed", _("Changed")
    UNCHANGED = "unchanged", _("Already so")
    STALE = "stale", _("Changed by someone else meanwhile")
    DENIED = "denied", _("Not allowed")
    ILLEGAL = "illegal", _("Not possible from its state")
    REFUSED = "refused", _("Refused")
    GONE = "gone", _("No longer there")
    RESTORED = "restored", _("Changed back")


class BulkChange(models.Model):
    """One edit or move of many records.

    `keys` are [id, version] of the records as they were selected; `values` are the new values of
    an edit (or the fields of a move) as a form sends them; `outcomes` are [id, name, outcome,
    text, version, values before], in the order of the keys.
    """

    State = ChangeState

    records = models.CharField(_("records"), max_length=60)
    keys = models.JSONField(default=list)
    values = models.JSONField(default=dict)
    target = models.CharField(max_length=40, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ChangeState, default=ChangeState.DRAFT
    )
    outcomes = models.JSONField(default=list)
    error = models.TextField(_("error"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.records} {len(self.keys)}"

    @property
    def is_at_work(self) -> bool:
        return self.state in (ChangeState.RUNNING, ChangeState.UNDOING)

    @property
    def verb(self) -> str:
        """The right it needs on each record."""
        return "P" if self.target else "U"

    @property
    def undoable(self) -> bool:
        """Edits can be taken back; a move has been made, the lifecycle says what comes next."""
        changed = any(outcome[2] == Outcome.CHANGED for outcome in self.outcomes)
        return self.state == ChangeState.DONE and not self.target and changed

    def counts(self) -> dict[str, int]:
        """How many records had each outcome."""
        found: dict[str, int] = {}
        for outcome in self.outcomes:
            found[outcome[2]] = found.get(outcome[2], 0) + 1
        return found


Key = list[int]
Row = list[Any]
