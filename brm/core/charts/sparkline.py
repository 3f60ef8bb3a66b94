"""A sparkline: the shape of the last months in the space of a word."""

from collections.abc import Sequence
from dataclasses import dataclass

from .paths import area, runs, smooth
from .scale import BOX, Figure


@dataclass(frozen=True)
class Sparkline:
    """Paths in the box: `line`, the `area` below it, and `end`, a dot on the last figure."""

    line: str
    area: str
    end: str


def sparkline(figures: Sequence[Figure | None]) -> Sparkline | None:
    """The line breaks where a figure is None; with fewer than two figures there is no shape."""
    known = [float(f) for f in figures if f is not None]
    if len(known) < 2:
        return None
    low, spread = min(known), max(known) - min(known)
    width = BOX / (len(figures) - 1)

    def height(figure: Figure) -> float:
        # A flat line runs through the middle: at the bottom it would look like zero.
        return BOX * (0.9 - 0.8 * (float(figure) - low) / spread) if spread else BOX / 2

    points = [None if f is None else (i * width, height(f)) for i, f in enumerate(figures)]
    stretches = [(smooth(run), run) for run in runs(points) if len(run) > 1]
    last = runs(points)[-1][-1]
    return Sparkline(
        line="".join(line for line, _ in stretches),
        area="".join(area(line, run, BOX) for line, run in stretches),
        end=f"M{last[0]:.1f} {last[1]:.1f}h0",
    )
