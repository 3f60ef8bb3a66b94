"""The target line of a chart: flat over each month, stepping where the target changes."""

from collections.abc import Sequence


def target_path(xs: Sequence[float], heights: Sequence[float | None]) -> str:
    """SVG path data; each target holds halfway to its neighbours, None leaves a gap."""
    parts, previous = [], None
    for i, height in enumerate(heights):
        if height is not None:
            left = xs[i] if i == 0 else (xs[i - 1] + xs[i]) / 2
            right = xs[i] if i == len(xs) - 1 else (xs[i] + xs[i + 1]) / 2
            start = f"M{left:.1f} {height:.1f}" if previous is None else f"V{height:.1f}"
            parts.append(f"{start}H{right:.1f}")
        previous = height
    return "".join(parts)
