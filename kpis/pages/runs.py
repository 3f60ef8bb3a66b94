"""The list of runs."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from brm.core import keyset
from brm.core.formatting import format_date, format_number
from brm.core.instants import write_instant

from ..definitions import find
from ..models import Run, RunState
from ..periods import month_text
from .address import Address

PAGE = 30
TONES = {"queued": "", "running": "info", "done": "good", "failed": "bad"}


def runs_context(address: Address) -> dict[str, Any]:
    """One page of runs, newest first, as components/table.html takes them."""
    runs = Run.objects.select_related("requested_by")
    try:
        page = keyset.paginate(runs, ["-id"], address.text("cursor") or None, PAGE)
    except keyset.BadCursor:
        page = keyset.paginate(runs, ["-id"], None, PAGE)
    total, exact = keyset.capped_count(Run.objects.all())
    columns = [
        ("run", _("Run"), False),
        ("state", _("State"), False),
        ("trigger", _("Trigger"), False),
        ("visible", _("Visible from"), False),
        ("duration", _("Duration"), True),
        ("rows_in", _("Rows in"), True),
        ("rows_out", _("Rows out"), True),
        ("differences", _("Differences"), True),
        ("error", _("Remark"), False),
    ]
    return {
        "table": {
            "columns": [
                {
                    "name": name,
                    "label": label,
                    "numeric": numeric,
                    "sortable": False,
                    "sorted": "none",
                    "url": None,
                }
                for name, label, numeric in columns
            ],
            "rows": [{"url": past(run), "cells": cells(run)} for run in page.items],
        },
        "page": _pager(address, page, total, exact),
    }


def past(run: Run) -> str | None:
    """The scorecard as the run left it."""
    if run.instant is None:
        return None
    query = urlencode({"as_of": write_instant(run.instant)})
    return f"{reverse('kpi-scorecard')}?{query}"


def cells(run: Run) -> list[dict[str, Any]]:
    """The cells of a run's row."""
    by = str(run.requested_by) if run.requested_by else ""
    return [
        {"kind": "text", "value": f"#{run.pk}", "sub": _full(run) or _part(run)},
        {"kind": "badge", "value": run.get_state_display(), "tone": TONES[run.state], "icon": ""},
        {"kind": "text", "value": run.get_trigger_display(), "sub": by},
        {"kind": "datetime", "value": run.instant},
        {"kind": "text", "value": duration(run)},
        _count(run.rows_in if run.state == RunState.DONE else None),
        _count(run.rows_out if run.state == RunState.DONE else None),
        _count(run.differences),
        {"kind": "long", "value": run.error or _caught_up(run)},
    ]


def _count(value: int | None) -> dict[str, Any]:
    return {"kind": "number", "value": value, "places": None}


def _full(run: Run) -> str:
    if not run.full:
        return ""
    because = {"first": _("first run"), "asked for": _("asked for")}.get(run.full_because)
    return _("full: %(why)s") % {"why": because or run.full_because}


def _part(run: Run) -> str:
    """What a restricted run was restricted to."""
    names = [str(kpi.name) for key in run.kpis if (kpi := find(key))]
    if run.from_month or run.to_month:
        ends = (run.from_month, run.to_month)
        names.append("–".join(month_text(month) if month else "…" for month in ends))
    return ", ".join(names)


def _caught_up(run: Run) -> str:
    """Which missed nights a run made up for."""
    if not run.missed_nights:
        return ""
    nights = [format_date(date.fromisoformat(day)) for day in run.missed_nights]
    return _("caught up: %(nights)s") % {"nights": ", ".join(nights)}


def duration(run: Run) -> str:
    """How long a run took, in seconds or minutes; empty while it is under way."""
    if run.started_at is None or run.finished_at is None:
        return ""
    taken: timedelta = run.finished_at - run.started_at
    seconds = taken.total_seconds()
    if seconds < 120:
        return _("%(seconds)s s") % {"seconds": format_number(seconds, 1 if seconds < 10 else 0)}
    return _("%(minutes)s min") % {"minutes": format_number(seconds / 60, 1)}


def _pager(address: Address, page: keyset.Page, total: int, exact: bool) -> dict[str, Any]:
    count, told = len(page.items), address.text("at")
    at = int(told) if page.previous_cursor and told.isdigit() and len(told) < 12 else 1

    def link(cursor: str | None, position: int) -> str | None:
        return address.link(cursor=cursor, at=position) if cursor else None

    return {
        "from": at if count else 0,
        "to": at + count - 1 if count else 0,
        "total": max(total, at + count - 1),
        "total_is_exact": exact,
        "next_url": link(page.next_cursor, at + count),
        "previous_url": link(page.previous_cursor, max(at - PAGE, 1)),
        "first_url": address.link(cursor=None, at=None) if page.previous_cursor else None,
        "last_url": None,
    }
