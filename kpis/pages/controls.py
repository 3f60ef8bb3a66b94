"""The bar above the figures: period, its length, and the instant of knowledge."""

from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brm.core.formatting import format_date, format_instant
from brm.core.instants import picker_value, write_instant

from ..models import Run
from ..periods import GRAINS, Period, month_of, period_of, shifted
from .address import Address
from .wording import period_name

GRAIN_NAMES = {
    "month": gettext_lazy("Month"),
    "quarter": gettext_lazy("Quarter"),
    "year": gettext_lazy("Year"),
}
MOMENTS = (0, 1, 2, 5, 11)  # ends of months before the present one, offered as instants


def controls_context(address: Address, period: Period, run: Run) -> dict[str, Any]:
    """`controls` as the templates know it."""
    today = run.date
    following = period_of(shifted(period.months[-1], 1), period.grain)
    return {
        "label": period_name(period),
        "previous_url": _to(address, period_of(shifted(period.first, -1), period.grain)),
        "next_url": _to(address, following) if following.starts_on <= today else None,
        "grains": [
            {
                "label": str(GRAIN_NAMES[grain]),
                "url": _to(address, _same_time(period, grain, month_of(today))),
                "current": grain == period.grain,
            }
            for grain in GRAINS
        ],
        "as_of_value": picker_value(address.at) if address.at else "",
        "as_of_text": _("As of %(instant)s") % {"instant": format_instant(address.at)}
        if address.at
        else _("As of now"),
        "as_of_is_past": address.at is not None,
        "kept": address.kept("as_of", "after"),
        "moments": moments(address, "as_of"),
        "now_url": address.link(as_of=None, after=None),
    }


def _to(address: Address, period: Period) -> str:
    return address.link(period=period, after=None)


def _same_time(period: Period, grain: str, month: int) -> Period:
    """The period of another grain at the end of this one, as far as time has come."""
    last = period.months[-1]
    if last >= month > period.first:
        last = max(shifted(month, -1), period.first)
    return period_of(last, grain)


def moments(address: Address, name: str) -> list[dict[str, str]]:
    """Links to the ends of some months, in the organisation's time zone."""
    found = []
    for back in MOMENTS:
        day = period_of(shifted(month_of(address.now.date()), -back), "month").starts_on
        last = day - timedelta(days=1)
        end = datetime.combine(last, time.max, settings.BRM.time_zone)
        url = address.link(**{name: write_instant(end), "after": None})
        found.append({"label": _("End of %(day)s") % {"day": format_date(last)}, "url": url})
    return found
