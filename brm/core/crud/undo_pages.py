"""Undo: the offer that a message carries, and the POST that takes it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from ..models.record import Record
from ..returning import go_back
from ..undoing import VERBS, UndoRefused, last_write, undo
from ..watching import DELETED, RESTORED
from .access import RecordPage

MARK = "undo"


def undo_url(record: Record) -> str:
    """Where a POST with the version takes back the write that made it."""
    return reverse(f"{record.resource}-undo", args=[record.pk])


def say_done(request: HttpRequest, text: str, record: Any, *, before: int | None = None) -> None:
    """Tell that a record was written; the message offers to undo it unless nothing changed.

    `before` is the version that stood there before the write.
    """
    offered = isinstance(record, Record) and record.version != before
    tags = f"{MARK} {undo_url(record)} {record.version}" if offered else ""
    messages.success(request, text, extra_tags=tags)


def offer_of(tags: str) -> dict[str, str] | None:
    """The offer that a message's tags carry: where to post, and the version."""
    parts = (tags or "").split(" ")
    if len(parts) != 3 or parts[0] != MARK:
        return None
    return {"url": parts[1], "version": parts[2]}


class UndoView(RecordPage):
    """POST takes back the last write of a record, if `version` is what it made."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        text = request.POST.get("version", "")
        version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        try:
            with transaction.atomic():
                record = self.locked()
                event = self.take_back(record, version)
        except UndoRefused as error:
            messages.error(request, str(error))
            return self.back(record)
        except IntegrityError:
            messages.error(request, _("Another record was saved meanwhile that excludes this one."))
            return self.back(record)
        if event == RESTORED:
            say_done(request, _("%(record)s is deleted again.") % {"record": record}, record)
            return redirect(self.crud.url("list"))
        restored = _("%(record)s was restored.") if event == DELETED else _("%(record)s: undone.")
        messages.success(request, restored % {"record": record})
        return self.back(record)

    def locked(self) -> Any:
        """The record of the address, locked; a deleted one for those who may bring it back."""
        try:
            return self.get_record(lock=True)
        except Http404:
            return self.get_deleted(lock=True)

    def take_back(self, record: Any, version: int) -> str:
        """Undo within the user's own rights, before and after; raises UndoRefused."""
        verb = VERBS[last_write(record, version)[0]]
        if not self.allows_even_deleted(verb, record):
            raise PermissionDenied
        event = undo(record, version)
        if not self.allows_even_deleted(verb, record):
            raise UndoRefused(_("You may write such records for your own customers only."))
        return event

    def allows_even_deleted(self, verb: str, record: Any) -> bool:
        """As `allows`, asked of the database also for a record that is deleted."""
        found = self.crud.model.everything.visible_to(self.request.user)
        return found.allowed(self.request.user, verb).filter(pk=record.pk).exists()

    def back(self, record: Any) -> HttpResponse:
        """To where the user was, if that is a page of ours, else to the record."""
        wanted = self.request.POST.get("next", "")
        return go_back(self.request, wanted, otherwise=record.get_absolute_url())
