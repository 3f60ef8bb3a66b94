"""Two people at once: what one holds beside what the other saved meanwhile."""

from typing import Any

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import QueryDict
from django.utils.text import capfirst

from ..past import entries, told_fields, with_names
from ..unseen import UNSEEN, hide_unseen
from .forms import RecordForm
from .history import actor_of, written
from .pickers import visible

TAKE = "take_"
MINE, THEIRS = "mine", "theirs"


def conflict(form: RecordForm, stored: dict[str, Any], version: str, viewer: Any) -> dict[str, Any]:
    """For each field in which the form and the stored record differ: what stood there when the
    form was opened (`version`), what the form holds, what is stored; and who saved last, and when.

    What only the other one changed is offered as theirs, all else as mine.
    """
    model = type(form.instance)
    rows = with_names(entries(form.instance), told_fields(model))
    start = rows.filter(version=int(version)).last() if is_version(version) else None
    last = rows.last()
    hide_unseen([start] if start else [], viewer, model)
    return {
        "theirs": [
            _row(name, column, form, stored, start, viewer)
            for name, column in _columns(form)
            if getattr(form.instance, column.attname) != stored[column.attname]
        ],
        "by": actor_of(last) if last else "",
        "at": last.history_date if last else None,
        "has_start": start is not None,
    }


def is_version(text: str) -> bool:
    """Whether a text can be the version of a record."""
    return text.isascii() and text.isdigit() and len(text) < 10


def _columns(form: forms.BaseForm) -> list[tuple[str, models.Field]]:
    found = []
    for name in form.fields:
        try:
            found.append((name, form.instance._meta.get_field(name)))
        except FieldDoesNotExist:
            continue  # a field of the form alone
    return [(name, column) for name, column in found if name != "version"]


def _row(
    name: str,
    column: models.Field,
    form: RecordForm,
    stored: dict[str, Any],
    start: Any,
    viewer: Any,
) -> dict[str, Any]:
    mine, theirs = getattr(form.instance, column.attname), stored[column.attname]
    began = getattr(start, column.attname, None)
    untouched = start is not None and mine == began
    return {
        "name": name,
        "label": capfirst(str(form.fields[name].label)),
        "start": written(column, start) if start is not None else None,
        # What cannot be read is shown as it was typed.
        "mine": form[name].data if name in form.errors else _written(column, mine, viewer),
        "theirs": _written(column, theirs, viewer),
        "take": THEIRS if untouched else MINE,
    }


def _written(column: Any, value: Any, viewer: Any) -> Any:
    if column.is_relation and value is not None:
        return str(visible(column.related_model, viewer).filter(pk=value).first() or UNSEEN)
    return dict(column.flatchoices).get(value, value) if column.choices else value


def with_choices(data: QueryDict, fresh: RecordForm) -> QueryDict:
    """The form's data with the stored value of each field that was chosen as theirs.

    `fresh` is the unbound form of the stored record.
    """
    chosen = [name for name in fresh.fields if data.get(f"{TAKE}{name}") == THEIRS]
    if not chosen:
        return data
    data = data.copy()
    for name in chosen:
        data.pop(f"{name}_reference", None)
        data.pop(name, None)
        if (typed := _typed(fresh[name])) is not None:
            data[name] = typed
    return data


def _typed(field: forms.BoundField) -> str | None:
    """A field's value as its control would send it; None where it would send nothing."""
    value = field.value()
    if isinstance(field.field.widget, forms.CheckboxInput):
        return "on" if value else None
    text = field.field.widget.format_value(value)
    if isinstance(text, list):
        text = text[0] if text else ""
    return "" if text is None else str(text)
