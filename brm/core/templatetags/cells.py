"""Tags that draw values of records: `{% load cells %}`; in Python, as a page draws hundreds.

The markup of every cell is here alone; templates/components/cell.html says what a cell may hold.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from brm.core import charts, formatting

from .brm import icon

register = template.Library()

Cell = dict[str, Any]
END = format_html("</{}>", "td")


@register.simple_tag
def draw_cell(cell: Cell) -> SafeString:
    """A cell as components/cell.html describes it."""
    kind, value = cell.get("kind"), cell.get("value")
    if kind == "empty" or value is None or value == "":
        none = _("none")
        text = (
            '<span class="mute" aria-hidden="true">–</span><span class="visually-hidden">{}</span>'
        )
        drawn = format_html(text, none)
    elif kind in KINDS:
        drawn = KINDS[kind](cell)
    elif cell.get("url"):
        drawn = format_html('<a href="{}">{}</a>', cell["url"], draw_value(cell))
    else:
        drawn = draw_value(cell)
    return format_html("{}<small>{}</small>", drawn, cell["sub"]) if cell.get("sub") else drawn


@register.simple_tag
def draw_value(cell: Cell) -> SafeString:
    """The written value of a cell."""
    kind, value = cell.get("kind"), cell.get("value")
    if kind == "money":
        return _unbroken(formatting.format_money(value, cell["currency"]))
    if kind in WRITTEN:
        return _unbroken(WRITTEN[kind](value))
    if kind == "percent":
        return conditional_escape(formatting.format_percent(value))
    if kind == "number":
        return conditional_escape(formatting.format_number(value, cell.get("places")))
    if kind == "reference":
        return format_html('<span class="reference">{}</span>', value)
    return conditional_escape(value)


@register.simple_tag
def draw_cells(row: dict[str, Any], columns: list[dict[str, Any]]) -> SafeString:
    """The cells of a list's row: its heading, which leads to the record, then the others."""
    cells = row["cells"]
    drawn = format_html(
        '<th scope="row"><a href="{}">{}</a></th>', row["url"], draw_value(cells[0])
    )
    for column, cell in zip(columns[1:], cells[1:], strict=True):
        field = column["name"] if column["editable"] else ""
        start = _start(column["label"], column["numeric"], cell["kind"] == "empty", field)
        drawn += start + draw_cell(cell) + END
    return drawn


@register.simple_tag
def draw_selector(row: dict[str, Any]) -> SafeString:
    """The cell with the box that selects a list's row."""
    record = row["record"]
    return format_html(
        '<td class="select"><input type="checkbox" name="keys" value="{}:{}" form="selection"'
        ' aria-label="{}"></td>',
        record.pk,
        record.version,
        _("Select %(name)s") % {"name": record},
    )


@lru_cache(maxsize=1024)
def _start(label: str, is_numeric: bool, is_empty: bool, field: str) -> SafeString:
    """How a cell begins: the same for all of a column; `field` is named where it may be changed."""
    classes = f"{'numeric' if is_numeric else ''}{' nothing' if is_empty else ''}"
    if not field:
        return format_html('<td data-label="{}" class="{}">', label, classes)
    return format_html(
        '<td data-label="{}" class="{}" data-field="{}" tabindex="-1">', label, classes, field
    )


def _unbroken(text: str) -> SafeString:
    return format_html('<span class="nowrap">{}</span>', text)


def _badge(cell: Cell) -> SafeString:
    tone = f" {cell['tone']}" if cell.get("tone") else ""
    drawing = icon(cell["icon"], 13) if cell.get("icon") else ""
    return format_html('<span class="badge{}">{}{}</span>', tone, drawing, cell["value"])


def _boolean(cell: Cell) -> SafeString:
    if cell["value"]:
        return format_html('<span class="yes">{}{}</span>', icon("check", 15), _("Yes"))
    return format_html('<span class="no">{}{}</span>', icon("minus", 15), _("No"))


def _long(cell: Cell) -> SafeString:
    return format_html('<span class="long-text">{}</span>', cell["value"])


def _meter(cell: Cell) -> SafeString:
    bar = {"bar": charts.meter(cell["value"], 100), "tone": cell.get("tone", ""), "inline": True}
    drawn = render_to_string("components/meter.html", bar)
    number = formatting.format_number(cell["value"])
    return format_html('<span class="with-meter">{}<span>{}</span></span>', drawn, number)


def _trend(cell: Cell) -> SafeString:
    shape = {"shape": charts.sparkline(cell["value"]), "size": "small"}
    return render_to_string("components/sparkline.html", shape)


KINDS: dict[str, Callable[[Cell], SafeString]] = {
    "badge": _badge,
    "boolean": _boolean,
    "long": _long,
    "meter": _meter,
    "trend": _trend,
}
WRITTEN: dict[str, Callable[[Any], str]] = {
    "date": formatting.format_date,
    "datetime": formatting.format_instant,
    "month": formatting.format_month,
}
