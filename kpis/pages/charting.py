"""The chart of a KPI: 24 months of figures with targets, and what may be called a trend."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from django.utils.translation import gettext as _

from brm.core.charts import Series, bar_chart, line_chart

from ..definitions import Kpi
from ..figures import Figure
from ..models import Run
from ..periods import Period, month_of, shifted
from .controls import GRAIN_NAMES
from .question import Question
from .wording import period_name, short_period_name, tick_writer, write, writer

MONTHS = 24
ROOM = 8  # labels that an axis has room for, as brm.core.charts counts


def chart_months(period: Period, run: Run) -> tuple[int, int]:
    """First and last month of the chart: the latest 24, or those up to an older period."""
    end = month_of(run.date)
    if period.first < shifted(end, 1 - MONTHS):
        end = period.months[-1]
    return shifted(end, 1 - MONTHS), end


def chart_context(question: Question) -> dict[str, Any]:
    """`chart` as kpis/kpi.html takes it."""
    shown = [one for one in question.chart if one.worth.state != "not_applicable"]
    kpi = question.kpi
    draw = draw_line if kpi.is_ratio or kpi.is_stock else draw_bars
    return {
        "title": _("The last 24 months"),
        "axis_label": str(GRAIN_NAMES[question.period.grain]),
        "band_label": _("95% interval"),
        "drawing": draw(kpi, shown),
        "trend": trend_context(kpi, shown),
    }


def _common(kpi: Kpi, shown: Sequence[Figure]) -> dict[str, Any]:
    return {
        "write": writer(kpi),
        "write_tick": tick_writer(kpi),
        "short_labels": axis_labels([one.period for one in shown]),
        "targets": [one.marks.target if one.marks else None for one in shown],
        "target_label": _("Target"),
    }


def axis_labels(periods: Sequence[Period]) -> list[str]:
    """Short names; of months the first one shown of a year carries the year."""
    every = max(1, math.ceil(len(periods) / ROOM))
    labels, told = [], 0
    for i, period in enumerate(periods):
        is_shown = (len(periods) - 1 - i) % every == 0
        year = period.starts_on.year
        labels.append(period_name(period) if year != told else short_period_name(period))
        told = year if is_shown else told
    return labels


def draw_bars(kpi: Kpi, shown: Sequence[Figure]) -> Any:
    """Counts and money: a bar each."""
    return bar_chart(
        [period_name(one.period) for one in shown],
        [one.worth.value for one in shown],
        label=str(kpi.name),
        provisional=open_end(shown),
        **_common(kpi, shown),
    )


def draw_line(kpi: Kpi, shown: Sequence[Figure]) -> Any:
    """Ratios with their interval, stocks."""
    line = Series(
        str(kpi.name),
        [one.worth.value for one in shown],
        [one.worth.interval for one in shown] if kpi.wilson else (),
        provisional=open_end(shown),
    )
    return line_chart(
        [period_name(one.period) for one in shown],
        [line],
        interval_label=_("95% interval"),
        from_zero=not kpi.is_ratio,
        ceiling=100 if kpi.is_ratio else None,
        **_common(kpi, shown),
    )


def open_end(shown: Sequence[Figure]) -> int:
    """How many figures at the end are provisional."""
    settled = [i for i, one in enumerate(shown) if not one.provisional]
    return len(shown) - 1 - settled[-1] if settled else len(shown)


# --- Trend (control limits) ----------------------------------------------------------------------

LEAST, RUN_LENGTH, SIGMAS = 5, 7, 3
D2 = 1.128  # mean moving range of two normal values, in sigmas


@dataclass(frozen=True)
class Limits:
    """The control limits of an individuals chart."""

    mean: float
    low: float
    high: float


def limits(values: Sequence[float]) -> Limits | None:
    """Mean ± 3 σ, σ from the mean moving range; None under five points."""
    if len(values) < LEAST:
        return None
    mean = fmean(values)
    ranges = [abs(b - a) for a, b in zip(values, values[1:], strict=False)]
    spread = SIGMAS * fmean(ranges) / D2
    return Limits(mean, mean - spread, mean + spread)


def signal(values: Sequence[float]) -> str | None:
    """`above` or `below` (the last point is beyond 3 σ), `higher` or `lower` (the last seven lie on
    one side of the mean), else None."""
    found = limits(values)
    if found is None:
        return None
    last = values[-1]
    if last > found.high or last < found.low:
        return "above" if last > found.high else "below"
    recent = values[-RUN_LENGTH:]
    if len(recent) == RUN_LENGTH:
        if all(value > found.mean for value in recent):
            return "higher"
        if all(value < found.mean for value in recent):
            return "lower"
    return None


def is_outside(figure: Figure, found: Limits) -> bool:
    """Whether a figure lies beyond the control limits."""
    return not found.low <= float(figure.worth.value) <= found.high


def trend_context(kpi: Kpi, shown: Sequence[Figure]) -> dict[str, str]:
    """What may be said about a trend in the settled figures."""
    settled = [one for one in shown if not one.provisional and one.worth.value is not None]
    values = [float(one.worth.value) for one in settled]
    found, told = limits(values), signal(values)
    if found is None:
        text = _("Fewer than five settled figures: too few to speak of a trend.")
        return {"icon": "minus", "text": text}
    words = {
        "above": _("%(period)s lies above the control limits: more than chance."),
        "below": _("%(period)s lies below the control limits: more than chance."),
        "higher": _("A trend: the last seven settled figures lie above the mean of %(mean)s."),
        "lower": _("A trend: the last seven settled figures lie below the mean of %(mean)s."),
        None: _("No trend: the settled figures vary by chance between %(low)s and %(high)s."),
    }
    outside = [period_name(one.period) for one in settled if is_outside(one, found)]
    if told is None and outside:
        words[None] = _("No trend now. More than chance, outside %(low)s to %(high)s: %(outside)s.")
    bottom = 0.0 if min(values) >= 0 else found.low
    top = min(found.high, 100.0) if kpi.is_ratio else found.high
    icons = {"above": "trending-up", "higher": "trending-up", None: "minus"}
    return {
        "icon": icons.get(told, "trending-down"),
        "text": words[told]
        % {
            "period": period_name(settled[-1].period),
            "outside": ", ".join(outside),
            "mean": _about(kpi, found.mean),
            "low": _about(kpi, max(found.low, bottom)),
            "high": _about(kpi, top),
        },
    }


def _about(kpi: Kpi, value: float) -> str:
    return write(kpi, round(value, 1))
