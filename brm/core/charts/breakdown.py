"""Horizontal bars that compare members with each other, or a figure with its bounds."""

from collections.abc import Sequence
from dataclasses import dataclass

from .scale import Figure


@dataclass(frozen=True)
class Meter:
    """A horizontal bar in percent of its track; `zero` is set when some figures are below zero."""

    start: str
    width: str
    zero: str | None = None


def breakdown(values: Sequence[Figure | None], *, top: Figure | None = None) -> list[Meter]:
    """One bar for each value, all on one scale that runs from the least (or zero) to the greatest.

    `top` fixes the scale's end, such as 100 for percentages. None is an empty bar.
    """
    known = [float(v) for v in values if v is not None]
    low = min([0.0, *known])
    high = float(top) if top is not None else max([0.0, *known])
    span = (high - low) or 1.0
    zero = abs(low) / span

    def bar(value: Figure | None) -> Meter:
        end = zero if value is None else (float(value) - low) / span
        left, right = sorted((zero, min(end, 1.0)))
        return Meter(_percent(left), _percent(right - left), _percent(zero) if low < 0 else None)

    return [bar(v) for v in values]


def meter(value: Figure | None, top: Figure = 100) -> Meter:
    """A single bar from zero to `top`."""
    return breakdown([value], top=top)[0]


def _percent(share: float) -> str:
    return f"{share * 100:.4g}%"
