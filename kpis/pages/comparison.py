"""A figure at two instants, and the rows that make the difference."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from brm.core.formatting import format_instant, format_number
from brm.core.instants import picker_value

from ..definitions import Kpi
from ..drilldown import Changes, Row, changes
from ..figures import Figure
from ..models import Run
from .cards import worth_text
from .controls import moments
from .question import Question
from .restatements import exact
from .rows import item
from .wording import measure, write_difference

SHOWN = 100
A_MONTH = timedelta(days=30)


def comparison_context(question: Question) -> dict[str, Any]:
    """`comparison` as kpis/_comparison.html takes it."""
    kpi, address = question.kpi, question.address
    since, until = instants(question)
    found = changes(
        kpi, question.period, since=since, until=until, **question.place, viewer=question.user
    )
    moved = moved_rows(kpi, found)
    return {
        "since_value": picker_value(since),
        "until_value": picker_value(until or address.now),
        "kept": address.kept("since", "until", "after"),
        "moments": moments(address, "since"),
        "before": told(kpi, found.before, found.run_before),
        "after": told(kpi, found.after, found.run_after),
        "since_text": run_text(found.run_before),
        "until_text": run_text(found.run_after),
        "difference": difference(kpi, found),
        "tally": tally(found),
        "moved": moved[:SHOWN],
        "more": more(found, len(moved)),
        "measure": measure(kpi),
    }


def instants(question: Question) -> tuple[datetime, datetime | None]:
    """The two instants: of the address, else since publication (or a month ago) until now."""
    address, figure = question.address, question.figure
    until = address.instant("until") or address.at
    if until is not None and until >= address.now:
        until = None
    since = address.instant("since") or figure.published_at
    if since is not None and since > (until or address.now):
        address.ignore(_("The first instant lies after the second one and was left out."))
        since = None
    return since or (until or address.now) - A_MONTH, until


def told(kpi: Kpi, figure: Figure | None, run: Run | None) -> str:
    """The figure at one of the instants."""
    if run is None:
        return _("nothing computed")
    return exact(kpi, figure.worth) if figure else _("none")


def run_text(run: Run | None) -> str:
    """Which run an instant stands on."""
    return "" if run is None else _("run of %(instant)s") % {"instant": format_instant(run.instant)}


def difference(kpi: Kpi, found: Changes) -> str:
    """After less before, where both have a value."""
    values = [one.worth.value if one else None for one in (found.before, found.after)]
    if None in values:
        return "–" if found.before else worth_text(kpi, found.after.worth) if found.after else "–"
    return write_difference(kpi, values[1] - values[0]) or "0"


def tally(found: Changes) -> str:
    """How many rows came in and went out, hidden ones included."""
    came = len(found.came) + (found.hidden_in.count if found.hidden_in else 0)
    went = len(found.went) + (found.hidden_out.count if found.hidden_out else 0)
    text = _("%(came)s rows in, %(went)s rows out")
    return text % {"came": format_number(came), "went": format_number(went)}


def moved_rows(kpi: Kpi, found: Changes) -> list[dict[str, Any]]:
    """Rows in and out, by date; where one was replaced, the old one first."""
    rows = [*(_moved(kpi, row, True) for row in found.came)]
    rows += [_moved(kpi, row, False) for row in found.went]
    return sorted(rows, key=lambda row: (row["reference"], row["occurred_on"], row["tone"]))


def _moved(kpi: Kpi, row: Row, came: bool) -> dict[str, Any]:
    shown = item(kpi, row)
    amount = shown["numerator"]
    if kpi.is_ratio:
        amount = _("%(numerator)s of %(denominator)s") % shown
    return {
        **shown,
        "change": _("in") if came else _("out"),
        "tone": "info" if came else "",
        "icon": "plus" if came else "minus",
        "amount": amount if came else f"−{amount}",
    }


def more(found: Changes, listed: int) -> str:
    """What the list leaves out."""
    hidden = sum(one.count for one in (found.hidden_in, found.hidden_out) if one)
    parts = []
    if listed > SHOWN:
        text = _("The first %(shown)s of %(count)s rows; the API lists all.")
        parts.append(text % {"shown": format_number(SHOWN), "count": format_number(listed)})
    if hidden:
        text = _("%(count)s more rows belong to records you may not open.")
        parts.append(text % {"count": format_number(hidden)})
    return " ".join(parts)
