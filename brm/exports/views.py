"""Pages of exports: ask for one, see how far it is, fetch the file."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from brm.core.crud.declaration import REGISTRY
from brm.core.explaining import require
from brm.core.formatting import format_number
from brm.core.models import Job
from brm.core.navigation import DATA, Entry, register_entry

from . import actions
from .forms import ExportForm
from .models import Export, ExportState

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
TONES = {ExportState.DONE: "good", ExportState.FAILED: "bad", ExportState.RUNNING: "info"}
SHOWN = 100

register_entry(Entry(DATA, 20, gettext_lazy("Exports"), "file-down", "exports-list", "exports"))


class ExportPage(View):
    """Base: only whose role may export sees exports, and each only the own ones."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request.user, "V", "exports")
        if "pk" in kwargs:
            own = Export.objects.filter(by=request.user)
            self.export = get_object_or_404(own.select_related("by"), pk=kwargs["pk"])
            _end_if_lost(self.export)
        return super().dispatch(request, *args, **kwargs)


class ListPage(ExportPage):
    """The own exports, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        exports = Export.objects.filter(by=request.user, expires_at__gt=timezone.now())[:SHOWN]
        return render(request, "exports/list.html", {"table": export_table(exports)})


class NewPage(ExportPage):
    """POST: the file itself when the list is short, else the page that tells how far it is."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ExportForm(request.POST, user=request.user)
        if not form.is_valid():
            raise PermissionDenied if "records" in form.errors else Http404
        export = actions.ask(
            form.list_query(),
            file_format=form.cleaned_data["file_format"],
            wording=form.cleaned_data["wording"],
            now=timezone.now(),
            at_once=True,
        )
        if export.state == ExportState.DONE:
            return file_of(export)
        return redirect("exports-detail", pk=export.pk)


class DetailPage(ExportPage):
    """How far the export is, and its file."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        export = self.export
        context = {
            "export": export,
            "name": name_of(export),
            "badge": badge(export),
            "facts": facts(export),
            "progress": progress_of(export) if export.is_at_work else None,
            "may_fetch": actions.may_fetch(export, request.user),
        }
        return render(request, "exports/detail.html", context)


class ProgressPage(ExportPage):
    """The progress, asked every two seconds; when the work has ended the page loads anew."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.export.is_at_work:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        context = {"progress": progress_of(self.export)}
        return render(request, "components/progress.html", context)


class FilePage(ExportPage):
    """The file, for its owner, with no less right than when it was written."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        export = self.export
        if export.state != ExportState.DONE or not export.path.is_file():
            raise Http404
        if not actions.may_fetch(export, request.user):
            raise PermissionDenied
        return file_of(export)


class DeletePage(ExportPage):
    """Forget an export and its file."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        actions.forget(self.export)
        return redirect("exports-list")


def file_of(export: Export) -> FileResponse:
    """The file as a download, streamed from the disk."""
    response = FileResponse(
        export.path.open("rb"),
        as_attachment=True,
        filename=export.file_name,
        content_type=TYPES[export.file_format],
    )
    response["X-As-Of"] = export.as_of.isoformat()
    return response


# --- What the pages show -------------------------------------------------------------------------


def name_of(export: Export) -> str:
    """What the records are called."""
    crud = REGISTRY.get(export.records)
    return capfirst(crud.plural) if crud else export.records


def badge(export: Export) -> dict[str, str]:
    return {"label": export.get_state_display(), "tone": TONES.get(export.state, "")}


def progress_of(export: Export) -> dict[str, Any]:
    """The work under way, for components/progress.html."""
    job = Job.objects.filter(kind=actions.WRITE, key=str(export.pk)).order_by("-pk").first()
    share = job.progress if job else 0.0
    text = _("waiting for a worker")
    if export.expected is not None:
        done = format_number(int(share * export.expected))
        rows = format_number(export.expected)
        text = _("%(done)s of %(rows)s rows") % {"done": done, "rows": rows}
    return {
        "id": "export-progress",
        "label": _("Writing the file"),
        "percent": 100 * share if share else None,
        "text": text,
        "tone": "",
        "poll_url": reverse("exports-progress", args=[export.pk]),
    }


def facts(export: Export) -> list[dict[str, Any]]:
    """What the page says of an export."""
    rows: list[tuple[str, str, Any]] = [
        (_("As of"), "datetime", export.as_of),
        (_("Rows"), "number", export.rows),
        (_("Format"), "text", export.get_file_format_display()),
        (_("Filters"), "text", export.query),
        (_("Size in bytes"), "number", export.size),
        (_("Kept until"), "datetime", export.expires_at),
        ("SHA-256", "text", export.sha256),
    ]
    return [{"label": label, "cell": cell(kind, value)} for label, kind, value in rows]


def cell(kind: str, value: Any) -> dict[str, Any]:
    if value in (None, ""):
        return {"kind": "empty", "value": None}
    return {"kind": kind, "value": value}


def export_table(exports: Any) -> dict[str, Any]:
    """The list of exports."""
    headings = (_("Records"), _("Format"), _("State"), _("Rows"), _("As of"), _("Kept until"))
    return {
        "columns": [
            {"name": str(n), "label": label, "sortable": False, "numeric": n == 3}
            for n, label in enumerate(headings)
        ],
        "rows": [_row(export) for export in exports],
    }


def _row(export: Export) -> dict[str, Any]:
    state = badge(export)
    return {
        "url": reverse("exports-detail", args=[export.pk]),
        "cells": [
            {"kind": "text", "value": name_of(export)},
            {"kind": "text", "value": export.get_file_format_display()},
            {"kind": "badge", "value": state["label"], "tone": state["tone"]},
            cell("number", export.rows),
            cell("datetime", export.as_of),
            cell("datetime", export.expires_at),
        ],
    }


def _end_if_lost(export: Export) -> None:
    """An export whose job gave up has failed, and says why."""
    if not export.is_at_work:
        return
    last = Job.objects.filter(kind=actions.WRITE, key=str(export.pk)).order_by("-pk").first()
    if last is not None and last.state == Job.State.FAILED:
        actions.fail(export, last.error, now=timezone.now())
