"""Lifecycle moves from a record's page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from ..formatting import format_instant
from ..lifecycle import IllegalTransition
from ..past import entries
from .access import RecordPage
from .forms import move_form
from .history import actor_of


def transitions_for(
    page: RecordPage, record: Any, *, bound: Any = None, opened: str = "", problem: str = ""
) -> list[dict[str, Any]]:
    """The moves the user may make now.

    `bound` is the form that came back with errors; `opened` the target whose dialog comes back
    with a `problem`.
    """
    if not record.legal_moves() or not page.allows("P", record):
        return []
    return [
        {
            "event": step.target,
            "label": str(step.verb),
            "tone": step.tone,
            "url": page.crud.url("move", record.pk, step.target.replace("_", "-")),
            "fields": bound
            if bound is not None and bound.prefix == step.target
            else move_form(record, step, user=page.request.user),
            "open": opened == step.target,
            "problem": problem if opened == step.target else "",
            "version": record.version,
        }
        for step in record.legal_moves()
    ]


class MoveView(RecordPage):
    """POST makes the move; errors bring the record's page back with the dialog open."""

    verb = "P"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, target: str) -> HttpResponse:
        record = self.get_record()
        state = target.replace("-", "_")
        if state not in record.Status.values:
            raise Http404
        try:
            step = record.Status.find(record.status, state)
        except IllegalTransition:
            messages.error(request, _("Someone moved this record meanwhile. Look at it again."))
            return redirect(record)
        form = move_form(record, step, request.POST, user=request.user)
        if request.POST.get("version", str(record.version)) != str(record.version):
            return self.refuse(record, form, state, changed_meanwhile(record), status=409)
        if form is not None and not form.is_valid():
            return self.refuse(record, form, state)
        values = dict(form.cleaned_data) if form is not None else {}
        reason = values.pop("reason", "")
        try:
            record.move_to(state, by=request.user, now=timezone.now(), reason=reason, values=values)
        except ValidationError as error:
            if form is None:
                messages.error(request, " ".join(error.messages))
                return redirect(record)
            form.add_error(None, error.messages)
            return self.refuse(record, form, state)
        messages.success(
            request, _("Moved to “%(state)s”.") % {"state": record.get_status_display()}
        )
        return redirect(record)

    def refuse(
        self, record: Any, form: Any, target: str, problem: str = "", *, status: int = 422
    ) -> HttpResponse:
        """The record's page again, with the dialog open and its errors."""
        from .details import DetailView

        stored = self.crud.get_queryset().get(pk=record.pk)
        page = (self.crud.detail_view or DetailView)(crud=self.crud)
        page.setup(self.request, pk=record.pk)
        context = page.context(stored)
        context["transitions"] = transitions_for(
            self, stored, bound=form, opened=target, problem=problem
        )
        return render(self.request, page.template_name(), context, status=status)


def changed_meanwhile(record: Any) -> str:
    """That the record was saved since the page was opened, by whom and when."""
    last = entries(record).select_related("history_user").last()
    told = {"by": actor_of(last), "at": format_instant(last.history_date)} if last else {}
    if not told:
        return _("Someone saved this record meanwhile. Look at it, then move it again.")
    text = _("%(by)s saved this record meanwhile, %(at)s. Look at it, then move it again.")
    return text % told
