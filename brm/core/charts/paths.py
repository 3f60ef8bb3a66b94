"""SVG path data: smooth lines through points, broken where a figure is missing."""

import math
from collections.abc import Sequence

Point = tuple[float, float]


def polyline(points: Sequence[Point]) -> str:
    """Straight segments through the points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def smooth(points: Sequence[Point]) -> str:
    """A curve through the points that never rises above or falls below its neighbours.

    Monotone cubic interpolation (Fritsch and Carlson, 1980): a curve that overshoots would show
    values nobody measured.
    """
    if len(points) < 3:
        return polyline(points)
    slopes = _tangents(points)
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for i in range(len(points) - 1):
        (x0, y0), (x1, y1) = points[i], points[i + 1]
        third = (x1 - x0) / 3
        parts.append(
            f"C{x0 + third:.1f} {y0 + slopes[i] * third:.1f}"
            f" {x1 - third:.1f} {y1 - slopes[i + 1] * third:.1f} {x1:.1f} {y1:.1f}"
        )
    return "".join(parts)


def _tangents(points: Sequence[Point]) -> list[float]:
    secants = [
        (points[i + 1][1] - points[i][1]) / (points[i + 1][0] - points[i][0])
        for i in range(len(points) - 1)
    ]
    slopes = [secants[0]]
    for before, after in zip(secants, secants[1:], strict=False):
        slopes.append(0.0 if before * after <= 0 else (before + after) / 2)
    slopes.append(secants[-1])
    for i, secant in enumerate(secants):
        if secant == 0:
            slopes[i] = slopes[i + 1] = 0.0
            continue
        a, b = slopes[i] / secant, slopes[i + 1] / secant
        if (length := a * a + b * b) > 9:
            slopes[i], slopes[i + 1] = (3 / math.sqrt(length) * f * secant for f in (a, b))
    return slopes


def runs(points: Sequence[Point | None]) -> list[list[Point]]:
    """The unbroken stretches between missing points."""
    found: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            found.append([])
        else:
            found[-1].append(point)
    return [run for run in found if run]


def area(line: str, run: Sequence[Point], base: float) -> str:
    """`line` (the path of `run`) closed down to the height `base`."""
    return f"{line}L{run[-1][0]:.1f} {base:.1f}L{run[0][0]:.1f} {base:.1f}Z"


def band(lower: Sequence[Point], upper: Sequence[Point]) -> str:
    """The surface between two lines over the same places."""
    return smooth(upper) + "L" + smooth(list(reversed(lower)))[1:] + "Z"
