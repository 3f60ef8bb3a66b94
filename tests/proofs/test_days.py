"""Days: each event lies in exactly one period, and in the right one, whatever the clock says."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from brm.core.writing import write_many
from feedback.models import Complaint
from kpis import engine
from kpis.clock import database_now
from kpis.definitions import find
from kpis.figures import series
from kpis.models import Contribution
from tests import factories

ZONES = (
    *("UTC", "Asia/Shanghai", "Europe/Berlin"),
    *("America/New_York", "America/Santiago", "Pacific/Apia"),
)
YEAR = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
MINUTE = timedelta(minutes=1)
NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def live_in(settings):
    """Puts the organisation into a time zone."""

    def move(name: str) -> ZoneInfo:
        zone = ZoneInfo(name)
        settings.BRM = dataclasses.replace(settings.BRM, time_zone=zone)
        settings.TIME_ZONE = name
        return zone

    return move


def around_midnights(zone: ZoneInfo, days: list[date]) -> list[datetime]:
    """The minute before each local midnight, the minute of it and the one after, as instants."""
    found = []
    for day in days:
        midnight = datetime.combine(day, datetime.min.time(), tzinfo=zone).astimezone(UTC)
        found += [midnight - MINUTE, midnight, midnight + MINUTE]
    return found


def complaints_at(instants: list[datetime]) -> None:
    write_many([Complaint(subject=str(at), received_at=at) for at in instants])


def figures(grain: str) -> dict[str, int]:
    found = series(find("complaints"), start=202312, end=202412, grain=grain).figures
    return {str(one.period): int(one.worth.value) for one in found if one.worth.value}


def check_every_period(instants: list[datetime], zone: ZoneInfo) -> None:
    """Dates, months and quarters follow from Python's own calendar of the zone."""
    days = [at.astimezone(zone).date() for at in instants]
    stored = dict(Complaint.objects.values_list("received_at", "received_on"))
    assert stored == dict(zip(instants, days, strict=True))
    months = Counter(f"{day:%Y-%m}" for day in days)
    assert figures("month") == months
    quarters = Counter(f"{day.year}-Q{(day.month + 2) // 3}" for day in days)
    assert figures("quarter") == quarters
    assert sum(figures("year").values()) == len(instants)


@pytest.mark.parametrize("zone", ZONES)
def test_the_minutes_around_every_midnight_of_a_leap_year(zone, live_in):
    lived_in = live_in(zone)
    instants = around_midnights(lived_in, YEAR)
    complaints_at(instants)
    engine.run(trigger="test", judged_at=NOW, kpis=["complaints"])
    check_every_period(instants, lived_in)


def test_a_change_of_zone_dates_the_same_instants_anew(live_in):
    """The database converts here; clocks that go forward and back included."""
    live_in("UTC")
    edges = [day for day in YEAR if day.day in (1, 10, 31) or day.month in (3, 4, 9, 10, 11)]
    instants = sorted({at for name in ZONES for at in around_midnights(ZoneInfo(name), edges[::7])})
    complaints_at(instants)
    engine.run(trigger="test", judged_at=NOW)
    for name in ZONES[1:]:
        zone = live_in(name)
        run = engine.run(trigger="test", judged_at=NOW)
        assert run.full_because == "changed: time_zone"
        check_every_period(instants, zone)


@pytest.mark.parametrize("zone", ZONES)
def test_a_run_at_half_past_midnight_has_that_local_date(zone, live_in):
    lived_in = live_in(zone)
    for day in (date(2024, 3, 31), date(2024, 10, 27), date(2024, 12, 31)):
        at = datetime.combine(day, datetime.min.time(), tzinfo=lived_in) + 30 * MINUTE
        run = engine.run(trigger="test", judged_at=at.astimezone(UTC))
        assert run.date == day


def test_a_worker_whose_clock_is_a_day_ahead_dates_no_figure_in_the_future():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has the clock of the worker")
    today = database_now().date()
    tomorrow = database_now() + timedelta(days=1)
    factories.ComplaintFactory(received_at=database_now() - timedelta(minutes=5))
    factories.ComplaintFactory(received_at=tomorrow + timedelta(hours=1))
    with time_machine.travel(tomorrow):
        run = engine.run(trigger="test")
        assert engine.run(trigger="test").full_because == ""
    assert run.date == today
    assert run.instant < tomorrow - timedelta(hours=23)
    months = f"{today:%Y%m}"
    dated = Contribution.objects.filter(kpi=find("complaints").code)
    assert list(dated.values_list("occurred_on", flat=True)) == [today]
    [figure] = series(find("complaints"), start=int(months), end=int(months)).figures
    assert figure.provisional


def test_a_clock_that_went_back_is_noticed_and_mended_by_a_full_run():
    factories.ComplaintFactory(received_at=NOW - timedelta(hours=30))
    ahead = engine.run(trigger="test", judged_at=NOW)
    back = engine.run(trigger="test", judged_at=NOW - timedelta(days=2))
    assert (ahead.rows_in, back.rows_out) == (1, 1)  # not due yet, and not happened yet
    assert back.full_because == "the clock went back"


def test_a_backdated_edit_restates_the_month_and_keeps_what_was_known():
    complaint = factories.ComplaintFactory(received_at=datetime(2025, 3, 10, 9, tzinfo=UTC))
    first = engine.run(trigger="test", judged_at=NOW)
    complaint.received_at = datetime(2025, 2, 10, 9, tzinfo=UTC)
    complaint.save()
    engine.run(trigger="test", judged_at=NOW + timedelta(days=1))
    window = {"start": 202502, "end": 202503}

    def told(**at):
        found = series(find("complaints"), **window, **at).figures
        return [(int(one.worth.value), one.restated) for one in found]

    assert told() == [(1, True), (0, True)]
    assert told(at=first.instant) == [(0, False), (1, False)]
    published = [one.published.value for one in series(find("complaints"), **window).figures]
    assert published == [0, 1]
    full = engine.run(trigger="test", full=True, judged_at=NOW + timedelta(days=1))
    assert full.differences == 0
