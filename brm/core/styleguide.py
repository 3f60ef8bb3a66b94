"""Sample data for the living page of all components (templates/styleguide.html), ugly ones too.

The page is for developers and tests (screenshots, axe); its texts are data, not translated.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms

from . import charts, formatting

LONG_NAME = (
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft "
    "International Holdings (Asia-Pacific) Limited Liability Partnership"
)
CHINESE_NAME = "中国（上海）自由贸易试验区临港新片区国际航运与数字贸易发展有限责任公司"
MONTHS = [date(2025 + (11 + i) // 12, (11 + i) % 12 + 1, 1) for i in range(12)]


class SampleForm(forms.Form):
    """One field of each kind, bound with errors on the page."""

    name = forms.CharField(label="Name", help_text="As in the signed agreement.")
    segment = forms.ChoiceField(
        label="Segment", choices=[("", "–"), ("public", "Public"), ("finance", "Finance")]
    )
    manager = forms.ChoiceField(
        label="Manager",
        required=False,
        widget=forms.Select(attrs={"data-options-url": "/styleguide/options/"}),
        help_text="Type a name; the list comes from the server.",
    )
    signed_on = forms.DateField(label="Signed on", initial=date(2026, 3, 1))
    reported_at = forms.DateTimeField(label="Reported at", required=False)
    value = forms.DecimalField(label="Value", max_digits=14, decimal_places=2, min_value=0)
    is_internal = forms.BooleanField(label="Internal customer", required=False)
    regions = forms.MultipleChoiceField(
        label="Regions",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("eu", "Europe"), ("apac", "Asia-Pacific"), ("am", "Americas")],
    )
    notes = forms.CharField(label="Notes", required=False, widget=forms.Textarea)
    file = forms.FileField(label="File", required=False, help_text="CSV or XLSX, up to 200 MB.")


def build() -> dict[str, Any]:
    """The whole context of the page; no database is read."""
    form = SampleForm({"name": "", "value": "-4", "signed_on": "2026-03-01"})
    return {
        "form": form,
        "fieldset": {"title": "All kinds of fields", "fields": list(form)},
        "table": table(),
        "chips": [
            {"label": "Segment", "value": "Public", "remove_url": "?a"},
            {"label": "客户经理", "value": CHINESE_NAME, "remove_url": "?b"},
        ],
        "page": _page(),
        "panel": {
            "title": "Agreements",
            "icon": "handshake",
            "count": 1,
            "table": {"columns": table()["columns"][:3], "rows": _cut(table()["rows"][:1], 3)},
            "url_all": "?all",
            "url_add": "?add",
        },
        "facts": _facts(),
        "history": history(),
        "figures": figures(),
        "line": line_chart(),
        "several": several_lines(),
        "bars": bar_chart(),
        "nothing": charts.bar_chart([], [], label="None", write=str),
        "members": members(),
        "choices": [
            {"label": "Month", "url": "?grain=month", "current": True},
            {"label": "Quarter", "url": "?grain=quarter", "current": False},
            {"label": "Year", "url": "?grain=year", "current": False},
        ],
        "steps": [
            {"label": "Upload", "state": "done"},
            {"label": "Columns", "state": "done"},
            {"label": "Trial run", "state": "current"},
            {"label": "Import", "state": "todo"},
        ],
        "tabs": [
            {"id": "one", "label": "Details", "icon": "file-text", "count": None},
            {"id": "two", "label": "History", "icon": "history", "count": 12},
        ],
        "jobs": _jobs(),
        "options": [
            {"value": "1", "label": "Mei Chen", "sub": "Relationship manager"},
            {"value": "2", "label": CHINESE_NAME, "sub": ""},
        ],
        "theirs": comparison(),
        "undo": {"url": "/styleguide/", "version": "2"},
    }


def comparison() -> list[dict[str, Any]]:
    """Two fields that two people changed differently."""
    names = {"start": "Kestrel", "mine": "Kestrel Insurance plc", "theirs": "Kestrel Insurance SE"}
    days = {"start": date(2026, 3, 1), "mine": date(2026, 3, 1), "theirs": None}
    return [
        {"name": "name", "label": "Name", "take": "mine", **names},
        {"name": "signed_on", "label": "Signed on", "take": "theirs", **days},
    ]


def _cut(rows: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return [{**row, "cells": row["cells"][:count]} for row in rows]


def _column(label: str, sorted_: str = "none", numeric: bool = False, sortable: bool = True):
    return {
        "name": label.lower(),
        "label": label,
        "sortable": sortable,
        "sorted": sorted_,
        "url": "?sort=" + label.lower(),
        "numeric": numeric,
    }


def _cell(kind: str, value: Any, **more: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "value": value,
        "sub": "",
        "tone": "",
        "icon": "",
        "currency": "EUR",
        "places": None,
        "url": "",
        **more,
    }


def table() -> dict[str, Any]:
    """A list with every kind of cell: an ordinary row, a long one, a Chinese one, an empty one."""
    columns = [
        _column("Customer", "ascending"),
        _column("Reference", sortable=False),
        _column("Status"),
        _column("Health", numeric=False),
        _column("Trend", sortable=False),
        _column("Contract value", numeric=True),
        _column("Renewal", numeric=True),
        _column("Internal", sortable=False),
    ]
    trend = [4, 5, 3, 6, 7, 7, 9, 8, 11]
    rows = [
        _row("Kestrel Insurance", "Finance · Jonas Weber", "Active", "good", 87, trend, "1452000"),
        _row(LONG_NAME, "Industry · Ana Souza", "Lapsing", "warn", 51, trend[::-1], "98765432.1"),
        _row(CHINESE_NAME, "公共部门 · 陈美", "流失", "bad", 23, [3, None, 5, 2], "0"),
    ]
    bare = [_cell("link", "Zephyr"), _cell("reference", "CUS-7"), _cell("badge", "Prospect")]
    rows.append({"url": "?4", "cells": bare + [_cell("empty", None) for _ in range(5)]})
    return {"columns": columns, "rows": rows, "sort": "name"}


def _row(name, sub, status, tone, health, trend, value) -> dict[str, Any]:
    health_tone = "good" if health > 70 else "warn" if health > 40 else "bad"
    cells = [
        _cell("link", name, sub=sub),
        _cell("reference", "CUS-00041"),
        _cell("badge", status, tone=tone),
        _cell("meter", health, tone=health_tone),
        _cell("trend", trend),
        _cell("money", Decimal(value)),
        _cell("date", date(2026, 9, 30)),
        _cell("boolean", health > 50),
    ]
    return {"url": "?row", "cells": cells}


def _page() -> dict[str, Any]:
    return {
        "from": 51,
        "to": 100,
        "total": 1234567,
        "total_is_exact": False,
        "first_url": "?first",
        "previous_url": "?previous",
        "next_url": "?next",
        "last_url": None,
    }


def _facts() -> list[dict[str, Any]]:
    return [
        {"label": "Legal name", "cell": _cell("text", LONG_NAME)},
        {"label": "Manager", "cell": _cell("text", "Mei Chen", url="?user")},
        {"label": "Contract value", "cell": _cell("money", Decimal("1452000.5"))},
        {"label": "Customer since", "cell": _cell("date", date(2019, 4, 1))},
        {
            "label": "Last touched",
            "cell": _cell("datetime", datetime(2026, 3, 1, 14, 5, tzinfo=UTC)),
        },
        {"label": "Internal", "cell": _cell("boolean", False)},
        {"label": "Website", "cell": _cell("empty", None)},
        {"label": "Notes", "cell": _cell("long", "Prefers calls before ten.\nNo surveys in May.")},
    ]


def history() -> list[dict[str, Any]]:
    """Three entries: a change, an import, a creation."""
    at = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
    change = {"label": "Contract value", "before": Decimal("1200000"), "after": Decimal("1452000")}
    name = {"label": "Name", "before": "Kestrel", "after": LONG_NAME}
    return [
        {
            "at": at,
            "actor": "Mei Chen",
            "summary": "Changed",
            "origin": "page",
            "url": "?entry=3",
            "changes": [change, name],
        },
        {
            "at": at,
            "actor": "Import 12",
            "summary": "Changed",
            "origin": "import",
            "changes": [{"label": "Manager", "before": "Ana Souza", "after": None}],
        },
        {"at": at, "actor": "Ana Souza", "summary": "Created", "origin": "API", "changes": []},
    ]


def figures() -> list[dict[str, Any]]:
    """A scorecard with every state a figure can be in."""
    trend = [3, 4, 2, 5, 6, 4, 7, 6, 8, 7, 9, 12]
    good = {"label": "On target", "tone": "good", "icon": "circle-check"}
    amber = {"label": "Near target", "tone": "warn", "icon": "triangle-alert"}
    red = {"label": "Off target", "tone": "bad", "icon": "circle-alert"}
    grey = {"label": "No target", "tone": "neutral", "icon": "circle-dashed"}
    up = {"text": "+3", "tone": "good", "icon": "arrow-up-right"}
    overrun = formatting.format_money(Decimal("1284000"), "EUR", 0)
    return [
        _figure("New customers", "12", good, trend, ["Oct 2026", "Target ≥ 10"], delta=up),
        _figure("Budget overrun", overrun, red, trend, ["Oct 2026", "Target ≤ €250,000"]),
        _figure(
            "Service satisfaction with a rather long name",
            formatting.format_percent(Decimal("91.3")),
            amber,
            trend[::-1],
            ["Oct 2026", "n = 41", "95 %: 83.1–96.0%", "Target ≥ 93%"],
            marks=[
                {"label": "Provisional", "icon": "hourglass"},
                {"label": "Restated", "icon": "history"},
            ],
        ),
        _figure(
            "Survey response rate", None, grey, [], ["Oct 2026", "n = 3"], words="Too few answers"
        ),
        _figure("Complaints", "0", grey, [2, 1, 0, 0, 0], ["Oct 2026"], words=""),
        _figure("战略举措启动数", "4", good, trend[:3] + [None, None] + trend[5:], ["2026年10月"]),
    ]


def _figure(label, value, status, trend, notes, delta=None, marks=(), words="") -> dict[str, Any]:
    return {
        "label": label,
        "url": "?kpi",
        "value": value,
        "words": words,
        "status": status,
        "trend": trend,
        "delta": delta,
        "notes": notes,
        "marks": list(marks),
    }


def line_chart() -> charts.LineChart:
    """A ratio with its interval, a gap, a target that steps, and an open last month."""
    values = [78.0, 80.5, 79.0, None, 84.2, 86.0, 88.5, 87.0, 90.0, 92.0, 91.5, 93.0]
    spread = [6, 5.5, 6, 0, 5, 4, 4, 4, 3.5, 3, 3, 3]
    bounds = [
        None if v is None else (v - s, min(v + s, 100)) for v, s in zip(values, spread, strict=True)
    ]
    return charts.line_chart(
        [formatting.format_month(m) for m in MONTHS],
        [charts.Series("Satisfied", values, bounds, provisional=1)],
        write=formatting.format_percent,
        short_labels=[formatting.format_short_month(m) for m in MONTHS],
        write_tick=partial(formatting.format_percent, places=0),
        targets=[85] * 6 + [90] * 6,
        target_label="Target",
        interval_label="95% interval",
        from_zero=False,
        ceiling=100,
    )


def several_lines() -> charts.LineChart:
    """Three series, to be told apart without colour."""
    lost = [8, 9, 7, 8, 6, 7, 7, 6, 5, 6, 4, 5]
    new = [12, 14, 13, 15, 14, 16, 18, 17, 19, 21, 20, 24]
    returned = [2, 1, 3, 2, 4, 3, 2, 4, 5, 4, 6, 7]
    return charts.line_chart(
        [formatting.format_month(m) for m in MONTHS],
        [
            charts.Series("New", new),
            charts.Series("Lost", lost),
            charts.Series("Returned", returned),
        ],
        write=formatting.format_number,
        short_labels=[formatting.format_short_month(m) for m in MONTHS],
        write_tick=partial(formatting.format_number, places=0),
    )


def bar_chart() -> charts.BarChart:
    """Money by month, credits below zero, the last month open."""
    thousands = [120, 80, 0, -40, 60, 210, 180, 90, None, 240, 310, 150]
    return charts.bar_chart(
        [formatting.format_month(m) for m in MONTHS],
        [None if t is None else Decimal(t * 1000) for t in thousands],
        label="Overrun",
        write=lambda v: formatting.format_money(v, "EUR", 0),
        short_labels=[formatting.format_short_month(m) for m in MONTHS],
        write_tick=partial(formatting.format_compact, places=1),
        targets=[150_000] * 12,
        target_label="Target",
        provisional=1,
    )


def members() -> list[dict[str, Any]]:
    """A breakdown with a long name, a Chinese one, a credit and the unattributed."""
    rows = [("Finance", 310, "n = 41"), (LONG_NAME, 120, "n = 7"), (CHINESE_NAME, 84, "n = 3")]
    rows += [("Credits", -60, ""), ("Unattributed", 12, "")]
    bars = charts.breakdown([value for _, value, _ in rows])
    return [
        {
            "label": label,
            "url": "?member" if value > 100 else "",
            "value": formatting.format_number(value),
            "note": note,
            "bar": bar,
            "tone": "muted" if label == "Unattributed" else "",
        }
        for (label, value, note), bar in zip(rows, bars, strict=True)
    ]


def _jobs() -> list[dict[str, Any]]:
    job = {"poll_url": None, "tone": "", "percent": None}
    text = f"{formatting.format_number(120000)} / {formatting.format_number(500000)}"
    return [
        {**job, "id": "job-1", "label": "Importing customers.csv", "percent": 24.0, "text": text},
        {**job, "id": "job-2", "label": "Waiting for the worker", "text": ""},
        {
            **job,
            "id": "job-3",
            "label": "Recomputed",
            "percent": 100,
            "text": "14 s",
            "tone": "good",
        },
    ]
