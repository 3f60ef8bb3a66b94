"""Figures from contributions: values, states, intervals, targets, status (rules 1, 3, 4, 5, 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt

from .company import Organisation
from .contribution import ZERO, Contribution
from .periods import bounds, first_day, grain_of, last_day, months_of

Z = 1.959964
LEAST = 5
COLOURED_FROM = 20


@dataclass(frozen=True, slots=True)
class Kpi:
    """What the table of kpis.md says of a KPI; `settle` None means the grace period."""

    unit: str  # count, stock, money or ratio
    direction: str  # up, down or band
    dimensions: tuple[str, ...]
    settle: int | None = 5
    wilson: bool = False


_CUSTOMER = ("segment", "region", "manager", "kind")
_COMPLAINT = ("customer", "service", "segment", "region", "manager", "channel")
_LINE = ("service", "cost_type", "owner")
_SATISFACTION = ("service", "customer", "segment", "region", "manager")

KPIS = {
    "new_customers": Kpi("count", "up", _CUSTOMER, None),
    "returned_customers": Kpi("count", "up", _CUSTOMER, None),
    "lost_customers": Kpi("count", "down", (*_CUSTOMER, "reason"), None),
    "active_customers": Kpi("stock", "up", _CUSTOMER, None),
    "budget_overruns": Kpi("count", "down", _LINE),
    "budget_overrun_amount": Kpi("money", "down", _LINE),
    "complaints": Kpi("count", "down", _COMPLAINT),
    "complaints_withdrawn": Kpi("count", "down", _COMPLAINT),
    "complaints_upheld": Kpi("count", "down", _COMPLAINT),
    "complaints_acknowledged_in_time": Kpi("ratio", "up", _COMPLAINT, wilson=True),
    "surveys_completed": Kpi("count", "up", ("service", "segment", "region", "manager")),
    "surveys_closed": Kpi("count", "up", ("service",)),
    "survey_response_rate": Kpi("ratio", "up", ("service", "segment"), 30, wilson=True),
    "service_satisfaction": Kpi("ratio", "up", _SATISFACTION, wilson=True),
    "satisfaction_score": Kpi("ratio", "up", _SATISFACTION),
    "cost_optimisations": Kpi("count", "up", ("service", "owner")),
    "cost_savings_verified": Kpi("money", "up", ("service", "owner")),
    "strategic_initiatives": Kpi("count", "band", ("objective", "owner")),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a period (and member); `interval` in percent; `indicative` ones are grey."""

    value: Decimal | None
    numerator: Decimal
    denominator: Decimal | None
    n: int
    state: str
    interval: tuple[float, float] | None = None
    indicative: bool = False


def rows(
    contributions: Iterable[Contribution],
    kpi: str,
    period: str,
    *,
    today: date,
    dimension: str | None = None,
    member: str | None = None,
    fiscal_year_start: int = 1,
) -> list[Contribution]:
    """The contributions behind a figure.

    A stock's quarter or year has those of its last month that has begun.
    """
    start, end = bounds(period, fiscal_year_start)
    if KPIS[kpi].unit == "stock":
        month = last_begun(period, today, fiscal_year_start)
        if month is None:
            return []
        start, end = bounds(month)
    return [
        one
        for one in contributions
        if one.kpi == kpi
        and start <= one.occurred_on < end
        and (dimension is None or one.dims[dimension] == member)
    ]


def figure(
    contributions: Iterable[Contribution],
    kpi: str,
    period: str,
    grain: str | None = None,
    dimension: str | None = None,
    member: str | None = None,
    *,
    today: date,
    fiscal_year_start: int = 1,
) -> Figure:
    """The figure of a period on a run's date; ValueError for a grain that is not the period's."""
    if grain not in (None, grain_of(period)):
        raise ValueError(f"{period} is not a {grain}")
    declared = KPIS[kpi]
    ratio = declared.unit == "ratio"
    if bounds(period, fiscal_year_start)[0] > today:
        return Figure(None, ZERO, ZERO if ratio else None, 0, "not_applicable")
    found = rows(
        contributions,
        kpi,
        period,
        today=today,
        dimension=dimension,
        member=member,
        fiscal_year_start=fiscal_year_start,
    )
    numerator = sum((one.numerator for one in found), ZERO)
    if ratio:
        return _ratio(declared, found, numerator)
    n = sum(1 for one in found if one.numerator != 0)
    return Figure(numerator, numerator, None, n, "value" if numerator else "zero")


def _ratio(declared: Kpi, found: list[Contribution], numerator: Decimal) -> Figure:
    """no_data without rows, insufficient under five rows, else a percentage 0–100, unrounded."""
    denominator, n = sum((one.denominator for one in found), ZERO), len(found)
    if n == 0:
        return Figure(None, numerator, denominator, 0, "no_data")
    interval = wilson(numerator, denominator) if declared.wilson else None
    if n < LEAST:
        return Figure(None, numerator, denominator, n, "insufficient", interval)
    value = 100 * numerator / denominator
    indicative = declared.wilson and n < COLOURED_FROM
    return Figure(
        value, numerator, denominator, n, "value" if numerator else "zero", interval, indicative
    )


def wilson(numerator: Decimal, denominator: Decimal) -> tuple[float, float]:
    """The Wilson 95 % interval of a share, in percent."""
    n, share = float(denominator), float(numerator) / float(denominator)
    scale = 1 + Z * Z / n
    centre = (share + Z * Z / (2 * n)) / scale
    half = Z / scale * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, 100 * (centre - half)), min(100.0, 100 * (centre + half))


def members(
    contributions: Iterable[Contribution],
    kpi: str,
    period: str,
    dimension: str,
    *,
    today: date,
    fiscal_year_start: int = 1,
) -> list[str]:
    """The members of a dimension that have contributions in a period, sorted."""
    found = rows(contributions, kpi, period, today=today, fiscal_year_start=fiscal_year_start)
    return sorted({one.dims[dimension] for one in found})


def last_begun(period: str, today: date, fiscal_year_start: int = 1) -> str | None:
    """The last month of a period that has begun by a date; None for a future period."""
    begun = [month for month in months_of(period, fiscal_year_start) if first_day(month) <= today]
    return begun[-1] if begun else None


def settles_on(kpi: str, period: str, organisation: Organisation) -> date:
    """The last date on which the period is provisional: its last day + settle days (rule 5)."""
    settle = KPIS[kpi].settle
    days = organisation.grace_days if settle is None else settle
    end = months_of(period, organisation.fiscal_year_start)[-1]
    return last_day(end) + timedelta(days=days)


def provisional(kpi: str, period: str, run_date: date, organisation: Organisation) -> bool:
    """Whether the figure of a period is still provisional at a run's date."""
    return run_date <= settles_on(kpi, period, organisation)


def published_by(
    kpi: str, period: str, run_dates: Sequence[date], organisation: Organisation
) -> int | None:
    """The index of the run (dates in order) whose figure is the published one; None before it."""
    for index, run_date in enumerate(run_dates):
        if not provisional(kpi, period, run_date, organisation):
            return index
    return None


@dataclass(frozen=True, slots=True)
class Target:
    """A target from a month on; amber defaults to the target (band: no distance), red to amber."""

    kpi: str
    from_month: str
    target: Decimal
    amber: Decimal | None = None
    red: Decimal | None = None
    dimension: str | None = None
    member: str | None = None

    def marks(self) -> tuple[Decimal, Decimal, Decimal]:
        """Target, amber and red with their defaults."""
        default = ZERO if KPIS[self.kpi].direction == "band" else self.target
        amber = default if self.amber is None else self.amber
        return self.target, amber, amber if self.red is None else self.red


def month_target(
    targets: Iterable[Target],
    kpi: str,
    month: str,
    dimension: str | None = None,
    member: str | None = None,
) -> Target | None:
    """The target in force in a month: the member's latest, else the whole's latest."""
    begun = [one for one in targets if one.kpi == kpi and one.from_month <= month]
    own = [one for one in begun if (one.dimension, one.member) == (dimension, member)]
    whole = [one for one in begun if one.dimension is None]
    return max(own or whole, key=lambda one: one.from_month, default=None)


def period_marks(
    targets: Sequence[Target],
    kpi: str,
    period: str,
    *,
    today: date,
    dimension: str | None = None,
    member: str | None = None,
    fiscal_year_start: int = 1,
) -> tuple[Decimal, Decimal, Decimal] | None:
    """Target, amber and red of a period.

    Counts and money: the sums of its months, None where a month has none. Ratios and stocks:
    those of its last begun month (its first month for a future period).
    """
    months = months_of(period, fiscal_year_start)
    if KPIS[kpi].unit in ("ratio", "stock"):
        months = [last_begun(period, today, fiscal_year_start) or months[0]]
    found = [month_target(targets, kpi, month, dimension, member) for month in months]
    if None in found:
        return None
    target, amber, red = (
        sum(marks, ZERO) for marks in zip(*(one.marks() for one in found), strict=True)
    )
    return target, amber, red


def status(
    kpi: str, shown: Figure, marks: tuple[Decimal, Decimal, Decimal] | None, is_provisional: bool
) -> str:
    """green, amber or red; grey without value or target, provisional or indicative (rule 7)."""
    if marks is None or shown.value is None or is_provisional or shown.indicative:
        return "grey"
    target, amber, red = marks
    direction = KPIS[kpi].direction
    off = {"up": -shown.value, "down": shown.value, "band": abs(shown.value - target)}[direction]
    sign = -1 if direction == "up" else 1
    if off > sign * red:
        return "red"
    return "amber" if off > sign * amber else "green"
