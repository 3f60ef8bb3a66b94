"""The forms of a bulk change: the fields of an edit, the fields of a move."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.crud.declaration import REGISTRY, CrudViews
from brm.core.crud.forms import limit_choices
from brm.core.lifecycle import Move
from brm.core.models import Record

from .models import BulkChange

SINGLE = ("reference", "name", "title", "subject")  # what tells records apart


def editable_fields(crud: type[CrudViews]) -> list[models.Field]:
    """The fields that many records may share a value of."""
    fields = [crud.model._meta.get_field(name) for name in crud.fields]
    return [f for f in fields if f.name not in SINGLE and f.editable and not f.unique]


class EditForm(forms.Form):
    """All fields that can be set; `chosen` names those that are."""

    def __init__(self, data: Any = None, *, crud: type[CrudViews], user: Any) -> None:
        super().__init__(data)
        self.chosen = data.getlist("set") if data is not None else []
        self.use_required_attribute = False
        for column in editable_fields(crud):
            self.fields[column.name] = made = column.formfield()
            made.required = column.name in self.chosen and not column.blank
            if isinstance(made, forms.ModelChoiceField):
                limit_choices(made, user, self)

    def clean(self) -> dict[str, Any]:
        """Only what is set counts, right or wrong."""
        for name in list(self.errors):
            if name not in self.chosen:
                del self._errors[name]
        self.chosen = [name for name in self.chosen if name in self.fields]
        if not self.chosen:
            self.add_error(None, _("Choose at least one field to set."))
        return {name: self.cleaned_data.get(name) for name in self.chosen}

    def raw(self) -> dict[str, Any]:
        """The chosen values as they are kept until the change runs."""
        return {name: _plain(self.cleaned_data[name]) for name in self.chosen}


def move_of(model: type[Record], target: str) -> Move | None:
    """A move that leads to the state; they ask for the same fields, or for those of the first."""
    lifecycle = getattr(model, "Status", None)
    moves = lifecycle.moves if lifecycle else ()
    return next((step for step in moves if step.target == target), None)


def fields_of_move(model: type[Record], target: str) -> tuple[list[str], bool]:
    """All fields that some move to the state requires, and whether one wants a reason."""
    steps = [step for step in model.Status.moves if step.target == target]
    names = dict.fromkeys(name for step in steps for name in step.requires)
    return list(names), any(step.reason for step in steps)


class MoveForm(forms.Form):
    """The compulsory fields of a move and its reason."""

    def __init__(self, data: Any = None, *, crud: type[CrudViews], target: str, user: Any) -> None:
        super().__init__(data)
        names, reason = fields_of_move(crud.model, target)
        for name in names:
            self.fields[name] = made = crud.model._meta.get_field(name).formfield(required=True)
            if isinstance(made, forms.ModelChoiceField):
                limit_choices(made, user, self)
        if reason:
            self.fields["reason"] = forms.CharField(
                label=_("Reason"), widget=forms.Textarea, max_length=5000
            )

    def raw(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in self.cleaned_data.items()}


def _plain(value: Any) -> Any:
    """A value as JSON keeps it, from which `python_values` makes it again."""
    if value is None or isinstance(value, bool | int):
        return value
    return value.pk if isinstance(value, models.Model) else str(value)


def in_order(values: dict[str, Any], model: type[Record]) -> list[tuple[str, Any]]:
    """Kept values in the order of the model's fields, a reason last; PostgreSQL's JSON has none."""
    places = {field.name: place for place, field in enumerate(model._meta.concrete_fields)}
    return sorted(values.items(), key=lambda kept: places.get(kept[0], len(places)))


def python_values(change: BulkChange, model: type[Record]) -> dict[str, Any]:
    """The kept values of a change as the fields take them; related records are loaded."""
    values: dict[str, Any] = {}
    for name, raw in in_order(change.values, model):
        if name == "reason":
            values[name] = raw
            continue
        column = model._meta.get_field(name)
        if column.is_relation:
            found = column.related_model._default_manager.filter(pk=raw).first() if raw else None
            values[name] = found
        else:
            values[name] = None if raw is None else column.to_python(raw)
    return values


def words_of(change: BulkChange) -> list[tuple[str, str]]:
    """What the change sets, as (label, value in words)."""
    crud = REGISTRY[change.records]
    words = []
    for name, value in python_values(change, crud.model).items():
        if name == "reason":
            words.append((str(_("Reason")), value))
            continue
        column = crud.model._meta.get_field(name)
        shown = dict(column.flatchoices).get(value, value) if column.choices else value
        words.append((str(column.verbose_name), str(shown if shown not in (None, "") else "–")))
    return words
