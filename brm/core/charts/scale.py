"""The scale of an axis: round steps people can read."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

Figure = int | float | Decimal
BOX = 1000
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: its text and its place in percent, from the left or from the top."""

    label: str
    at: str
    anchor: str = "middle"
    sparse: bool = False
    """May be left out where there is little room."""


@dataclass(frozen=True)
class Scale:
    """From figures to heights; `low` is the bottom of the plot, `high` its top."""

    low: float
    high: float
    values: tuple[float, ...]

    def share(self, value: Figure) -> float:
        """0 at the bottom, 1 at the top."""
        return (float(value) - self.low) / (self.high - self.low)

    def y(self, value: Figure) -> float:
        """Distance from the top, in units of the box."""
        return BOX - BOX * self.share(value)

    def ticks(self, write: Callable[[float], str]) -> list[Tick]:
        """The scale's values from top to bottom, written by `write`."""
        return [Tick(write(v), percent(self.y(v))) for v in reversed(self.values)]


def nice_scale(
    figures: Iterable[Figure | None], *, from_zero: bool = True, ceiling: float | None = None
) -> Scale:
    """A scale that holds all `figures` in about four round steps.

    `from_zero` keeps zero in sight (bars need it); `ceiling` is a value that nothing exceeds, such
    as 100 for percentages. Without any figure it runs from 0 to 1 (or to the ceiling).
    """
    known = [float(f) for f in figures if f is not None]
    low, high = (min(known), max(known)) if known else (0.0, ceiling or 1.0)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = (low, low + 1) if low == 0 or not from_zero else (min(low, 0), max(high, 1))
    step = _step((high - low) / 4)
    if all(f.is_integer() for f in known):
        step = max(step, 1.0)
        step = float(math.ceil(step))
    first, last = math.floor(low / step), math.ceil(high / step)
    if ceiling is not None and max(known, default=0.0) <= ceiling:
        last = min(last, math.ceil(ceiling / step))
    values = tuple(round(i * step, 10) for i in range(first, last + 1))
    if ceiling is not None and values[-1] > ceiling >= max(known, default=0.0):
        values = (*values[:-1], float(ceiling))
    return Scale(values[0], values[-1], values)


def _step(raw: float) -> float:
    magnitude = 10 ** math.floor(math.log10(raw))
    return next(s * magnitude for s in STEPS if s * magnitude >= raw * 0.999999)


def percent(units: float) -> str:
    """Box units as an SVG percentage: 125 → "12.5%"."""
    return f"{units / BOX * 100:.4g}%"


def x_ticks(labels: Sequence[str], positions: Sequence[float], room: int = 8) -> list[Tick]:
    """At most about `room` of the labels, evenly spread and counted from the last one.

    Every second of these is `sparse`: a phone leaves it out. The outermost stay inside the plot.
    """
    every = max(1, math.ceil(len(labels) / room))
    ticks = []
    for back in range(0, len(labels), every):
        i = len(labels) - 1 - back
        ticks.append(
            Tick(labels[i], percent(positions[i]), _anchor(positions[i]), back // every % 2 == 1)
        )
    return ticks[::-1]


def _anchor(position: float) -> str:
    if position < BOX * 0.01:
        return "start"
    return "end" if position > BOX * 0.99 else "middle"
