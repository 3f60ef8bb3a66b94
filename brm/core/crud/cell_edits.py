"""One cell of a list, changed in place."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ..models.record import Record
from ..roles import may
from ..unseen import hide_unseen
from .cells import cell_for
from .conflicts import conflict
from .declaration import CrudViews
from .edits import FormPage
from .forms import RecordForm, form_class
from .undo_pages import undo_url


def has_cells(crud: type[CrudViews]) -> bool:
    """Whether cells are changed in the list at all; a record with a form of its own has none."""
    return bool(crud.fields) and crud.update_view is None and issubclass(crud.model, Record)


def cells_editable(crud: type[CrudViews], user: Any) -> Sequence[str]:
    """The fields that the user may change in the list."""
    if not has_cells(crud) or not may(user, "U", crud.model.resource):
        return ()
    fields = (crud.model._meta.get_field(name) for name in crud.fields)
    return [f.name for f in fields if f.name != "reference" and not is_long(f)]


def is_long(field: models.Field) -> bool:
    """Whether a field holds more than fits a cell."""
    return isinstance(field, models.TextField | models.JSONField)


class CellView(FormPage):
    """GET: the cell as a form. POST: saves it; 409 when someone saved the record meanwhile."""

    verb = "U"

    def form(self, *args: Any, **kwargs: Any) -> RecordForm:
        name = self.kwargs["name"]
        if name not in cells_editable(self.crud, self.request.user):
            raise Http404
        made = form_class(self.crud, [name])
        form = made(*args, user=self.request.user, auto_id="cell_%s", **kwargs)
        if name not in form.fields:  # what stands there is out of sight
            raise Http404
        return form

    def get(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        return self.ask(self.form(instance=self.get_record()))

    @transaction.atomic
    def post(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        record = self.get_record(lock=True)
        stored = dict(record.stored)
        form = self.form(request.POST, instance=record)
        valid = form.is_valid()
        version = str(request.POST.get("version", ""))
        if version != str(stored["version"]):
            form.data = form.data.copy()
            form.data["version"] = str(stored["version"])
            found = conflict(form, stored, version, request.user)
            theirs = found["theirs"][0]["theirs"] if found["theirs"] else None
            return self.ask(form, 409, theirs=theirs, by=found["by"] or _("Someone"))
        if not valid or not self.save(form):
            return self.ask(form, 422)
        return self.saved(record, name, stored["version"])

    def saved(self, record: Record, name: str, before: int) -> HttpResponse:
        """The cell as it stands now; the page is told the record's version."""
        shown = self.crud.model.objects.with_related().get(pk=record.pk)
        hide_unseen([shown], self.request.user)
        response = render(self.request, "components/cell.html", {"cell": cell_for(shown, name)})
        told = {
            "cellSaved": {"record": record.pk, "version": record.version},
            "toast": {"text": _("Saved."), "tone": "good"},
        }
        if record.version != before:
            offer = {"url": undo_url(record), "version": record.version, "label": _("Undo")}
            told["toast"]["undo"] = offer
        response["HX-Trigger"] = json.dumps(told)
        return response

    def ask(
        self, form: forms.ModelForm, status: int = 200, *, theirs: Any = None, by: str = ""
    ) -> HttpResponse:
        context = {
            "form": form,
            "field": form[self.kwargs["name"]],
            "other_errors": form.non_field_errors(),
            "conflict": status == 409,
            "theirs": theirs,
            "by": by,
            "url": self.request.path,
        }
        return render(self.request, "generic/_cell_form.html", context, status=status)
