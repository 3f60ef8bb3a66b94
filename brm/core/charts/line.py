"""A line chart over months: up to three series, an interval band, targets that may change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .paths import Point, area, band, runs, smooth
from .scale import BOX, Figure, Tick, nice_scale, percent, x_ticks
from .targets import target_path

Interval = tuple[Figure, Figure]


@dataclass(frozen=True)
class Series:
    """One line: `values` has one figure per label, None where there is none.

    `intervals` are the bounds of each figure (low, high) or None; the last `provisional` figures
    may still change and are drawn dotted.
    """

    label: str
    values: Sequence[Figure | None]
    intervals: Sequence[Interval | None] = ()
    provisional: int = 0


@dataclass(frozen=True)
class Dot:
    """A mark on a figure, in percent of the plot; `hollow` when the figure may still change."""

    x: str
    y: str
    hollow: bool = False


@dataclass(frozen=True)
class Line:
    """The shapes of one series; `number` (1–3) chooses colour and dash."""

    number: int
    label: str
    path: str
    provisional: str
    area: str
    band: str
    dots: list[Dot]


@dataclass(frozen=True)
class LineChart:
    """What components/chart.html needs; `columns` and `rows` are the same figures as a table."""

    lines: list[Line]
    target: str
    target_label: str
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    zero: str
    points: list[list[float | None]]
    columns: list[str]
    rows: list[tuple[str, list[str]]]
    kind: str = "line"

    @property
    def is_empty(self) -> bool:
        """True when no series has any figure."""
        return not any(line.path or line.provisional or line.dots for line in self.lines)

    @property
    def has_band(self) -> bool:
        """True when some series shows an interval."""
        return any(line.band for line in self.lines)


def line_chart(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    write: Callable[[Figure], str],
    write_tick: Callable[[Figure], str] | None = None,
    short_labels: Sequence[str] = (),
    targets: Sequence[Figure | None] = (),
    target_label: str = "",
    interval_label: str = "",
    from_zero: bool = True,
    ceiling: float | None = None,
) -> LineChart:
    """The geometry of a line chart.

    `write` turns a figure into text for the table and the readout, `write_tick` for the upright
    axis (default: the same); `short_labels` are shorter texts for the other axis. `targets` has one
    figure per label, or is empty. Raises ValueError for more than three series or lengths that
    differ from the labels'.
    """
    _check(labels, series, targets)
    figures = [v for s in series for v in (*s.values, *(b for i in s.intervals if i for b in i))]
    scale = nice_scale([*figures, *targets], from_zero=from_zero, ceiling=ceiling)
    xs = [BOX * i / max(len(labels) - 1, 1) for i in range(len(labels))]
    if len(labels) == 1:
        xs = [BOX / 2]
    base = scale.y(max(scale.low, min(0.0, scale.high)))
    lines = [
        _line(number, s, xs, scale.y, base if from_zero and len(series) == 1 else None)
        for number, s in enumerate(series, start=1)
    ]
    columns, rows = _table(labels, series, targets, target_label, interval_label, write)
    first = series[0].values if series else []
    return LineChart(
        lines=lines,
        target=target_path(xs, [None if t is None else scale.y(t) for t in targets]),
        target_label=target_label,
        y_ticks=scale.ticks(write_tick or write),
        x_ticks=x_ticks(short_labels or labels, xs),
        zero=percent(base),
        points=[
            [round(x / 10, 2), None if v is None else round(scale.y(v) / 10, 2)]
            for x, v in zip(xs, first, strict=True)
        ],
        columns=columns,
        rows=rows,
    )


def _check(labels: Sequence[str], series: Sequence[Series], targets: Sequence) -> None:
    if not 1 <= len(series) <= 3:
        raise ValueError("a line chart shows one to three series")
    lengths = {len(s.values) for s in series} | {len(s.intervals) for s in series if s.intervals}
    if targets:
        lengths.add(len(targets))
    if lengths != {len(labels)}:
        raise ValueError("one figure for each label")


def _line(number: int, series: Series, xs: list[float], y: Callable, base: float | None) -> Line:
    points = [None if v is None else (x, y(v)) for x, v in zip(xs, series.values, strict=True)]
    settled = len(points) - series.provisional
    firm = [run for run in runs(points[:settled]) if len(run) > 1]
    # The dotted end starts at the last settled figure, so that the line has no gap.
    open_end = [run for run in runs(points[max(settled - 1, 0) :]) if len(run) > 1]
    paths = [smooth(run) for run in firm]
    return Line(
        number=number,
        label=series.label,
        path="".join(paths),
        provisional="".join(map(smooth, open_end)) if series.provisional else "",
        area="".join(area(p, run, base) for p, run in zip(paths, firm, strict=True))
        if base is not None and not series.intervals
        else "",
        band=_bands(series.intervals, xs, y),
        dots=_dots(points, settled),
    )


def _bands(intervals: Sequence[Interval | None], xs: list[float], y: Callable) -> str:
    places: list[Point | None] = [
        None if bounds is None else (i, 0.0) for i, bounds in enumerate(intervals)
    ]
    shapes = []
    for run in runs(places):
        indexes = [int(i) for i, _ in run]
        if len(indexes) > 1:
            lower = [(xs[i], y(intervals[i][0])) for i in indexes]
            upper = [(xs[i], y(intervals[i][1])) for i in indexes]
            shapes.append(band(lower, upper))
    return "".join(shapes)


def _dots(points: list[Point | None], settled: int) -> list[Dot]:
    """A dot on the last figure, on those that stand alone, and a hollow one on open figures."""
    known = [i for i, p in enumerate(points) if p is not None]
    alone = {
        i
        for i in known
        if not any(0 <= j < len(points) and points[j] is not None for j in (i - 1, i + 1))
    }
    marked = sorted(alone | set(known[-1:]) | {i for i in known if i >= settled})
    return [Dot(percent(points[i][0]), percent(points[i][1]), i >= settled) for i in marked]


def _table(labels, series, targets, target_label, interval_label, write):
    columns, cells = [], [[] for _ in labels]
    for s in series:
        columns.append(s.label)
        for row, value in zip(cells, s.values, strict=True):
            row.append("" if value is None else write(value))
        if any(s.intervals):
            columns.append(interval_label)
            for row, bounds in zip(cells, s.intervals, strict=True):
                row.append("–".join(map(write, bounds)) if bounds else "")
    if any(t is not None for t in targets):
        columns.append(target_label)
        for row, target in zip(cells, targets, strict=True):
            row.append("" if target is None else write(target))
    return columns, list(zip(labels, cells, strict=True))
