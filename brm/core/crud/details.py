"""The page of one record."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from ..instants import picker_value
from ..models.record import Record
from ..unseen import hide_unseen
from .access import RecordPage
from .cells import cell_for, column_label
from .deleted_pages import show_deleted
from .history import NO_HISTORY, History, history_of
from .moves import transitions_for
from .panels import panels_for
from .past_pages import asks_for_past, show_past
from .tabs import tabs_for


class DetailView(RecordPage):
    """Values, legal moves, what other apps show beside it, and the history.

    With `?as_of=` or `?entry=` the record as it was; a deleted one says so to those who may bring
    it back.
    """

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if asks_for_past(request) and issubclass(self.crud.model, Record):
            return show_past(self, self.get_even_deleted(), now=timezone.now())
        try:
            record = self.get_record()
        except Http404:
            return show_deleted(self)
        return render(request, self.template_name(), self.context(record))

    def template_name(self) -> list[str]:
        return [f"{self.crud.model.resource}/detail.html", "generic/detail.html"]

    def context(self, record: Any) -> dict[str, Any]:
        hide_unseen([record], self.request.user)
        history = self.history(record)
        transitions = transitions_for(self, record) if hasattr(record, "Status") else []
        return {
            "crud": self.crud.page_context(self.request),
            "object": record,
            "record": str(record),
            "reference": record.reference if str(record) != record.reference else "",
            "badge": self.badge(record),
            "sections": [{"title": "", "fields": self.facts(record)}],
            "transitions": transitions,
            "actions": self.actions(record),
            "rights_url": self.crud.url("rights", record.pk),
            "warnings": self.crud.warnings(record, self.request),
            "panels": list(panels_for(record, self.request.user)),
            "tabs": list(tabs_for(record, self.request.user)),
            "history": history.entries,
            "older_url": history.older_url,
            "latest": picker_value(timezone.now()) if isinstance(record, Record) else "",
        }

    def history(self, record: Any) -> History:
        """Whoever may not see all fields is not told what was changed either."""
        user = self.request.user
        return NO_HISTORY if self.crud.hidden(record, user) else history_of(record, user)

    def badge(self, record: Any) -> dict[str, Any] | None:
        if not hasattr(record, "Status"):
            return None
        return {"label": record.get_status_display(), "tone": record.status_tone, "icon": None}

    def facts(self, record: Any) -> list[dict[str, Any]]:
        shown = self.crud.shown or self.crud.fields
        hidden = {"status", *self.crud.hidden(record, self.request.user)}
        names = [name for name in shown if name not in hidden]
        return [
            {"label": column_label(type(record), name), "cell": cell_for(record, name)}
            for name in names
        ]

    def actions(self, record: Any) -> list[dict[str, Any]]:
        buttons = list(self.crud.actions(record, self.request))
        if self.crud.fields and self.allows("U", record):
            address = self.crud.url("update", record.pk)
            buttons.append({"label": _("Edit"), "icon": "pencil", "url": address, "primary": False})
        if self.crud.may_delete(self.request.user) and self.allows("D", record):
            address = self.crud.url("delete", record.pk)
            buttons.append(
                {"label": _("Delete"), "icon": "trash-2", "url": address, "primary": False}
            )
        return buttons
