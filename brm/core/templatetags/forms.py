"""Tags that draw form fields: `{% load forms %}`. Forms stay plain Django forms."""

from typing import Any

from django import forms, template
from django.db.models.fields import BLANK_CHOICE_DASH
from django.utils.safestring import SafeString

register = template.Library()

# Browsers speak ISO in these inputs, whatever the language of the page.
NATIVE_INPUTS = {
    forms.DateTimeField: ("datetime-local", "%Y-%m-%dT%H:%M"),
    forms.DateField: ("date", "%Y-%m-%d"),
    forms.TimeField: ("time", "%H:%M"),
}

HYPHENS, DASH = BLANK_CHOICE_DASH[0][1], "—"


@register.filter
def kind(field: forms.BoundField) -> str:
    """How a field is laid out: check, choices, long, file, hidden or plain."""
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.FileInput):
        return "file"
    return "long" if isinstance(widget, forms.Textarea) else "plain"


@register.simple_tag
def control(field: forms.BoundField, form: str = "") -> SafeString:
    """The input of a field: native pickers for dates, a combobox for long lists of records.

    `form` is the id of a form elsewhere on the page that the input belongs to. A select whose
    widget has the attribute `data-options-url` becomes a combobox (forms.js).
    """
    widget = field.field.widget
    attributes: dict[str, Any] = {"form": form} if form else {}
    for field_class, (input_type, written) in NATIVE_INPUTS.items():
        if isinstance(field.field, field_class) and isinstance(
            widget, forms.DateInput | forms.DateTimeInput | forms.TimeInput
        ):
            widget.input_type, widget.format = input_type, written
            break
    _quiet_blank(field.field)
    if isinstance(field.field, forms.DecimalField):
        attributes.setdefault("step", "any")
    if isinstance(widget, forms.Textarea):
        attributes["rows"] = 4
    return field.as_widget(attrs=attributes)


def _quiet_blank(field: forms.Field) -> None:
    """A dash instead of Django's row of hyphens for "nothing chosen"."""
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == HYPHENS:
            field.empty_label = DASH
    elif isinstance(field, forms.ChoiceField) and isinstance(field.choices, list):
        field.choices = [
            (value, DASH if label == HYPHENS else label) for value, label in field.choices
        ]
