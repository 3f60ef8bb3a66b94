"""Tags and filters of the pages: `{% load brm %}`.

Formatting filters only call brm.core.formatting; shapes come from brm.core.charts.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe
from lucide import _render_icon as draw_icon

from brm.core import charts, formatting, markup
from brm.core.crud.undo_pages import offer_of

register = template.Library()

register.filter("number", formatting.format_number)
register.filter("signed", formatting.format_signed)
register.filter("percent", formatting.format_percent)
register.filter("money", formatting.format_money)
register.filter("compact", formatting.format_compact)
register.filter("day", formatting.format_date)
register.filter("instant", formatting.format_instant)
register.filter("clock", formatting.format_time)
register.filter("month", formatting.format_month)

register.filter("undo_offer", offer_of)

# A badge's icon where the record gives none: the tone is told by a shape too.
TONE_ICONS = {"good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert"}


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """A Lucide icon as inline SVG, hidden from screen readers: the text beside it says the same."""
    return _icon(str(name), size)


@lru_cache(maxsize=512)
def _icon(name: str, size: int) -> SafeString:
    # The drawing comes from the installed package, never from data.
    return mark_safe(draw_icon(name, size, stroke_width="1.75", aria_hidden="true"))  # noqa: S308


@register.filter
def tone_icon(tone: str) -> str:
    """The icon that stands for a tone (good, warn, bad, info)."""
    return TONE_ICONS.get(tone, "info")


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The page's own query string with some parameters changed; None or "" drops one.

    `<a href="{% query period='2026-Q1' cursor=None %}">`
    """
    parameters: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return "?" + parameters.urlencode()


@register.filter
def paired_with(columns: Sequence[Any], cells: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Columns and the cells of a row, side by side."""
    return zip(columns, cells, strict=True)


@register.filter("json")
def as_json(value: Any) -> str:
    """Plain data for a data attribute; the template escapes it."""
    return json.dumps(value, separators=(",", ":"))


@register.filter
def markdown(text: str, mentioned: Iterable[str] = ()) -> SafeString:
    """What somebody wrote in Markdown, as HTML; `@name` of those mentioned is marked."""
    # Cleaned by a strict list (brm/core/markup.py), whatever was written.
    return mark_safe(markup.rendered(text, set(mentioned)))  # noqa: S308


@register.filter
def initials(name: str) -> str:
    """Two letters for an avatar: "Mei Chen" → "MC", "陈美" → "陈"."""
    words = str(name).split()
    if not words:
        return "?"
    if len(words) == 1:
        return words[0][:1].upper()
    return (words[0][:1] + words[-1][:1]).upper()


@register.filter
def show(value: Any) -> str:
    """Any plain value as the reader's language writes it (numbers, dates, instants, text)."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, datetime):
        return formatting.format_instant(value)
    if isinstance(value, date):
        return formatting.format_date(value)
    if isinstance(value, int | float | Decimal):
        return formatting.format_number(value)
    return str(value)


@register.inclusion_tag("components/sparkline.html")
def sparkline(figures: Sequence[Any], size: str = "") -> dict[str, Any]:
    """The shape of `figures` (None = no figure); `size` "small" for a table cell."""
    return {"shape": charts.sparkline(figures), "size": size}


@register.inclusion_tag("components/meter.html")
def meter(value: Any, top: Any = 100, tone: str = "") -> dict[str, Any]:
    """A small bar from zero to `top` beside a figure in a table."""
    return {"bar": charts.meter(value, top), "tone": tone, "inline": True}
