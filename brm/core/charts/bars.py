"""A bar chart over months: one figure each, above or below zero, with targets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .scale import BOX, Figure, Tick, nice_scale, percent, x_ticks
from .targets import target_path

# Of its slot a bar takes this share; the rest is air.
FILL = 0.62


@dataclass(frozen=True)
class Bar:
    """A rectangle in percent of the plot."""

    x: str
    y: str
    width: str
    height: str
    provisional: bool


@dataclass(frozen=True)
class BarChart:
    """What components/chart.html needs; `columns` and `rows` are the same figures as a table."""

    bars: list[Bar]
    label: str
    target: str
    target_label: str
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    zero: str
    points: list[list[float | None]]
    columns: list[str]
    rows: list[tuple[str, list[str]]]
    kind: str = "bar"
    has_band: bool = False

    @property
    def is_empty(self) -> bool:
        """True when there is no figure at all; a zero is a figure."""
        return all(y is None for _, y in self.points)


def bar_chart(
    labels: Sequence[str],
    values: Sequence[Figure | None],
    *,
    label: str,
    write: Callable[[Figure], str],
    write_tick: Callable[[Figure], str] | None = None,
    short_labels: Sequence[str] = (),
    targets: Sequence[Figure | None] = (),
    target_label: str = "",
    provisional: int = 0,
    ceiling: float | None = None,
) -> BarChart:
    """The geometry of a bar chart of one series named `label`; see `line_chart` for the rest.

    Raises ValueError when values or targets are not one for each label.
    """
    if len(values) != len(labels) or (targets and len(targets) != len(labels)):
        raise ValueError("one figure for each label")
    scale = nice_scale([*values, *targets], ceiling=ceiling)
    slot = BOX / max(len(labels), 1)
    xs = [slot * (i + 0.5) for i in range(len(labels))]
    zero = scale.y(0)
    settled = len(values) - provisional
    bars = [
        _bar(x, slot * FILL, scale.y(v), zero, i >= settled)
        for i, (x, v) in enumerate(zip(xs, values, strict=True))
        if v is not None
    ]
    shown_targets = any(t is not None for t in targets)
    rows = [
        (name, [_text(values[i], write), *([_text(targets[i], write)] if shown_targets else [])])
        for i, name in enumerate(labels)
    ]
    return BarChart(
        bars=bars,
        label=label,
        target=target_path(xs, [None if t is None else scale.y(t) for t in targets]),
        target_label=target_label,
        y_ticks=scale.ticks(write_tick or write),
        x_ticks=x_ticks(short_labels or labels, xs),
        zero=percent(zero),
        points=[
            [round(x / 10, 2), None if v is None else round(scale.y(v) / 10, 2)]
            for x, v in zip(xs, values, strict=True)
        ],
        columns=[label, *([target_label] if shown_targets else [])],
        rows=rows,
    )


def _bar(x: float, width: float, y: float, zero: float, provisional: bool) -> Bar:
    top, bottom = min(y, zero), max(y, zero)
    return Bar(
        percent(x - width / 2), percent(top), percent(width), percent(bottom - top), provisional
    )


def _text(value: Figure | None, write: Callable[[Figure], str]) -> str:
    return "" if value is None else write(value)
