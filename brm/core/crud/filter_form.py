"""The filter form of a list page: the same names as the API's filters, with pickers and pairs."""

from typing import Any

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .declaration import CrudViews
from .forms import limit_choices


def filter_form(crud: type[CrudViews], parameters: QueryDict, user: Any) -> forms.Form:
    """A form with a field for each filter that a person may want on this list."""
    fields: dict[str, forms.Field] = {}
    wanted = {*crud.fields, "status", *(c for c in crud.columns if isinstance(c, str))}
    for field in crud.model._meta.concrete_fields:
        if field.name in wanted:
            fields |= _fields_for(field)
    fields |= {name: made() for name, made in crud.extra_filters.items()}
    form = type("FilterForm", (forms.Form,), fields)(parameters)
    form.use_required_attribute = False
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField):
            limit_choices(field, user, form)
    return form


def _fields_for(field: models.Field) -> dict[str, forms.Field]:
    label = capfirst(str(field.verbose_name))
    if field.is_relation:
        manager = field.related_model._default_manager
        made = forms.ModelChoiceField(manager.all(), label=label, required=False, empty_label="—")
        return {field.name: made}
    if field.choices:
        choices = [("", "—"), *field.flatchoices]
        return {field.name: forms.ChoiceField(choices=choices, label=label, required=False)}
    if isinstance(field, models.BooleanField):
        choices = [("", "—"), ("true", _("Yes")), ("false", _("No"))]
        return {field.name: forms.ChoiceField(choices=choices, label=label, required=False)}
    if isinstance(field, models.DateField):
        return {
            f"{field.name}__gte": _day(_("%(field)s from") % {"field": label}),
            f"{field.name}__lte": _day(_("%(field)s until") % {"field": label}),
        }
    return {}


def _day(label: Any) -> forms.Field:
    return forms.CharField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


def written(field: forms.Field, value: str) -> str:
    """What a filter's value is called: the record's name, the choice's text, or itself."""
    if isinstance(field, forms.ModelChoiceField):
        found = field.queryset.filter(pk=value).first() if value.isdigit() else None
        return str(found) if found else f"#{value}"
    choices = {str(key): text for key, text in getattr(field, "choices", [])}
    return str(choices.get(value, value))
