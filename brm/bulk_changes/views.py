"""Pages of a bulk change: select, say what is to become of the records, preview, outcome, undo."""

import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View

from brm.core.crud.declaration import REGISTRY, CrudViews
from brm.core.crud.list_query import ListQuery
from brm.core.explaining import require
from brm.core.models import Job, Record
from brm.core.roles import may

from . import actions, showing
from .models import BulkChange, ChangeState
from .panels import may_change
from .values import EditForm, MoveForm, move_of

KEY = re.compile(r"[0-9]{1,18}:[0-9]{1,9}\Z", re.ASCII)


class NewPage(View):
    """POST: the rows ticked, or all that match, become a change to be described next."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        crud = REGISTRY.get(request.POST.get("records", ""))
        if crud is None or not issubclass(crud.model, Record):
            raise PermissionDenied
        if not may_change(request.user, crud.model):
            raise PermissionDenied
        query = ListQuery(crud, QueryDict(request.POST.get("query", "")[:4000]), request.user)
        ticked = [text.split(":") for text in request.POST.getlist("keys") if KEY.match(text)]
        keys = [(int(key), int(version)) for key, version in ticked]
        every = request.POST.get("scope") == "all"
        try:
            change = actions.select(
                query, None if every else keys, by=request.user, now=timezone.now()
            )
        except actions.SelectionRefused as error:
            messages.error(request, str(error))
            return redirect(f"{crud.url('list')}?{query.canonical()}")
        return redirect("bulk-changes-detail", pk=change.pk)


class ChangePage(View):
    """Base: everyone sees the own changes alone."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        own = BulkChange.objects.filter(by=request.user, records__in=REGISTRY)
        self.change = get_object_or_404(own.select_related("by"), pk=kwargs["pk"])
        self.crud: type[CrudViews] = REGISTRY[self.change.records]
        self._end_if_lost()
        return super().dispatch(request, *args, **kwargs)

    def _end_if_lost(self) -> None:
        """A change whose job gave up has failed, and says why."""
        if not self.change.is_at_work:
            return
        kinds = [actions.RUN, actions.UNDO]
        last = Job.objects.filter(kind__in=kinds, key=str(self.change.pk)).order_by("-pk").first()
        if last is not None and last.state == Job.State.FAILED:
            actions.fail(self.change, last.error, now=timezone.now())

    def show(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        crud = self.crud.page_context(self.request)
        every = {"change": self.change, "crud": crud, "count": len(self.change.keys), **context}
        return render(self.request, f"bulk_changes/{template}.html", every, status=status)


class DetailPage(ChangePage):
    """What is to become of the records; once it has run, what became of each."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        change = self.change
        if change.state not in (ChangeState.DRAFT, ChangeState.PREVIEWED):
            progress = showing.progress_of(change) if change.is_at_work else None
            return self.show("outcome", progress=progress, **showing.outcome_of(change, self.crud))
        target = request.GET.get("target", "")
        if target:
            return self.ask(self.move_form(target), target=target)
        return self.ask(EditForm(crud=self.crud, user=request.user))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep what is to become of the records, for the preview."""
        if self.change.state not in (ChangeState.DRAFT, ChangeState.PREVIEWED):
            return redirect("bulk-changes-detail", pk=pk)
        target = request.POST.get("target", "")
        if target:
            form: Any = self.move_form(target, request.POST)
        else:
            self.require("U")
            form = EditForm(request.POST, crud=self.crud, user=request.user)
        if not form.is_valid():
            return self.ask(form, target=target, status=422)
        actions.previewed(self.change, values=form.raw(), target=target)
        return redirect("bulk-changes-preview", pk=pk)

    def require(self, verb: str) -> None:
        require(self.request.user, verb, self.change.records)

    def move_form(self, target: str, data: Any = None) -> MoveForm:
        self.require("P")
        if move_of(self.crud.model, target) is None:
            raise PermissionDenied
        return MoveForm(data, crud=self.crud, target=target, user=self.request.user)

    def ask(self, form: Any, *, target: str = "", status: int = 200) -> HttpResponse:
        step = move_of(self.crud.model, target) if target else None
        may_move = may(self.request.user, "P", self.change.records)
        return self.show(
            "choose",
            status,
            form=form,
            step=step,
            chosen=getattr(form, "chosen", []),
            may_edit=may(self.request.user, "U", self.change.records),
            moves=showing.moves_of(self.change, self.crud.model) if may_move else [],
        )


class PreviewPage(ChangePage):
    """What would become of the records: counted for all, shown for the first ones."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.change.state != ChangeState.PREVIEWED:
            return redirect("bulk-changes-detail", pk=pk)
        preview = showing.preview_of(self.change, self.crud, now=timezone.now())
        return self.show("preview", **preview)


class RunPage(ChangePage):
    """POST: do what was previewed."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.change.state == ChangeState.PREVIEWED:
            actions.start(self.change, now=timezone.now())
        return redirect("bulk-changes-detail", pk=pk)


class UndoPage(ChangePage):
    """POST: take an edit back."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.change.undoable:
            actions.start_undo(self.change, now=timezone.now())
        else:
            messages.error(request, _("This change cannot be undone."))
        return redirect("bulk-changes-detail", pk=pk)


class ProgressPage(ChangePage):
    """The progress, asked every two seconds; when the work has ended the page loads anew."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.change.is_at_work:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        context = {"progress": showing.progress_of(self.change)}
        return render(request, "components/progress.html", context)
