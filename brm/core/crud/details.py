"""The page of one record."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from .access import RecordPage
from .cells import cell_for, column_label
from .history import history_of
from .moves import transitions_for
from .panels import panels_for
from .tabs import tabs_for


class DetailView(RecordPage):
    """Values, legal moves, what other apps show beside it, and the history."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return render(request, self.template_name(), self.context(self.get_record()))

    def template_name(self) -> list[str]:
        return [f"{self.crud.model.resource}/detail.html", "generic/detail.html"]

    def context(self, record: Any) -> dict[str, Any]:
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
            "warnings": self.crud.warnings(record, self.request),
            "panels": list(panels_for(record, self.request.user)),
            "tabs": list(tabs_for(record, self.request.user)),
            "history": history_of(record),
        }

    def badge(self, record: Any) -> dict[str, Any] | None:
        if not hasattr(record, "Status"):
            return None
        return {"label": record.get_status_display(), "tone": record.status_tone, "icon": None}

    def facts(self, record: Any) -> list[dict[str, Any]]:
        shown = self.crud.shown or self.crud.fields
        names = [name for name in shown if name != "status"]
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
