"""Geometry of charts: plain Python from figures to shapes. Templates draw them, CSS colours them.

The shapes live in a box of 1000 × 1000 that the page stretches, or in percent of the plot where a
shape must not be stretched (dots, text). No chart knows a colour, a currency or a language: whoever
asks passes labels that are ready to show and a `write` function for values.

Figures become floats here and only here: a pixel needs no more.

A new chart is a new module with one frozen dataclass, one function, and one template in
templates/components/ that draws it.
"""

from .bars import BarChart, bar_chart
from .breakdown import Meter, breakdown, meter
from .line import LineChart, Series, line_chart
from .scale import Scale, Tick, nice_scale
from .sparkline import Sparkline, sparkline

__all__ = [
    "BarChart",
    "LineChart",
    "Meter",
    "Scale",
    "Series",
    "Sparkline",
    "Tick",
    "bar_chart",
    "breakdown",
    "line_chart",
    "meter",
    "nice_scale",
    "sparkline",
]
