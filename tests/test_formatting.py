"""Figures and dates in both languages, and the tags that write them into pages."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from brm.core import formatting

NOON = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "write", "expected"),
    [
        ("en", lambda: formatting.format_number(1234567), "1,234,567"),
        ("zh-hans", lambda: formatting.format_number(1234567), "1,234,567"),
        ("en", lambda: formatting.format_number(Decimal("1234.5")), "1,234.5"),
        ("en", lambda: formatting.format_number(Decimal("0.125"), 2), "0.13"),
        ("en", lambda: formatting.format_number(Decimal("2.5"), 0), "3"),
        ("en", lambda: formatting.format_signed(Decimal("3")), "+3"),
        ("en", lambda: formatting.format_signed(Decimal("-1.25"), 1), "−1.3"),
        ("en", lambda: formatting.format_signed(Decimal("-0.01")), "0"),
        ("en", lambda: formatting.format_percent(Decimal("93.45")), "93.5%"),
        ("zh-hans", lambda: formatting.format_percent(Decimal("93.45"), 0), "93%"),
        ("en", lambda: formatting.format_money(Decimal("1234567.5"), "EUR"), "€1,234,567.50"),
        ("en", lambda: formatting.format_money(Decimal("1234567.5"), "EUR", 0), "€1,234,568"),
        ("en", lambda: formatting.format_money(Decimal("-5"), "EUR"), "-€5.00"),
        ("zh-hans", lambda: formatting.format_money(Decimal("1234.5"), "CNY"), "¥1,234.50"),
        ("en", lambda: formatting.format_money(Decimal("1234"), "JPY", 0), "¥1,234"),
        ("en", lambda: formatting.format_compact(1_234_567), "1.2M"),
        ("zh-hans", lambda: formatting.format_compact(1_234_567), "123.5万"),
        ("en", lambda: formatting.format_date(date(2026, 9, 3)), "3 Sep 2026"),
        ("zh-hans", lambda: formatting.format_date(date(2026, 9, 3)), "2026年9月3日"),
        ("en", lambda: formatting.format_month(date(2026, 9, 3)), "Sep 2026"),
        ("zh-hans", lambda: formatting.format_month(date(2026, 9, 3)), "2026年9月"),
        ("en", lambda: formatting.format_short_month(date(2026, 9, 1)), "Sep"),
        ("en", lambda: formatting.format_short_month(date(2027, 1, 1)), "Jan 2027"),
        ("en", lambda: formatting.format_time(time(9, 5)), "09:05"),
    ],
)
def test_each_language_writes_its_way(language, write, expected):
    with translation.override(language):
        assert write() == expected


def test_instants_are_written_in_the_active_time_zone():
    with translation.override("en"), timezone.override("Asia/Shanghai"):
        assert formatting.format_instant(NOON) == "24 Nov 2026, 07:30"
        assert formatting.format_date(NOON) == "24 Nov 2026"
        assert formatting.format_time(NOON) == "07:30"
    with translation.override("zh-hans"), timezone.override("UTC"):
        assert formatting.format_instant(NOON) == "2026年11月23日 23:30"


@pytest.mark.parametrize(
    "write",
    [
        formatting.format_number,
        formatting.format_signed,
        formatting.format_percent,
        formatting.format_compact,
        formatting.format_date,
        formatting.format_time,
        formatting.format_instant,
        formatting.format_month,
        formatting.format_short_month,
        lambda value: formatting.format_money(value, "EUR"),
    ],
)
def test_nothing_is_written_as_nothing(write):
    assert write(None) == ""


@pytest.mark.parametrize(
    ("unit", "expected"), [("count", "12"), ("percent", "12.0%"), ("money", "€12")]
)
def test_a_quantity_carries_its_unit(unit, expected):
    with translation.override("en"):
        assert formatting.format_quantity(Decimal("12"), unit, "EUR") == expected


# --- Tags ---------------------------------------------------------------------------------------


def render(source: str, **context) -> str:
    with translation.override("en"):
        return Template(source).render(Context(context))


def test_the_query_tag_changes_only_what_it_is_told():
    request = RequestFactory().get("/list/", {"q": "陈 a&b", "cursor": "x", "sort": "name"})
    source = "{% load brm %}{% query sort='-name' cursor=None %}"
    assert render(source, request=request) == "?q=%E9%99%88+a%26b&amp;sort=-name"


def test_an_icon_is_drawn_and_hidden_from_screen_readers():
    drawn = render("{% load brm %}{% icon 'plus' 20 %}")
    assert drawn.startswith("<svg ")
    assert 'aria-hidden="true"' in drawn
    assert 'width="20"' in drawn


@pytest.mark.parametrize(
    ("name", "expected"), [("Mei Chen", "MC"), ("陈美", "陈"), ("ana", "A"), ("", "?")]
)
def test_initials(name, expected):
    assert render("{% load brm %}{{ name|initials }}", name=name) == expected


def test_names_are_escaped_wherever_a_cell_shows_them():
    cell = {"kind": "text", "value": "<script>", "sub": "<b>", "url": "/x/"}
    drawn = render("{% include 'components/cell.html' %}", cell=cell)
    assert "<script>" not in drawn
    assert "<b>" not in drawn


class DateForm(forms.Form):
    starts_on = forms.DateField()
    due_at = forms.DateTimeField(required=False)
    amount = forms.DecimalField(required=False)


def test_dates_use_the_browsers_picker_in_iso_whatever_the_language():
    form = DateForm(initial={"starts_on": date(2026, 3, 1), "due_at": datetime(2026, 3, 1, 9, 5)})
    with translation.override("zh-hans"):
        source = "{% load forms %}{% for field in form %}{% control field %}{% endfor %}"
        drawn = Template(source).render(Context({"form": form}))
    assert 'type="date" name="starts_on" value="2026-03-01"' in drawn
    assert 'type="datetime-local" name="due_at" value="2026-03-01T09:05"' in drawn
    assert 'step="any"' in drawn


def test_a_field_can_belong_to_a_form_elsewhere():
    drawn = render("{% load forms %}{% control form.amount form='find' %}", form=DateForm())
    assert 'form="find"' in drawn
