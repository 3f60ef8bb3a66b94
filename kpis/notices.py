"""What the KPIs tell people: targets that turned, a recompute that ended, the scorecard by mail."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brm.core.formatting import format_month
from brm.core.models import Job
from brm.core.roles import may
from brm.notifications.kinds import Kind, Section, Wording, register_kind
from brm.notifications.long_work import tell_when_finished
from brm.notifications.models import Channel
from brm.notifications.schedule import SCORECARD

from .actions import JOB
from .definitions import find
from .engine import latest_run
from .models import Run, RunState
from .pages.overview import Line, Overview
from .pages.topics import TOPICS
from .pages.wording import COLOURS, STATES, write
from .periods import Period, month_of, shifted
from .turns import TURNED

RECOMPUTED = "recompute"


def month_name(month: int) -> str:
    """A month in the reader's language."""
    return format_month(date(month // 100, month % 100, 1))


def write_turn(data: dict[str, Any]) -> Wording:
    """Complaints: Off target, Mar 2025."""
    kpi = find(data["kpi"])
    label, tone, icon = COLOURS[data["status"]]
    name = f"{kpi.name} ({data['member']})" if data["member"] else str(kpi.name)
    values = {
        "value": write(kpi, Fraction(str(data["value"]))),
        "month": month_name(data["month"]),
        "before": COLOURS[data["before"]][0],
    }
    text = _("%(value)s in %(month)s; before that it was: %(before)s.") % values
    if data["restated"]:
        text += " " + _("Late entries restated the month.")
    return Wording(f"{name}: {label}", text, tone, icon)


register_kind(
    Kind(
        key=TURNED,
        label=gettext_lazy("The status of a target of mine turned"),
        why=gettext_lazy("You own this target."),
        write=write_turn,
    )
)


# --- Recompute -----------------------------------------------------------------------------------


def describe_run(job: Job) -> dict[str, Any] | None:
    """What to tell whoever started a run by hand."""
    run = Run.objects.filter(pk=job.payload.get("run")).first()
    if run is None or run.requested_by_id is None or not run.is_finished:
        return None
    return {
        "recipients": [run.requested_by_id],
        "key": str(run.pk),
        "data": {"failed": run.state == RunState.FAILED},
        "resource": "kpis",
        "url": reverse("kpi-runs"),
    }


def write_run(data: dict[str, Any]) -> Wording:
    """The KPIs were recomputed."""
    if data["failed"]:
        return Wording(_("The recompute of the KPIs failed"), "", "bad", "circle-alert")
    return Wording(_("The KPIs were recomputed"), "", "good", "circle-check")


register_kind(
    Kind(
        key=RECOMPUTED,
        label=gettext_lazy("A recompute that I started has ended"),
        why=gettext_lazy("You started this recompute."),
        write=write_run,
        channel=Channel.APP,
    )
)
tell_when_finished(JOB, RECOMPUTED, describe_run)


# --- The scorecard by mail -----------------------------------------------------------------------


def write_scorecard(data: dict[str, Any]) -> Wording:
    """Your KPI scorecard."""
    return Wording(_("Your KPI scorecard"), "", "info", "gauge")


def enclose_scorecard(user: Any) -> Sequence[Section]:
    """The last complete month by topic, as the last run left it, for the mail alone."""
    run = latest_run()
    if run is None or not may(user, "V", "kpis"):
        return ()
    month = shifted(month_of(run.date), -1)
    overview = Overview(run, Period("month", month), at=None, published=False)
    lines = {line.kpi.key: line for line in overview.lines()}
    return [
        Section(
            f"{topic.title}, {month_name(month)}",
            [_row(lines[key]) for key in topic.keys],
        )
        for topic in TOPICS
    ]


def _row(line: Line) -> tuple[str, str, str]:
    worth = line.figure.worth
    value = write(line.kpi, worth.value) or str(STATES.get(worth.state, ""))
    remarks = []
    if line.figure.status in COLOURS:
        remarks.append(str(COLOURS[line.figure.status][0]))
    if line.before.value is not None:
        remarks.append(_("month before: %(value)s") % {"value": write(line.kpi, line.before.value)})
    return str(line.kpi.name), value, "; ".join(remarks)


register_kind(
    Kind(
        key=SCORECARD,
        label=gettext_lazy("KPI scorecard by mail"),
        why=gettext_lazy("You ordered the scorecard by mail."),
        write=write_scorecard,
        enclose=enclose_scorecard,
        by_schedule=True,
        url_name="kpi-scorecard",
    )
)
