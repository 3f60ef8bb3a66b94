"""The history of a record as its page shows it: who changed which field from what to what."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..models.record import Record
from ..origin import Door, described_requests
from ..past import changed_fields, entries, event_of, told_fields, with_names
from ..unseen import hide_unseen
from ..watching import CREATED, DELETED, MOVED, RESTORED
from .access import RecordPage

SHOWN = 50


@dataclass(frozen=True)
class History:
    """Some entries, the newest first, and the address of older ones (None: there are none)."""

    entries: list[dict[str, Any]]
    older_url: str | None


NO_HISTORY = History([], None)


def history_of(record: models.Model, viewer: Any, older_than: int | None = None) -> History:
    """The newest entries, at most SHOWN, of those older than the row `older_than`.

    One statement, the records referred to joined, and one more where the API wrote. What the
    viewer may not see has no name.
    """
    fields = told_fields(type(record))
    found = with_names(entries(record), fields)
    if older_than is not None:
        found = found.filter(history_id__lt=older_than)
    rows = list(found.order_by("-history_id")[: SHOWN + 1])
    hide_unseen(rows, viewer, type(record))
    pairs = list(zip_longest(rows, rows[1:]))[:SHOWN]
    by_api = {row.request_id for row, _before in pairs if row.door == Door.API}
    sources = described_requests(by_api - {""})
    address = record.get_absolute_url()
    of_entry = f"{address}?entry=" if isinstance(record, Record) else None
    more = len(rows) > SHOWN
    return History(
        [_entry(row, before, fields, sources, of_entry) for row, before in pairs],
        f"{address}history/?older_than={rows[SHOWN - 1].history_id}" if more else None,
    )


def _entry(
    row: Any,
    before: Any,
    fields: Iterable[models.Field],
    sources: dict[str, str],
    of_entry: str | None,
) -> dict[str, Any]:
    return {
        "at": row.history_date,
        "actor": actor_of(row),
        "origin": _origin(row, sources),
        "summary": summary_of(row, before),
        "changes": [] if before is None else _changes(row, before, fields),
        "url": f"{of_entry}{row.history_id}" if of_entry else None,
    }


def actor_of(row: Any) -> str:
    """Who wrote a history row, in words."""
    return str(row.history_user) if row.history_user else _("System")


def _origin(row: Any, sources: dict[str, str]) -> str:
    """The way by which the write came, and the API token it came with."""
    label = str(Door(row.door).label)
    if row.request_id not in sources:
        return label
    return _("%(way)s, token %(token)s") % {"way": label, "token": sources[row.request_id]}


def summary_of(row: Any, before: Any) -> str:
    """What happened, in a word."""
    event = event_of(row, before)
    if event == MOVED:
        return _("Moved to “%(state)s”") % {"state": row.get_status_display()}
    words = {CREATED: _("Created"), DELETED: _("Deleted"), RESTORED: _("Restored")}
    return words.get(event, _("Changed"))


def _changes(row: Any, before: Any, fields: Iterable[models.Field]) -> list[dict[str, Any]]:
    return [
        {
            "label": capfirst(str(field.verbose_name)),
            "before": written(field, before),
            "after": written(field, row),
        }
        for field in changed_fields(row, before, fields)
    ]


def written(field: models.Field, row: Any) -> Any:
    """The value of a row's field as people read it."""
    value = getattr(row, field.attname)
    if field.is_relation and value is not None:
        there = getattr(row, field.name, None)  # None: it is gone from the database
        return f"#{value}" if there is None else str(there)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return value


class HistoryView(RecordPage):
    """Older entries: a page of their own, or what htmx adds to the entries shown."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_even_deleted()
        if self.crud.hidden(record, request.user):
            raise Http404
        text = request.GET.get("older_than", "")
        known = text.isascii() and text.isdigit() and len(text) < 19
        found = history_of(record, request.user, int(text) if known else None)
        context = {
            "crud": self.crud.page_context(request),
            "record": str(record),
            "back_url": record.get_absolute_url(),
            "history": found.entries,
            "older_url": found.older_url,
            "is_newest": not known,
        }
        template = "components/history.html" if request.htmx else "generic/history.html"
        return render(request, template, context)
