"""The markup of cells: what the pages promise of each kind, and that data stays text."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from brm.core.templatetags.cells import draw_cell, draw_cells, draw_selector
from customers.models import Customer

EVIL = '<script>"&'
SAFE = "&lt;script&gt;&quot;&amp;"
NOTHING = '<span class="mute" aria-hidden="true">–</span><span class="visually-hidden">none</span>'


@pytest.mark.parametrize(
    ("cell", "markup"),
    [
        ({"kind": "text", "value": EVIL}, SAFE),
        ({"kind": "text", "value": ""}, NOTHING),
        ({"kind": "empty", "value": None}, NOTHING),
        ({"kind": "number", "value": 0}, "0"),
        ({"kind": "number", "value": 1234.5, "places": 2}, "1,234.50"),
        ({"kind": "percent", "value": Decimal("93.42")}, "93.4%"),
        (
            {"kind": "money", "value": Decimal("5"), "currency": "EUR"},
            '<span class="nowrap">€5.00</span>',
        ),
        ({"kind": "date", "value": date(2026, 1, 2)}, '<span class="nowrap">2 Jan 2026</span>'),
        (
            {"kind": "datetime", "value": datetime(2026, 1, 2, 3, 4, tzinfo=UTC)},
            '<span class="nowrap">2 Jan 2026, 03:04</span>',
        ),
        ({"kind": "month", "value": date(2026, 1, 2)}, '<span class="nowrap">Jan 2026</span>'),
        ({"kind": "reference", "value": EVIL}, f'<span class="reference">{SAFE}</span>'),
        ({"kind": "long", "value": EVIL}, f'<span class="long-text">{SAFE}</span>'),
        (
            {"kind": "badge", "value": EVIL, "tone": "good"},
            f'<span class="badge good">{SAFE}</span>',
        ),
        ({"kind": "badge", "value": "x", "tone": ""}, '<span class="badge">x</span>'),
        ({"kind": "link", "value": EVIL, "url": '/x/"'}, f'<a href="/x/&quot;">{SAFE}</a>'),
        ({"kind": "link", "value": "x", "url": None}, "x"),
        ({"kind": "text", "value": "x", "sub": EVIL}, f"x<small>{SAFE}</small>"),
    ],
)
def test_each_kind_has_its_markup(cell, markup):
    assert draw_cell(cell) == markup


def test_booleans_meters_and_trends_are_told_by_words_and_shapes():
    yes, no = (draw_cell({"kind": "boolean", "value": value}) for value in (True, False))
    assert yes.startswith('<span class="yes"><svg')
    assert yes.endswith("Yes</span>")
    assert no.endswith("No</span>")
    assert "<svg" in draw_cell({"kind": "meter", "value": 40, "tone": "good"})
    assert "<svg" in draw_cell({"kind": "trend", "value": [1, None, 3]})


def test_a_row_leads_to_its_record_and_names_its_columns():
    columns = [
        {"name": "name", "label": "Name", "numeric": False, "editable": False},
        {"name": "tier", "label": 'A "tier"', "numeric": False, "editable": True},
        {"name": "count", "label": "Count", "numeric": True, "editable": False},
    ]
    cells = [
        {"kind": "text", "value": EVIL},
        {"kind": "text", "value": "Key"},
        {"kind": "empty", "value": None},
    ]
    assert draw_cells({"url": "/customers/1/", "cells": cells}, columns) == (
        f'<th scope="row"><a href="/customers/1/">{SAFE}</a></th>'
        '<td data-label="A &quot;tier&quot;" class="" data-field="tier" tabindex="-1">Key</td>'
        f'<td data-label="Count" class="numeric nothing">{NOTHING}</td>'
    )


def test_the_box_of_a_row_names_its_record_and_its_version():
    record = Customer(pk=7, version=3, name=EVIL)
    assert draw_selector({"record": record}) == (
        '<td class="select"><input type="checkbox" name="keys" value="7:3" form="selection"'
        f' aria-label="Select {SAFE}"></td>'
    )
