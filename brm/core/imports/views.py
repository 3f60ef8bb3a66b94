"""Pages of imports: upload, match the columns, check, import, see what came of it, undo."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import View

from ..models import ImportRun, Job
from ..navigation import DATA, Entry, register_entry
from ..roles import may, scopes
from . import actions, work
from .declarations import importer_for
from .forms import FormatForm, MappingForm, UploadForm, importable_by
from .pages import outcome_of, progress_of, run_table, steps_of
from .profiles import Profile
from .refusals import FileRefused

State = ImportRun.State
SHOWN_RUNS = 100

register_entry(
    Entry(DATA, 10, gettext_lazy("Imports"), "file-up", "imports-list", "imports", verb="C")
)


def visible_runs(user: Any) -> QuerySet[ImportRun]:
    """The imports that the user may see: all, or the own ones."""
    if "A" in scopes(user, "imports", "V"):
        return ImportRun.objects.all()
    return ImportRun.objects.filter(by=user)


class ImportPage(View):
    """Base of the pages of one run: only who may import sees it, and only runs he may see."""

    states: tuple[str, ...] = ()
    verb = "V"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may(request.user, self.verb, "imports"):
            raise PermissionDenied
        if "pk" in kwargs:
            self.run = get_object_or_404(visible_runs(request.user), pk=kwargs["pk"])
            if self.states and self.run.state not in self.states:
                return redirect("imports-detail", pk=self.run.pk)
            self._check_rights(request)
        return super().dispatch(request, *args, **kwargs)

    def _check_rights(self, request: HttpRequest) -> None:
        """To change anything one needs the right to create every entity of the run."""
        if self.verb == "V":
            return
        if not set(self.run.entities) <= set(importable_by(request.user)):
            raise PermissionDenied


class ListPage(ImportPage):
    """The imports, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        runs = visible_runs(request.user).select_related("by")[:SHOWN_RUNS]
        context = {"table": run_table(runs), "may_import": may(request.user, "C", "imports")}
        return render(request, "imports/list.html", context)


class NewPage(ImportPage):
    """Choose records, file and layout."""

    verb = "C"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(user=request.user, initial={"entity": request.GET.get("entity", "")})
        return self._show(request, form)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self._show(request, form)
        try:
            run = self._upload(request, form)
        except FileRefused as error:
            form.add_error("file", str(error))
            return self._show(request, form)
        return redirect("imports-mapping", pk=run.pk)

    def _upload(self, request: HttpRequest, form: UploadForm) -> ImportRun:
        chosen = form.cleaned_data
        profile = form.profiles.get(chosen["profile"])
        reading = {
            "encoding": chosen["encoding"] or "utf-8",
            "delimiter": chosen["delimiter"] or ",",
        }
        file = chosen["file"]
        run = actions.upload(file, file.name, by=request.user, entity=chosen["entity"])
        try:
            table = actions.table_of(run, profile or Profile(**reading))
        except FileRefused:
            actions.discard(run)
            raise
        run.header, run.rows = table.header, table.count
        run.options = {"reading": reading}
        if profile is not None:
            run.profile = profile.name
            run.entity = ",".join(dict.fromkeys(block.entity for block in profile.blocks))
        run.save()
        return run

    def _show(self, request: HttpRequest, form: UploadForm) -> HttpResponse:
        context = {"form": form, "steps": steps_of("upload")}
        return render(request, "imports/new.html", context, status=422 if form.errors else 200)


class MappingPage(ImportPage):
    """Match the columns of the file with ours, or choose the formats of a known layout."""

    verb = "C"
    states = (State.UPLOADED, State.CHECKED, State.FAILED)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, self._form(initial=self._remembered(request)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = self._form(data=request.POST)
        if not form.is_valid():
            return self._show(request, form)
        options = {"reading": self.run.options.get("reading", {}), "formats": form.formats()}
        options["language"] = get_language()
        if isinstance(form, MappingForm):
            options |= {"mapping": form.mapping(), "form": form.remembered()}
        self.run.options = options
        work.start(self.run, write=False, by=request.user)
        return redirect("imports-detail", pk=pk)

    def _form(self, **arguments: Any) -> FormatForm:
        if self.run.profile:
            return FormatForm(**arguments)
        return MappingForm(run=self.run, **arguments)

    def _remembered(self, request: HttpRequest) -> dict[str, Any]:
        """The choices of this run, else of the user's last one with the same columns."""
        if "form" in self.run.options:
            return self.run.options["form"]
        before = ImportRun.objects.filter(by=request.user, entity=self.run.entity)
        last = before.exclude(pk=self.run.pk).filter(header=self.run.header).first()
        return last.options.get("form", {}) if last else {}

    def _show(self, request: HttpRequest, form: FormatForm) -> HttpResponse:
        formats = [form[name] for name in FormatForm.base_fields]
        if self.run.profile:
            formats = formats[:3]
        columns = [field for field in form if field.name.startswith("column_")]
        context = {
            "run": self.run,
            "form": form,
            "columns": {"title": _("Columns"), "fields": columns},
            "formats": {"title": _("How values are written"), "fields": formats},
            "steps": steps_of("mapping"),
        }
        return render(request, "imports/mapping.html", context, status=422 if form.errors else 200)


class DetailPage(ImportPage):
    """How far the import is, what it found, what can be done next."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.run.state == State.UPLOADED and may(request.user, "C", "imports"):
            return redirect("imports-mapping", pk=pk)
        _end_if_lost(self.run)
        context = {
            "run": self.run,
            "progress": progress_of(self.run) if self.run.is_at_work else None,
            "outcome": outcome_of(self.run),
            "steps": steps_of(self.run.state),
            "may_act": may(request.user, "C", "imports"),
        }
        return render(request, "imports/detail.html", context)


class ProgressPage(ImportPage):
    """The progress, asked every two seconds; when the work has ended the page loads anew."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        _end_if_lost(self.run)
        if not self.run.is_at_work:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        context = {"progress": progress_of(self.run)}
        return render(request, "components/progress.html", context)


class StartPage(ImportPage):
    """Import a checked file, the good rows or all of them."""

    verb = "C"
    states = (State.CHECKED,)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        stop = request.POST.get("on_error") == "stop"
        if stop and self.run.size > work.LARGEST_ALL_OR_NOTHING:
            messages.error(request, _("All or nothing is possible for files of up to 20 MB."))
            return redirect("imports-detail", pk=pk)
        self.run.options["on_error"] = "stop" if stop else "skip"
        work.start(self.run, write=True, by=request.user)
        return redirect("imports-detail", pk=pk)


class UndoPage(ImportPage):
    """Take an import back."""

    verb = "C"
    states = (State.DONE, State.FAILED)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if all(importer_for(entity).undoable for entity in self.run.entities):
            work.start_undo(self.run, by=request.user)
        else:
            messages.error(request, _("An import of these records cannot be undone."))
        return redirect("imports-detail", pk=pk)


class DiscardPage(ImportPage):
    """Forget an upload that was not imported."""

    verb = "C"
    states = (State.UPLOADED, State.CHECKED)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        actions.discard(self.run)
        messages.success(request, _("The upload was discarded."))
        return redirect("imports-list")


class RefusedPage(ImportPage):
    """The file of refused rows."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.run.refused_path.is_file():
            raise Http404
        name = f"{self.run.file_name.partition('.')[0]}.refused.csv"
        return FileResponse(
            self.run.refused_path.open("rb"),
            as_attachment=True,
            filename=name,
            content_type="text/csv",
        )


def _end_if_lost(run: ImportRun) -> None:
    """A run whose job gave up has failed, and says why."""
    if not run.is_at_work:
        return
    kinds = [work.WORK, work.TAKE_BACK]
    jobs = Job.objects.filter(kind__in=kinds, payload__run=run.pk).order_by("-pk")
    last = jobs.first()
    if last is not None and last.state == Job.State.FAILED:
        actions.fail(run, last.error)


PAGES: dict[str, Callable[..., HttpResponse]] = {
    "detail": DetailPage.as_view(),
    "mapping": MappingPage.as_view(),
    "progress": ProgressPage.as_view(),
    "start": StartPage.as_view(),
    "undo": UndoPage.as_view(),
    "discard": DiscardPage.as_view(),
    "refused": RefusedPage.as_view(),
}
