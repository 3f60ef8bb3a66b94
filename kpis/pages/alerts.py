"""What the owners of targets are told: KPIs whose status turned with the last published month."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from ..definitions import Kpi
from ..figures import settle_days
from ..judging import status, worth
from ..periods import Period
from .address import Address
from .overview import Overview
from .topics import page_of
from .wording import COLOURS, period_name, write


def alerts_of(overview: Overview, user: Any, address: Address) -> list[dict[str, Any]]:
    """One alert for each KPI whose target as a whole the user owns and whose status turned.

    Compared are the last two published months of the overview; what is not judged turns nothing.
    """
    found = []
    for kpi in overview.kpis:
        if not is_owner(overview, kpi, user):
            continue
        last_two = list(islice(statuses(overview, kpi), 2))
        if len(last_two) == 2 and last_two[0][1] != last_two[1][1]:
            found.append(_alert(overview, kpi, last_two[1], last_two[0], address))
    return found


def is_owner(overview: Overview, kpi: Kpi, user: Any) -> bool:
    """Whether a target of the whole KPI is the user's."""
    return any(
        one.kpi == kpi.key and not one.dimension and one.goal.owner_id == user.pk
        for one in overview.goals
    )


def statuses(overview: Overview, kpi: Kpi) -> Iterator[tuple[Period, str]]:
    """The published months of the overview that are judged, the latest first, and their status."""
    for month in reversed(overview.trend_months):
        period = Period("month", month)
        if overview.run.date <= period.settled_after(settle_days(kpi)):
            continue
        value = worth(kpi, overview.of_month(kpi, month))
        marks = overview.targets[kpi.key].marks(period, overview.run.date)
        found = status(kpi, value, marks, provisional=False)
        if found in COLOURS:
            yield period, found


def _alert(
    overview: Overview,
    kpi: Kpi,
    before: tuple[Period, str],
    after: tuple[Period, str],
    address: Address,
) -> dict[str, Any]:
    label, tone, icon = COLOURS[after[1]]
    value = worth(kpi, overview.of_month(kpi, after[0].first)).value
    note = _("%(value)s; in %(period)s it was: %(status)s")
    return {
        "text": _("%(kpi)s: %(status)s, %(period)s")
        % {"kpi": kpi.name, "status": label, "period": period_name(after[0])},
        "url": address.other(page_of(kpi), period=after[0]),
        "note": note
        % {
            "value": write(kpi, value),
            "period": period_name(before[0]),
            "status": COLOURS[before[1]][0],
        },
        "tone": tone,
        "icon": icon,
    }
