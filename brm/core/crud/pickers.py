"""Record pickers: a field that searches instead of listing.

With script a picker is a combobox over the record's `options/` page; without, it is a plain field
that takes a reference (`components/picker_fallback.html`).
"""

from typing import Any

from django import forms
from django.db import models

from .declaration import CrudViews, crud_for

NOTHING = ("", "—")


def reference_name(model: type[models.Model]) -> str:
    """The field by which people name a record of the model."""
    return "username" if hasattr(model, "username") else "reference"


def is_id(text: str) -> bool:
    """Whether a text can be the id of a record."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def visible(model: type[models.Model], user: Any) -> models.QuerySet:
    """The records of any model that the user may see."""
    queryset = model._default_manager.all()
    return queryset.visible_to(user) if hasattr(queryset, "visible_to") else queryset


def choosable(model: type[models.Model], user: Any) -> models.QuerySet:
    """The records that a user may choose: visible ones, people who are still active."""
    queryset = visible(model, user)
    return queryset.filter(is_active=True) if hasattr(model, "is_active") else queryset


class PickerWidget(forms.Select):
    """A select that holds the chosen record alone; forms.js makes a combobox of it."""

    searched = True  # the templates add the plain field for pages without script


def make_picker(field: forms.ChoiceField, crud: type[CrudViews], chosen: models.Model | None):
    """Turn a choice of records into a search of them."""
    choices = [NOTHING] + ([(chosen.pk, str(chosen))] if chosen is not None else [])
    attrs = {**field.widget.attrs, "data-options-url": crud.url("options")}
    field.widget = PickerWidget(attrs=attrs, choices=choices)
    field.widget.is_required = field.required
    return field


def search_field(model: type[models.Model], user: Any, value: str, **options: Any) -> forms.Field:
    """A filter by a record: asks the database only for the name of the one chosen."""
    chosen = visible(model, user).filter(pk=int(value)).first() if is_id(value) else None
    field = forms.ChoiceField(required=False, **options)
    crud = crud_for(model)
    if crud is not None:
        return make_picker(field, crud, chosen)
    field.choices = [NOTHING, *((record.pk, str(record)) for record in visible(model, user))]
    return field
