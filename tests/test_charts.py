"""Charts are geometry: every shape is computed here by hand and compared."""

import re
from decimal import Decimal
from itertools import combinations, product
from pathlib import Path

import pytest

from brm.core import charts
from brm.core.charts.paths import runs, smooth
from brm.core.charts.scale import nice_scale, x_ticks
from brm.core.charts.targets import target_path

# --- Scales -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ([3, 7], (0, 2, 4, 6, 8)),
        ([0], (0, 1)),
        ([], (0, 1)),
        ([Decimal("0.2"), Decimal("0.9")], (0, 0.25, 0.5, 0.75, 1)),
        ([-120.5, 300], (-200, 0, 200, 400)),
        ([1_250_000], (0, 500_000, 1_000_000, 1_500_000)),
        ([None, 4], (0, 1, 2, 3, 4)),
    ],
)
def test_a_scale_holds_all_figures_in_round_steps(figures, expected):
    assert nice_scale(figures).values == expected


def test_whole_figures_get_whole_steps():
    assert nice_scale([1, 2]).values == (0, 1, 2)


def test_a_percentage_scale_ends_at_a_hundred():
    assert nice_scale([72, 99.4], ceiling=100).values == (0, 25, 50, 75, 100)
    assert nice_scale([95, 99.4], from_zero=False, ceiling=100).high == 100


def test_a_scale_without_zero_stays_near_the_figures():
    assert nice_scale([72, 99.4], from_zero=False).low == 70


def test_ticks_run_from_top_to_bottom():
    ticks = nice_scale([4]).ticks(lambda v: f"{v:g}")
    assert [(t.label, t.at) for t in ticks] == [
        ("4", "0%"),
        ("3", "25%"),
        ("2", "50%"),
        ("1", "75%"),
        ("0", "100%"),
    ]


def test_labels_are_thinned_from_the_last_one():
    labels = [str(i) for i in range(24)]
    ticks = x_ticks(labels, [1000 * i / 23 for i in range(24)])
    assert [t.label for t in ticks] == ["2", "5", "8", "11", "14", "17", "20", "23"]
    assert [t.sparse for t in ticks[-2:]] == [True, False]
    assert ticks[-1].anchor == "end"


# --- Paths --------------------------------------------------------------------------------------


def test_a_line_breaks_where_a_figure_is_missing():
    assert runs([(0, 1), None, (2, 3), (3, 4), None]) == [[(0, 1)], [(2, 3), (3, 4)]]


def test_a_smooth_line_never_leaves_the_range_of_its_points():
    points = [(0, 500), (100, 500), (200, 0), (300, 1000), (400, 990)]
    numbers = [float(n) for n in re.findall(r"-?\d+\.\d", smooth(points))]
    assert min(numbers[1::2]) >= 0
    assert max(numbers[1::2]) <= 1000


def test_two_points_make_a_straight_line():
    assert smooth([(0, 10), (100, 20)]) == "M0.0 10.0L100.0 20.0"


def test_a_target_steps_between_months_and_leaves_gaps():
    stepping = "M0.0 100.0H250.0V100.0H750.0V200.0H1000.0"
    assert target_path([0, 500, 1000], [100, 100, 200]) == stepping
    assert target_path([0, 500, 1000], [100, None, 200]) == "M0.0 100.0H250.0M750.0 200.0H1000.0"
    assert target_path([], []) == ""


# --- Sparkline ----------------------------------------------------------------------------------


def test_a_sparkline_spans_its_box():
    shape = charts.sparkline([1, 3])
    assert shape.line == "M0.0 900.0L1000.0 100.0"
    assert shape.area == "M0.0 900.0L1000.0 100.0L1000.0 1000.0L0.0 1000.0Z"
    assert shape.end == "M1000.0 100.0h0"


def test_a_flat_sparkline_runs_through_the_middle():
    assert charts.sparkline([5, 5]).line == "M0.0 500.0L1000.0 500.0"


@pytest.mark.parametrize("figures", [[], [1], [None, 2, None]])
def test_fewer_than_two_figures_have_no_shape(figures):
    assert charts.sparkline(figures) is None


def test_lone_figures_between_gaps_still_give_an_end():
    assert charts.sparkline([1, None, 3]).end == "M1000.0 100.0h0"


# --- Line chart ---------------------------------------------------------------------------------

MONTHS = ["Jan", "Feb", "Mar", "Apr"]


def line(values, **more):
    series = {k: more.pop(k) for k in ("intervals", "provisional") if k in more}
    return charts.line_chart(MONTHS, [charts.Series("Value", values, **series)], write=str, **more)


def test_a_line_chart_gives_the_same_figures_as_a_table():
    chart = line([1, None, 3, 4], targets=[2, 2, 2, None], target_label="Target")
    assert chart.columns == ["Value", "Target"]
    assert chart.rows == [
        ("Jan", ["1", "2"]),
        ("Feb", ["", "2"]),
        ("Mar", ["3", "2"]),
        ("Apr", ["4", ""]),
    ]
    assert chart.points == [[0.0, 75.0], [33.33, None], [66.67, 25.0], [100.0, 0.0]]


def test_figures_that_stand_alone_and_the_last_one_have_a_dot():
    chart = line([1, None, 3, 4])
    assert [(d.x, d.hollow) for d in chart.lines[0].dots] == [("0%", False), ("100%", False)]


def test_open_months_are_drawn_apart_and_joined_to_the_settled_line():
    shapes = line([4, 3, 2, 0], provisional=1).lines[0]
    assert shapes.path.endswith("666.7 500.0")
    assert shapes.provisional == "M666.7 500.0L1000.0 1000.0"
    assert [d.hollow for d in shapes.dots] == [True]


def test_an_interval_is_a_closed_surface_and_a_column():
    chart = line([50, 60, 70, None], intervals=[(40, 60), (50, 70), (60, 80), None], ceiling=100)
    assert chart.has_band
    assert chart.lines[0].band.startswith("M0.0 250.0")
    assert chart.lines[0].band.endswith("Z")
    assert chart.rows[0] == ("Jan", ["50", "40–60"])
    assert chart.rows[3] == ("Apr", ["", ""])


def test_a_chart_without_a_figure_says_so():
    assert line([None] * 4).is_empty
    assert not line([None, None, None, 0]).is_empty
    assert charts.bar_chart(MONTHS, [None] * 4, label="Value", write=str).is_empty
    assert not charts.bar_chart(MONTHS, [0] * 4, label="Value", write=str).is_empty


def test_a_single_month_is_a_dot_in_the_middle():
    chart = charts.line_chart(["Jan"], [charts.Series("Value", [3])], write=str)
    assert chart.points == [[50.0, 0.0]]
    assert chart.lines[0].dots[0].x == "50%"


@pytest.mark.parametrize(
    "series",
    [
        [],
        [charts.Series("Value", [1])],
        [charts.Series("Value", [1, 2, 3, 4])] * 4,
        [charts.Series("Value", [1, 2, 3, 4], intervals=[(0, 2)])],
    ],
)
def test_a_line_chart_refuses_what_does_not_fit_its_labels(series):
    with pytest.raises(ValueError, match="series|label"):
        charts.line_chart(MONTHS, series, write=str)


# --- Bars ---------------------------------------------------------------------------------------


def test_bars_rise_and_fall_from_zero():
    chart = charts.bar_chart(
        ["Jan", "Feb"], [Decimal("100"), Decimal("-100")], label="Value", write=str, provisional=1
    )
    up, down = chart.bars
    assert (up.y, up.height, up.provisional) == ("0%", "50%", False)
    assert (down.y, down.height, down.provisional) == ("50%", "50%", True)
    assert chart.zero == "50%"


def test_a_missing_month_has_no_bar():
    chart = charts.bar_chart(MONTHS, [1, None, 0, 2], label="Value", write=str)
    assert [bar.x for bar in chart.bars] == ["4.75%", "54.75%", "79.75%"]


def test_a_bar_chart_refuses_what_does_not_fit_its_labels():
    with pytest.raises(ValueError, match="label"):
        charts.bar_chart(MONTHS, [1], label="Value", write=str)


def test_members_share_one_scale():
    assert [(b.start, b.width) for b in charts.breakdown([200, 100, None])] == [
        ("0%", "100%"),
        ("0%", "50%"),
        ("0%", "0%"),
    ]
    below = charts.breakdown([300, -100])
    assert [(b.start, b.width, b.zero) for b in below] == [
        ("25%", "75%", "25%"),
        ("0%", "25%", "25%"),
    ]


def test_a_meter_never_leaves_its_track():
    assert charts.meter(250, top=100).width == "100%"
    assert charts.meter(None).width == "0%"


# --- Colours of the series ----------------------------------------------------------------------

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
SIGHTS = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
APART = 22  # CIE76; 2.3 is just noticeable


def token(name: str, theme: int) -> tuple[float, float, float]:
    """The linear RGB of a colour token; theme 0 is light, 1 dark."""
    css = Path("static/brm/base.css").read_text(encoding="utf-8")
    colours = re.search(rf"--{name}: light-dark\(([^)]*)\)", css).group(1).split(", ")
    code = colours[theme].lstrip("#")
    code = "".join(c * 2 for c in code) if len(code) == 3 else code
    channels = [int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def luminance(rgb) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def seen(rgb, sight: str):
    rows = SIGHTS[sight]
    return tuple(min(max(sum(k * c for k, c in zip(r, rgb, strict=True)), 0), 1) for r in rows)


def lab(rgb):
    r, g, b = rgb
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize(("theme", "sight"), list(product((0, 1), SIGHTS)))
def test_the_series_stay_apart_for_every_kind_of_sight(theme, sight):
    colours = [lab(seen(token(f"series-{n}", theme), sight)) for n in (1, 2, 3)]
    for one, other in combinations(colours, 2):
        distance = sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
        assert distance >= APART


@pytest.mark.parametrize(
    ("theme", "name"), list(product((0, 1), ("series-1", "series-2", "series-3", "target")))
)
def test_every_line_stands_out_from_its_card(theme, name):
    lighter, darker = sorted((luminance(token(name, theme)), luminance(token("surface", theme))))[
        ::-1
    ]
    assert (lighter + 0.05) / (darker + 0.05) >= 3
