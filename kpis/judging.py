"""What a figure is worth: its state, its interval, its target and its colour (rules 3, 4 and 7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import sqrt

from django.db.models import Q

from .definitions import Kpi
from .models import KpiTargetVersion
from .models.contribution import SCALE
from .periods import Period, month_text
from .sums import Sums

Z = 1.959964
LEAST = 5  # contributions below which a ratio has no value
COLOURED_FROM = 20  # and below which it is indicative: shown, but not judged


@dataclass(frozen=True)
class Worth:
    """The value of sums (exact; a percentage for ratios), its state, n and interval."""

    value: Fraction | None
    state: str
    n: int
    interval: tuple[float, float] | None = None
    indicative: bool = False


def worth(kpi: Kpi, sums: Sums) -> Worth:
    """What sums of a period that has begun are worth."""
    if kpi.is_ratio:
        return _ratio(kpi, sums)
    value = Fraction(sums.numerator, SCALE)
    return Worth(value, "value" if value else "zero", sums.nonzero)


def _ratio(kpi: Kpi, sums: Sums) -> Worth:
    n = sums.row_count
    if n == 0:
        return Worth(None, "no_data", 0)
    interval = wilson(sums.numerator, sums.denominator) if kpi.wilson else None
    if n < LEAST:
        return Worth(None, "insufficient", n, interval)
    value = Fraction(100 * sums.numerator, sums.denominator)
    return Worth(value, "value" if value else "zero", n, interval, kpi.wilson and n < COLOURED_FROM)


def wilson(numerator: int, denominator: int) -> tuple[float, float]:
    """The Wilson 95 % interval of a share, in percent; both in ledger integers."""
    n, share = denominator / SCALE, numerator / denominator
    scale = 1 + Z * Z / n
    centre = (share + Z * Z / (2 * n)) / scale
    half = Z / scale * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, 100 * (centre - half)), min(100.0, 100 * (centre + half))


@dataclass(frozen=True)
class Marks:
    """Target, amber and red of a period."""

    target: Fraction
    amber: Fraction
    red: Fraction

    def __add__(self, other: "Marks") -> "Marks":
        return Marks(self.target + other.target, self.amber + other.amber, self.red + other.red)


class Targets:
    """The targets of a KPI as they stood at an instant (None: as they stand)."""

    def __init__(self, kpi: Kpi, at: datetime | None) -> None:
        self.kpi = kpi
        in_force = Q(retracted_at=None)
        if at is not None:
            in_force = Q(recorded_at__lte=at) & (in_force | Q(retracted_at__gt=at))
        self.found: dict[tuple[str, str], dict[str, KpiTargetVersion]] = {}
        for goal in KpiTargetVersion.objects.filter(in_force, kpi=kpi.key).order_by("month"):
            self.found.setdefault((goal.dimension, goal.member), {})[goal.month] = goal

    def marks(
        self, period: Period, on: date, dimension: str | None = None, member: str | None = None
    ) -> Marks | None:
        """Target, amber and red of a period, judged on a day; None when a month lacks them."""
        months: Iterable[int] = period.months
        if self.kpi.is_ratio or self.kpi.is_stock:
            months = [period.last_begun(on) or period.first]
        of_months = [self._of_month(month, dimension or "", member or "") for month in months]
        if None in of_months:
            return None
        first, *others = of_months
        return sum(others, start=first)

    def _of_month(self, month: int, dimension: str, member: str) -> Marks | None:
        """The member's latest one that has begun, else the whole's."""
        for place in ((dimension, member), ("", "")):
            begun = [name for name in self.found.get(place, {}) if name <= month_text(month)]
            if begun:
                return self._with_defaults(self.found[place][max(begun)])
        return None

    def _with_defaults(self, goal: KpiTargetVersion) -> Marks:
        target = Fraction(goal.target)
        best = Fraction(0) if self.kpi.direction == "band" else target
        amber = best if goal.amber is None else Fraction(goal.amber)
        return Marks(target, amber, amber if goal.red is None else Fraction(goal.red))


def status(kpi: Kpi, found: Worth, marks: Marks | None, *, provisional: bool) -> str:
    """green, amber or red; grey without value or target, provisional or indicative."""
    if marks is None or found.value is None or provisional or found.indicative:
        return "grey"
    value, amber, red = found.value, marks.amber, marks.red
    if kpi.direction == "band":
        value = abs(value - marks.target)
    elif kpi.direction == "up":
        value, amber, red = -value, -amber, -red
    if value > red:
        return "red"
    return "amber" if value > amber else "green"
