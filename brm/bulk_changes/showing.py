"""What the pages of a bulk change show."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from brm.core.crud.cells import column_label
from brm.core.crud.declaration import CrudViews
from brm.core.crud.pickers import visible
from brm.core.formatting import format_number
from brm.core.models import Record
from brm.core.unseen import UNSEEN

from .judging import Case, Judge
from .models import BulkChange, ChangeState, Outcome
from .values import in_order, move_of, python_values, words_of

Names = dict[str, dict[str, str]]
SHOWN = 50  # records tried for the preview
SHOWN_OUTCOMES = 500
TONES = {
    Outcome.CHANGED: "good",
    Outcome.RESTORED: "good",
    Outcome.UNCHANGED: "neutral",
    Outcome.STALE: "warn",
    Outcome.DENIED: "bad",
    Outcome.ILLEGAL: "bad",
    Outcome.REFUSED: "bad",
    Outcome.GONE: "warn",
}


def moves_of(change: BulkChange, model: type[Record]) -> list[dict[str, Any]]:
    """The moves that some of the records can make, with the number of them."""
    lifecycle = getattr(model, "Status", None)
    if lifecycle is None:
        return []
    ids = [key for key, _version in change.keys]
    visible = model.objects.visible_to(change.by).filter(pk__in=ids).order_by()
    states = Counter(visible.values_list("status", flat=True))
    found: dict[str, dict[str, Any]] = {}
    for step in lifecycle.moves:
        count = sum(states[source] for source in step.sources)
        if count:
            entry = found.setdefault(
                step.target, {"target": step.target, "label": str(step.verb), "count": 0}
            )
            entry["count"] += count
    return list(found.values())


def title_of(change: BulkChange, crud: type[CrudViews]) -> str:
    """What the change does, in a few words."""
    if change.target:
        step = move_of(crud.model, change.target)
        return str(step.verb) if step else change.target
    words = [f"{label}: {value}" for label, value in words_of(change)]
    return capfirst("; ".join(words))


def preview_of(change: BulkChange, crud: type[CrudViews], *, now: datetime) -> dict[str, Any]:
    """What would become of the first records, and of how many in all, as far as sets tell it."""
    judge = Judge(change, crud.model, python_values(change, crud.model), now)
    cases = judge.preview(change.keys[:SHOWN])
    return {
        "title": title_of(change, crud),
        "table": table_of([case.as_row() for case in cases], crud, change.by, coming=True),
        "shown": len(cases),
        "counts": counts_of(_all_counts(change, crud, cases), coming=True),
    }


def _all_counts(change: BulkChange, crud: type[CrudViews], cases: Iterable[Case]) -> Counter:
    """Outcomes of all records: rights, versions and states by sets; rules of single records that
    lie beyond the ones shown are known only when the change runs."""
    ids = [key for key, _version in change.keys]
    model = crud.model
    seen = dict(model.objects.visible_to(change.by).filter(pk__in=ids).values_list("pk", "version"))
    allowed = model.objects.allowed(change.by, change.verb).filter(pk__in=ids)
    state = "status" if change.target else "pk"
    states = dict(allowed.values_list("pk", state))
    step_from = {
        source
        for step in getattr(getattr(model, "Status", None), "moves", ())
        if step.target == change.target
        for source in step.sources
    }
    tried = {case.key: case.outcome for case in cases}
    counts: Counter = Counter()
    for key, version in change.keys:
        if key in tried:
            counts[tried[key]] += 1
        elif key not in seen:
            counts[Outcome.GONE] += 1
        elif key not in states:
            counts[Outcome.DENIED] += 1
        elif seen[key] != version:
            counts[Outcome.STALE] += 1
        elif change.target and states[key] not in step_from:
            counts[Outcome.ILLEGAL] += 1
        else:
            counts[Outcome.CHANGED] += 1
    return counts


def counts_of(counts: dict[str, int], *, coming: bool = False) -> list[dict[str, Any]]:
    """The outcomes with their numbers, in a fixed order; `coming` ones are still to be."""
    return [
        {"label": label_of(outcome, coming), "tone": TONES[outcome], "count": counts[outcome.value]}
        for outcome in Outcome
        if counts.get(outcome.value)
    ]


def outcome_of(change: BulkChange, crud: type[CrudViews]) -> dict[str, Any]:
    """What became of the records, trouble first."""
    good = (Outcome.CHANGED, Outcome.UNCHANGED, Outcome.RESTORED)
    rows = sorted(change.outcomes, key=lambda row: row[2] in good)
    tone = {ChangeState.DONE: "good", ChangeState.FAILED: "bad", ChangeState.UNDONE: "warn"}
    return {
        "title": title_of(change, crud),
        "badge": {"label": change.get_state_display(), "tone": tone.get(change.state, "info")},
        "counts": counts_of(change.counts()),
        "table": table_of(rows[:SHOWN_OUTCOMES], crud, change.by),
        "shown": min(len(rows), SHOWN_OUTCOMES),
    }


def label_of(outcome: Outcome, coming: bool) -> str:
    """What an outcome is called before and after it came about."""
    return _("Will be changed") if coming and outcome == Outcome.CHANGED else str(outcome.label)


def table_of(
    rows: Sequence[list[Any]], crud: type[CrudViews], user: Any, *, coming: bool = False
) -> dict[str, Any]:
    """Records and what becomes of them."""
    names = _names(rows, crud, user)
    headings = (_("Record"), _("Outcome"), _("Before"), _("Reason"))
    return {
        "columns": [
            {"name": str(n), "label": label, "sortable": False, "numeric": False}
            for n, label in enumerate(headings)
        ],
        "rows": [_row(row, crud, names, coming) for row in rows],
    }


def _row(row: list[Any], crud: type[CrudViews], names: Names, coming: bool) -> dict[str, Any]:
    key, name, outcome, text, _version, before = row
    known = Outcome(outcome)
    gone = known == Outcome.GONE
    return {
        "url": None if gone else crud.url("detail", key),
        "cells": [
            {"kind": "text", "value": name},
            {"kind": "badge", "value": label_of(known, coming), "tone": TONES[known]},
            _text(_before(before, crud, names)),
            _text(text),
        ],
    }


def _names(rows: Sequence[list[Any]], crud: type[CrudViews], user: Any) -> Names:
    """What the related records are called that the rows named before, by field."""
    keys: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for name, value in row[5].items():
            if crud.model._meta.get_field(name).is_relation and str(value).isdecimal():
                keys[name].add(str(value))
    found: Names = {}
    for name, texts in keys.items():
        related = visible(crud.model._meta.get_field(name).related_model, user).in_bulk(list(texts))
        found[name] = dict.fromkeys(texts, str(UNSEEN)) | {
            str(key): str(record) for key, record in related.items()
        }
    return found


def _before(before: dict[str, Any], crud: type[CrudViews], names: Names) -> str:
    """The values a record had, in words."""
    parts = []
    for name, value in in_order(before, crud.model):
        column = crud.model._meta.get_field(name)
        shown = dict(column.flatchoices).get(value, value) if column.choices else value
        shown = names.get(name, {}).get(str(value), shown)
        empty = shown in (None, "", "None")
        parts.append(f"{column_label(crud.model, name)}: {'–' if empty else shown}")
    return "; ".join(parts)


def _text(value: str) -> dict[str, Any]:
    return {"kind": "text" if value else "empty", "value": value or None}


def progress_of(change: BulkChange) -> dict[str, Any]:
    """The work under way, for components/progress.html."""
    done, every = len(change.outcomes), len(change.keys)
    counted = done and change.state == ChangeState.RUNNING
    text = _("waiting for a worker")
    if counted:
        numbers = {"done": format_number(done), "rows": format_number(every)}
        text = _("%(done)s of %(rows)s rows") % numbers
    return {
        "id": "bulk-progress",
        "label": _("Changing the records"),
        "percent": 100 * done / every if counted else None,
        "text": text,
        "tone": "",
        "poll_url": reverse("bulk-changes-progress", args=[change.pk]),
    }
