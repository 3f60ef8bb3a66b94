"""The page of a record as it was: after an entry of its history, or at an instant."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..formatting import format_instant
from ..instants import parse_instant, picker_value, whole_offset
from ..past import as_record, at_instant, changed_fields, entries, told_fields, with_names
from ..unseen import hide_unseen
from .access import RecordPage
from .cells import Cell, cell_for
from .declaration import Column
from .history import actor_of, summary_of

AS_OF, ENTRY = "as_of", "entry"


def asks_for_past(request: HttpRequest) -> bool:
    """Whether the address of a record asks for what it was."""
    return bool({AS_OF, ENTRY} & set(request.GET))


@dataclass(frozen=True)
class Moment:
    """The row in force (None: the record did not exist), its neighbours, the instant asked for."""

    row: Any = None
    earlier: Any = None
    later: Any = None
    instant: datetime | None = None
    problem: str = ""


def show_past(page: RecordPage, record: Any, *, now: datetime) -> HttpResponse:
    """The page of a record the user may see, as it was; 400 for an instant that is none."""
    fields = told_fields(type(record))
    moment = find_moment(page.request, record, fields, now=now)
    hide_unseen([record], page.request.user)
    hide_unseen([moment.row] if moment.row else [], page.request.user, type(record))
    context = {
        "crud": page.crud.page_context(page.request),
        "record": str(record),
        "present_url": record.get_absolute_url(),
        "is_deleted_now": record.deleted_at is not None,
        "problem": moment.problem,
        "as_of": picker_value(moment.instant or now),
        "latest": picker_value(now),
        "instant": moment.instant,
        **_steps(record, moment),
        **(_as_it_was(page, record, moment.row, moment.earlier, fields) if moment.row else {}),
    }
    status = 400 if moment.problem else 200
    context = {"then": None} | context
    return render(page.request, "generic/past.html", context, status=status)


def find_moment(request: HttpRequest, record: Any, fields: list, *, now: datetime) -> Moment:
    """What the address asks for; three statements. Raises Http404 for an unknown entry."""
    named = with_names(entries(record), fields)
    text = request.GET.get(ENTRY, "")
    if text:
        row = named.filter(history_id=int(text)).first() if _is_number(text) else None
        if row is None:
            raise Http404
        return _between(record, row, row.history_date)
    try:
        instant = parse_instant(whole_offset(request.GET.get(AS_OF, "").strip()))
    except (ValueError, OverflowError):
        return Moment(problem=_("Write a date and a time, such as 2025-03-31T12:00."))
    if instant > now:
        # A browser's picker gives whole minutes: the present one has not ended.
        instant = now if (instant - now).total_seconds() < 60 else instant
    if instant > now:
        return Moment(problem=_("That lies in the future. Choose an instant in the past."))
    found = at_instant(record, instant).values("history_id")
    row = named.filter(history_id__in=[each["history_id"] for each in found]).first()
    return _between(record, row, instant)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _between(record: Any, row: Any, instant: datetime) -> Moment:
    """The moment with the rows before and after."""
    every = entries(record)
    if row is None:
        return Moment(later=every.first(), instant=instant)
    return Moment(
        row,
        every.filter(history_id__lt=row.history_id).last(),
        every.filter(history_id__gt=row.history_id).first(),
        instant,
    )


def _steps(record: Any, moment: Moment) -> dict[str, Any]:
    address = record.get_absolute_url()

    def link(row: Any) -> str | None:
        return f"{address}?{ENTRY}={row.history_id}" if row else None

    return {"earlier_url": link(moment.earlier), "later_url": link(moment.later)}


def _as_it_was(
    page: RecordPage, record: Any, row: Any, before: Any, fields: list[models.Field]
) -> dict[str, Any]:
    """The values of the row beside the present ones."""
    then = as_record(row, type(record))
    changed = {field.name for field in changed_fields(row, record, fields)}
    known = {field.name: field for field in fields}
    shown = [name for name in page.crud.shown or page.crud.fields if name != "status"]
    every = (*page.crud.columns, *shown)
    derived = {column.name: column.label for column in every if isinstance(column, Column)}
    return {
        "then": then,
        "name": str(then),
        "badge": _badge(then, fields),
        "badge_now": _badge(record, fields) if "status" in changed else None,
        "was_deleted": row.deleted_at is not None,
        "entry": {
            "summary": summary_of(row, before),
            "actor": actor_of(row),
            "at": format_instant(row.history_date),
        },
        "facts": [
            {
                "label": capfirst(str(known[name].verbose_name)),
                "cell": _cell(then, known[name]),
                "changed": name in changed,
                "now": _cell(record, known[name]) if name in changed else None,
            }
            for name in shown
            if name in known
        ],
        "unknown": ", ".join(str(label) for label in derived.values()),
    }


def _badge(record: Any, fields: list[models.Field]) -> dict[str, Any] | None:
    if not hasattr(record, "Status") or "status" not in {field.name for field in fields}:
        return None
    return {"label": record.get_status_display(), "tone": record.status_tone, "icon": None}


def _cell(record: Any, field: models.Field) -> Cell:
    """The cell of a field; what it names may be gone from the database."""
    value = getattr(record, field.attname)
    if field.is_relation and value is not None:
        cached = record._state.fields_cache.get(field.name, record)
        if cached is None:
            return {"kind": "text", "value": f"#{value}"}
    return cell_for(record, field.name)
