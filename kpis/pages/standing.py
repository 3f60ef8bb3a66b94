"""On which run the figures stand, what is wrong with it, and the run under way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from brm.core.formatting import format_instant, format_number, format_time
from brm.core.roles import may

from ..engine import latest_run
from ..models import Run, RunState
from ..nights import last_mark
from .address import Address

LATEST = 5
UNSEEN = ("kpis", "signature", "missed_nights")  # JSON that no page reads
PATIENCE = timedelta(minutes=30)  # a night that began less long ago is not called missed


@dataclass(frozen=True)
class Standing:
    """The run that figures are read from (None: there is none), the latest ones, newest first."""

    run: Run | None
    latest: list[Run]
    at: datetime | None
    now: datetime

    @property
    def under_way(self) -> Run | None:
        """The oldest run that is queued or running."""
        waiting = [run for run in self.latest if not run.is_finished]
        return waiting[-1] if waiting else None

    @property
    def failed(self) -> Run | None:
        """The newest finished run, if it failed."""
        finished = [run for run in self.latest if run.is_finished]
        return finished[0] if finished and finished[0].state == RunState.FAILED else None


def standing_of(address: Address) -> Standing:
    """What the figures of an address stand on: one statement, two for the past."""
    latest = list(Run.objects.defer(*UNSEEN).order_by("-id")[:LATEST])
    if address.at is not None:
        return Standing(latest_run(address.at), latest, address.at, address.now)
    done = next((run for run in latest if run.state == RunState.DONE), None)
    if done is None and len(latest) == LATEST:
        done = latest_run()
    return Standing(done, latest, None, address.now)


def standing_context(standing: Standing, address: Address) -> dict[str, Any]:
    """`standing` as the templates know it."""
    run, past = standing.run, address.at is not None
    text = _("Figures as of %(instant)s") % {"instant": format_instant(run.instant)} if run else ""
    return {
        "text": text or _("Nothing was computed yet"),
        "past": past,
        "past_text": _past_text(run, address.at) if past else "",
        "back_url": address.link(as_of=None),
        "alarms": [] if past else _alarms(standing),
        "ignored": address.ignored,
        "nightly": format_time(settings.BRM.nightly_at),
    }


def _past_text(run: Run | None, at: datetime) -> str:
    asked = format_instant(at)
    if run is None:
        return _("What was known at %(asked)s.") % {"asked": asked}
    return _(
        "What was known at %(asked)s: figures, targets and status as the run of %(instant)s left"
        " them."
    ) % {"asked": asked, "instant": format_instant(run.instant)}


def _alarms(standing: Standing) -> list[dict[str, str]]:
    """A failed or a missing night, said on top of the figures."""
    run, failed = standing.run, standing.failed
    if run is None and failed is None:
        return []
    known = format_instant(run.instant) if run else _("never")
    if failed is not None:
        text = _("The figures are as of %(instant)s. %(error)s")
        return [
            {
                "tone": "bad",
                "heading": _("The last run failed"),
                "text": text % {"instant": known, "error": failed.error},
            }
        ]
    due = last_mark(standing.now - PATIENCE)
    if standing.under_way or run.judged_at >= due:
        return []
    text = _(
        "The figures are as of %(instant)s. The run of %(due)s is missing; the next one catches"
        " up by itself."
    )
    return [
        {
            "tone": "warn",
            "heading": _("A night was missed"),
            "text": text % {"instant": known, "due": format_instant(due)},
        }
    ]


# --- Recompute -----------------------------------------------------------------------------------


def recompute_context(request: HttpRequest, standing: Standing) -> dict[str, Any]:
    """`recompute` as the templates know it: the button, or the progress of the run under way."""
    run = standing.under_way
    return {
        "may": may(request.user, "C", "kpi-runs"),
        "progress": progress_of(run) if run else None,
        "next": request.get_full_path(),
    }


def progress_of(run: Run) -> dict[str, Any]:
    """A run under way for components/progress.html; the address says what the page shows now."""
    percent = round(run.progress * 100) if run.state == RunState.RUNNING else None
    seen = "" if percent is None else percent
    return {
        "id": "run-progress",
        "label": _("Recomputing the KPIs"),
        "percent": percent,
        "text": _("waiting for a worker") if percent is None else f"{format_number(percent)}%",
        "tone": "",
        "poll_url": f"{reverse('kpi-progress', args=[run.pk])}?seen={seen}",
    }
