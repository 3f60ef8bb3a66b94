"""Entries as people read them: names instead of keys, labels instead of columns."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from brm.core.roles import ROLES

from .models import AuditEntry, Event
from .values import SILENT, python

Triple = tuple[str, Any, Any]


@cache
def models_by_kind() -> dict[str, type[models.Model]]:
    """What the trail tells of, by its name in the API."""
    named = {
        m.resource: m for m in apps.get_models() if isinstance(m.__dict__.get("resource"), str)
    }
    del named[AuditEntry.resource]
    return named


def changes_of(entry: AuditEntry) -> list[Triple]:
    """The changed fields of an entry, each with before and after as Python has them."""
    return [*triples(entry.kind, entry.event, entry.changes)]


def triples(kind: str, event: str, changes: dict[str, Any]) -> Iterator[Triple]:
    """The same from the columns alone."""
    model = models_by_kind().get(kind)
    fields = {f.name: f for f in model._meta.concrete_fields} if model else {}
    for name, kept in changes.items():
        before, after = (None, kept) if event == Event.CREATED else kept
        field = fields.get(name)
        yield name, python(field, before), python(field, after)


def described(entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """The entries for the page; one more statement for each kind of record that is named."""
    changed = [changes_of(entry) for entry in entries]
    names = _names(zip(entries, changed, strict=True))
    return [_shown(e, found, names) for e, found in zip(entries, changed, strict=True)]


def _shown(entry: AuditEntry, changed: list[Triple], names: Any) -> dict[str, Any]:
    model = models_by_kind().get(entry.kind)
    return {
        "at": entry.at,
        "actor": entry.actor_name,
        "summary": entry.get_event_display(),
        "event": entry.event,
        "is_created": entry.event == Event.CREATED,
        "kind": capfirst(str(model._meta.verbose_name)) if model else entry.kind,
        "reference": entry.reference,
        "url": _url(entry),
        "origin": entry.get_door_display(),
        "reason": entry.reason,
        "request": entry.request_id,
        "import_id": entry.import_id,
        "token_id": entry.token_id,
        "changes": [_change(model, name, before, after, names) for name, before, after in changed],
    }


def _url(entry: AuditEntry) -> str | None:
    if entry.object_id is None:
        return None
    try:
        return reverse(f"{entry.kind}-detail", args=[entry.object_id])
    except NoReverseMatch:
        return None


WORDS = {
    "valid_from": gettext_lazy("Valid from"),
    "roles": gettext_lazy("Roles"),
    "into": gettext_lazy("Into"),
    "from": gettext_lazy("From"),
}


def _change(model: Any, name: str, before: Any, after: Any, names: Any) -> dict[str, Any]:
    field = _field(model, name)
    label = str(field.verbose_name) if field is not None else str(WORDS.get(name, name))
    return {
        "label": capfirst(label),
        "before": _written(field, name, before, names),
        "after": _written(field, name, after, names),
    }


def _field(model: Any, name: str) -> models.Field | None:
    known = {f.name: f for f in model._meta.concrete_fields} if model is not None else {}
    return known.get(name) if name not in SILENT else None


def _written(field: models.Field | None, name: str, value: Any, names: Any) -> Any:
    if value is None:
        return None
    if field is None:
        return _roles(value) if name == "roles" else value
    if field.is_relation:
        return names[field.related_model].get(value, f"#{value}")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return value


def _roles(value: str) -> str:
    return ", ".join(str(ROLES.get(key, key)) for key in value.split(", ") if key)


def _names(found: Iterable[tuple[AuditEntry, list[Triple]]]) -> dict[Any, dict[int, str]]:
    keys: dict[Any, set[int]] = defaultdict(set)
    for entry, changed in found:
        model = models_by_kind().get(entry.kind)
        for name, before, after in changed:
            field = _field(model, name)
            if field is not None and field.is_relation:
                keys[field.related_model] |= {v for v in (before, after) if isinstance(v, int)}
    return {
        model: {pk: str(one) for pk, one in model._base_manager.in_bulk(sorted(wanted)).items()}
        for model, wanted in keys.items()
    }
