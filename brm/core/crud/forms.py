"""Forms made from a record's declaration."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..unseen import narrow_relations
from .declaration import CrudViews, crud_for
from .pickers import choosable, is_id, make_picker, reference_name, visible

FEW = 50


class RecordForm(forms.ModelForm):
    """A record's fields; foreign keys offer what the user may see, long lists by search."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version if self.instance.pk else None
        for name in self.out_of_sight(user):
            del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                limit_choices(field, user, self)

    def out_of_sight(self, user: Any) -> list[str]:
        """The fields that hold a record the user may not see: these stay as they are."""
        return [
            field.name
            for field in narrow_relations(self._meta.model, user)
            if field.name in self.fields
            and (key := getattr(self.instance, field.attname)) is not None
            and not visible(field.related_model, user).filter(pk=key).exists()
        ]

    def _get_validation_exclusions(self) -> set[str]:
        """Leave out only what the model derives itself, so that its rules see all the rest."""
        return {field.name for field in self._meta.model._meta.fields if not field.editable}

    def validate_constraints(self) -> None:
        try:
            self.instance.validate_constraints(exclude=self._get_validation_exclusions())
        except ValidationError as error:
            self._update_errors(error)

    def _update_errors(self, errors: ValidationError) -> None:
        """Errors on fields that the form does not show are told at its top."""
        if hasattr(errors, "error_dict"):
            known = {
                n: e for n, e in errors.error_dict.items() if n in self.fields or n == "__all__"
            }
            rest = [e for n, found in errors.error_dict.items() if n not in known for e in found]
            if rest:
                known["__all__"] = [*known.get("__all__", []), *rest]
            errors = ValidationError(known)
        super()._update_errors(errors)


def limit_choices(field: forms.ModelChoiceField, user: Any, form: forms.BaseForm) -> None:
    """Offer only visible records; from some on, only the chosen one and a search."""
    field.queryset = queryset = choosable(field.queryset.model, user)
    crud = crud_for(queryset.model)
    if crud is None or not queryset[FEW:].exists():
        return
    name = next(name for name, candidate in form.fields.items() if candidate is field)
    if form.is_bound:
        form.data = _with_reference(form.data, form.add_prefix(name), queryset)
    chosen = form.data.get(form.add_prefix(name)) if form.is_bound else form.initial.get(name)
    chosen = str(getattr(chosen, "pk", chosen) or "")
    make_picker(field, crud, queryset.filter(pk=chosen).first() if is_id(chosen) else None)


def _with_reference(data: Any, name: str, queryset: models.QuerySet) -> Any:
    """The data with the record whose reference was typed into the plain field of a picker."""
    text = str(data.get(f"{name}_reference", "")).strip()
    if not text or "\x00" in text:
        return data
    found = queryset.filter(**{reference_name(queryset.model): text}).first()
    data = data.copy()
    data[name] = str(found.pk) if found else text
    return data


def form_class(crud: type[CrudViews], fields: Sequence[str] = ()) -> type[RecordForm]:
    """The form class of a record's create and edit pages, or of some `fields` alone."""
    return forms.modelform_factory(
        crud.model,
        form=RecordForm,
        fields=list(fields or crud.fields),
        formfield_callback=_form_field,
    )


def _form_field(field: models.Field, **kwargs: Any) -> forms.Field | None:
    made = field.formfield(**kwargs)
    if field.name == "reference" and made is not None:
        made.required = False
        made.help_text = _("Made automatically when left empty.")
    return made


def move_form(record: models.Model, step: Any, *args: Any, user: Any) -> forms.Form | None:
    """The form of a lifecycle move: its compulsory fields and the reason; None when there is none.

    Fields that are filled already are offered again, so that they can be checked.
    """
    fields: dict[str, forms.Field] = {}
    for name in step.requires:
        field = record._meta.get_field(name).formfield(required=True)
        field.initial = getattr(record, field_value(record, name))
        fields[name] = field
    if step.reason:
        fields["reason"] = forms.CharField(
            label=_("Reason"), widget=forms.Textarea, max_length=5000
        )
    if not fields:
        return None
    form = type("MoveForm", (forms.Form,), fields)(*args, prefix=step.target)
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField):
            limit_choices(field, user, form)
    return form


def field_value(record: models.Model, name: str) -> str:
    """The attribute that holds a field's raw value."""
    return record._meta.get_field(name).attname
