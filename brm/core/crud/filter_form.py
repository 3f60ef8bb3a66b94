"""The filter form of a list page: the same names as the API's filters, with pickers and pairs."""

from typing import Any

from django import forms
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .list_query import ListQuery, name_of
from .pickers import search_field

NOTHING = ("", "—")


def filter_form(query: ListQuery) -> forms.Form:
    """A form with a field for each filter that a person may want on this list.

    It asks the database for nothing but the names of the records chosen already.
    """
    crud = query.crud
    wanted = {*crud.fields, "status", *map(name_of, crud.columns)}
    fields: dict[str, forms.Field] = {}
    for field in crud.model._meta.concrete_fields:
        if field.name in wanted:
            fields |= _fields_for(field, query)
    fields |= {name: made() for name, made in crud.extra_filters.items()}
    form = type("FilterForm", (forms.Form,), fields)(query.parameters)
    form.use_required_attribute = False
    return form


def _fields_for(field: models.Field, query: ListQuery) -> dict[str, forms.Field]:
    label = capfirst(str(field.verbose_name))
    value = query.filters.get(field.name, "")
    if field.is_relation:
        made = search_field(field.related_model, query.user, value, label=label)
        return {field.name: made}
    if field.choices:
        choices = [NOTHING, *field.flatchoices, *_several(field, value)]
        return {field.name: forms.ChoiceField(choices=choices, label=label, required=False)}
    if isinstance(field, models.BooleanField):
        choices = [NOTHING, ("true", _("Yes")), ("false", _("No"))]
        return {field.name: forms.ChoiceField(choices=choices, label=label, required=False)}
    if isinstance(field, models.DateField):
        return {
            f"{field.name}__gte": _day(_("%(field)s from") % {"field": label}),
            f"{field.name}__lte": _day(_("%(field)s until") % {"field": label}),
        }
    return {}


def _several(field: models.Field, value: str) -> list[tuple[str, str]]:
    """Several choices at once, as addresses from elsewhere may name them."""
    known = {str(key): str(text) for key, text in field.flatchoices}
    keys = value.split(",")
    if len(keys) < 2 or not set(keys) <= set(known):
        return []
    return [(value, ", ".join(known[key] for key in keys))]


def _day(label: Any) -> forms.Field:
    return forms.CharField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


def words_of(form: forms.Form, query: ListQuery) -> list[tuple[str, str, str]]:
    """Every filter in force as (name, label, value in words), with or without a field."""
    words = []
    for name in query.in_force:
        value = query.filters[name]
        field = form.fields.get(name)
        label = field.label if field else query.filterset.filters[name].label
        words.append((name, capfirst(str(label)), written(field, value) if field else value))
    return words


def written(field: forms.Field, value: str) -> str:
    """What a filter's value is called: the record's name, the choice's text, or itself."""
    choices = {str(key): text for key, text in getattr(field, "choices", [])}
    choices |= {str(key): text for key, text in getattr(field.widget, "choices", [])}
    return str(choices.get(value, value))
