"""Figures, states and members in words."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from brm.core import formatting
from customers.models.agreement import TerminationReason
from customers.models.customer import CustomerKind

from ..definitions import DIMENSIONS, Kpi
from ..figures import UNATTRIBUTED, Figure
from ..models.contribution import SCALE
from ..periods import Period

STATES = {
    "no_data": gettext_lazy("No data"),
    "insufficient": gettext_lazy("Too few to tell"),
    "not_applicable": gettext_lazy("Not begun yet"),
}
COLOURS = {
    "green": (gettext_lazy("On target"), "good", "circle-check"),
    "amber": (gettext_lazy("Near target"), "warn", "triangle-alert"),
    "red": (gettext_lazy("Off target"), "bad", "circle-alert"),
}
MEMBER_TEXTS = {
    "kind": dict(CustomerKind.choices),
    "reason": {"expired": gettext_lazy("Expired"), **dict(TerminationReason.choices)},
}


def decimal(value: Fraction | int) -> Decimal:
    """An exact value as a decimal, for writing."""
    value = Fraction(value)
    return Decimal(value.numerator) / Decimal(value.denominator)


def write(kpi: Kpi, value: Fraction | float | None, *, places: int | None = None) -> str:
    """A value of a KPI in its unit; money in whole units unless `places` says more."""
    if value is None:
        return ""
    exact = Decimal(repr(value)) if isinstance(value, float) else decimal(value)
    if kpi.is_ratio:
        return formatting.format_percent(exact, 1 if places is None else places)
    if kpi.is_money:
        return formatting.format_money(exact, settings.BRM.base_currency, places or 0)
    return formatting.format_number(exact)


def write_amount(kpi: Kpi, numerator: int | None) -> str:
    """A ledger integer: money to the cent, all else as a number."""
    if numerator is None:
        return ""
    value = decimal(Fraction(numerator, SCALE))
    if kpi.is_money:
        return formatting.format_money(value, settings.BRM.base_currency)
    return formatting.format_number(value.normalize() if value else value)


def write_difference(kpi: Kpi, difference: Fraction | None) -> str:
    """A signed difference of two values of a KPI."""
    if difference is None:
        return ""
    if kpi.is_ratio:
        points = formatting.format_signed(decimal(difference), 1)
        return _("%(points)s pp") % {"points": points}
    if kpi.is_money:
        sign = {True: "+", False: "−"}[difference > 0] if difference else ""
        return sign + write(kpi, abs(difference))
    return formatting.format_signed(decimal(difference), 0)


def write_interval(kpi: Kpi, interval: tuple[float, float] | None) -> str:
    """Both bounds of an interval."""
    if interval is None:
        return ""
    low, high = (write(kpi, round(bound, 6)) for bound in interval)
    return f"{low.rstrip('%')}–{high}"


def write_target(kpi: Kpi, figure: Figure) -> str:
    """The target with its direction: "≥ 10", "≤ €250,000", "3 ± 1"."""
    if figure.marks is None:
        return ""
    target = write(kpi, figure.marks.target)
    if kpi.direction == "band":
        return f"{target} ± {write(kpi, figure.marks.amber)}"
    return ("≥ " if kpi.direction == "up" else "≤ ") + target


def status_of(figure: Figure) -> dict[str, str]:
    """The status as a badge: label, tone, icon. Grey says why."""
    if figure.status in COLOURS:
        label, tone, icon = COLOURS[figure.status]
        return {"label": str(label), "tone": tone, "icon": icon}
    return {"label": _grey(figure), "tone": "", "icon": "circle-dashed"}


def _grey(figure: Figure) -> str:
    if figure.worth.value is None:
        return str(STATES.get(figure.worth.state, ""))
    if figure.marks is None:
        return _("No target")
    return _("Provisional") if figure.provisional else _("Indicative")


def period_name(period: Period) -> str:
    """ "Oct 2026", "Q3 2026", "2026"; fiscal years that span two say so."""
    written = str(period)
    if period.grain == "month":
        return formatting.format_month(period.starts_on)
    year = written[:4]
    if settings.BRM.fiscal_year_start != 1:
        year = f"{year}/{(int(year) + 1) % 100:02d}"
    if period.grain == "year":
        return year
    return pgettext("quarter of a year", "Q%(quarter)s %(year)s") % {
        "quarter": written[-1],
        "year": year,
    }


def short_period_name(period: Period) -> str:
    """For an axis."""
    if period.grain == "month":
        return formatting.format_short_month(period.starts_on)
    return period_name(period)


def dimension_name(key: str) -> str:
    """A dimension as a heading."""
    name = str(DIMENSIONS[key].name)
    return name[:1].upper() + name[1:]


def member_text(dimension: str, name: str) -> str:
    """A member as people call it."""
    if name == UNATTRIBUTED:
        return _("Unattributed")
    return str(MEMBER_TEXTS.get(dimension, {}).get(name, name))


def measure(kpi: Kpi) -> str:
    """What the numerators of a KPI are."""
    return _("Amount") if kpi.is_money else _("Counts")


def writer(kpi: Kpi) -> Callable[[Any], str]:
    """`write` for a chart's table."""
    return lambda value: write(kpi, value)


def tick_writer(kpi: Kpi) -> Callable[[Any], str]:
    """Short values for a chart's upright axis."""
    if kpi.is_ratio:
        return lambda value: formatting.format_percent(value, 0)
    return lambda value: formatting.format_compact(value, 1)


def day_of(value: date) -> str:
    """A date in words."""
    return formatting.format_date(value)
