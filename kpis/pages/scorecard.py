"""The scorecard and the start page.

Both keep what they drew: as long as run, targets, address, reader and language are the same, the
cards are (see `drawing_key`), and are neither read nor drawn again.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from brm.core.business_days import business_date
from brm.core.formatting import format_number

from ..definitions import HEADLINES, KPIS
from ..judging import Worth
from ..models import Contribution, KpiTarget, Run
from ..periods import Period, month_of, months_between
from ..sums import visible
from .address import Address
from .alerts import alerts_of
from .cards import card
from .controls import controls_context
from .overview import Line, Overview
from .topics import TOPICS, Topic, page_of

VOICE_DAYS = 90
VOICES = ("complaints", "complaints_withdrawn", "surveys_completed", "survey_response_rate")


def scorecard_context(address: Address, period: Period, run: Run, user: Any) -> dict[str, Any]:
    """The cards of all KPIs, by topic, and what turned."""
    overview = Overview(run, period, at=address.at)
    lines = {line.kpi.key: line for line in overview.lines()}
    silent = is_silent(lines["complaints"], overview)
    return {
        "controls": controls_context(address, period, run),
        "alerts": alerts_of(overview, user, address) if is_present(address) else [],
        "groups": [
            {
                "key": topic.key,
                "title": str(topic.title),
                "icon": topic.icon,
                "tally": tally(topic, lines, overview),
                "figures": [
                    card(lines[key], address_of(address), no_voice=silent and key == "complaints")
                    for key in topic.keys
                ],
            }
            for topic in TOPICS
        ],
    }


def home_context(address: Address, period: Period, run: Run, user: Any) -> dict[str, Any]:
    """The cards of the eight headlines, and what turned of all KPIs."""
    overview = Overview(run, period, at=address.at, published=False)
    lines = [line for line in overview.lines() if line.kpi.key in HEADLINES]
    complaints = next(line for line in lines if line.kpi.key == "complaints")
    silent = is_silent(complaints, overview)
    return {
        "alerts": alerts_of(overview, user, address) if is_present(address) else [],
        "figures": [
            card(line, address_of(address), no_voice=silent and line.kpi.key == "complaints")
            for line in lines
        ],
    }


def is_present(address: Address) -> bool:
    """Whether the address shows the latest figures: alerts are about these."""
    return address.at is None and not address.text("period")


def drawing_key(address: Address, period: Period, run: Run, user: Any) -> str:
    """All that the cards depend on, as a key for the template's cache. One statement."""
    targets = KpiTarget.everything.aggregate(Count("pk"), Sum("version"), Max("updated_at"))
    asked = (address.other(""), period, user.pk, get_language(), business_date(address.now))
    return "|".join(map(str, (run.pk, run.instant, targets, *asked)))


def later(build: Callable[..., dict[str, Any]], *given: Any) -> Any:
    """What `build` makes, only made when a template asks for it."""
    return SimpleLazyObject(lambda: build(*given))


def address_of(address: Address) -> Any:
    """From a KPI to its page, at the same period and instant."""
    return lambda kpi: address.other(page_of(kpi))


def is_silent(line: Line, overview: Overview) -> bool:
    """Whether complaints stand at zero without feedback of any kind in the last 90 days.

    The monthly sums tell it, but for the month in which the 90 days begin: one statement then.
    """
    if line.figure.worth.state != "zero":
        return False
    day = min(overview.run.date, overview.period.ends_on)
    first = day - timedelta(days=VOICE_DAYS - 1)
    voices = [kpi for kpi in KPIS if kpi.key in VOICES]
    edge = month_of(first)
    heard = {
        month
        for month in months_between(edge, month_of(day))
        if any(overview.of_month(kpi, month).nonzero for kpi in voices)
    }
    if heard != {edge}:
        return not heard
    return not Contribution.objects.filter(
        visible(overview.run) & ~Q(numerator=0),
        kpi__in=[kpi.code for kpi in voices],
        occurred_on__gte=first,
        occurred_on__lte=day,
    ).exists()


def tally(topic: Topic, lines: dict[str, Line], overview: Overview) -> str:
    """For customers the identity: start + new + returned − lost − left out = end."""
    if topic.key == "customers":
        return _identity(lines, overview)
    judged = [lines[key].figure.status for key in topic.keys]
    off = sum(status == "red" for status in judged)
    if not off:
        return ""
    text = ngettext("%(count)s off target", "%(count)s off target", off)
    return text % {"count": format_number(off)}


def _identity(lines: dict[str, Line], overview: Overview) -> str:
    def number(worth: Worth) -> int:
        return int(worth.value or 0)

    end, start = number(lines["active_customers"].figure.worth), _start(lines, overview)
    gained, returned = (
        number(lines[key].figure.worth) for key in ("new_customers", "returned_customers")
    )
    lost = lines["lost_customers"].figure
    left_out = lost.sums.row_count - lost.sums.nonzero
    parts = [
        _("%(count)s at the start") % {"count": format_number(start)},
        _("+ %(count)s new") % {"count": format_number(gained)},
        _("+ %(count)s returned") % {"count": format_number(returned)},
        _("− %(count)s lost") % {"count": format_number(number(lost.worth))},
    ]
    if left_out:
        parts.append(_("− %(count)s merged or moved") % {"count": format_number(left_out)})
    total = _("= %(count)s active") % {"count": format_number(end)}
    is_whole = start + gained + returned - number(lost.worth) - left_out == end
    return " ".join([*parts, total]) if is_whole else ""


def _start(lines: dict[str, Line], overview: Overview) -> int:
    return int(lines["active_customers"].before.value or 0)
