"""The script of the demo, before anything is written."""

import hashlib
from datetime import UTC, datetime

import pytest
from django.conf import settings

from brm.core.lifecycle import LifecycleRecord
from brm.demo.calendar import DemoCalendar
from brm.demo.cast import Cast
from brm.demo.script import compose

from .conftest import NOW

pytestmark = pytest.mark.once

MOMENTS = [
    NOW,
    datetime(2024, 2, 29, 0, 10, tzinfo=UTC),
    datetime(2025, 3, 31, 23, 59, tzinfo=UTC),
    datetime(2026, 1, 1, 1, 31, tzinfo=UTC),
]


def script(seed=1, now=NOW):
    return compose(seed=seed, now=now, cast=Cast())


def digest(world):
    """Everything that would be written, as one number."""
    text = hashlib.sha256()
    for step in world.steps:
        values = step.values or {
            field.attname: getattr(step.record, field.attname)
            for field in step.record._meta.concrete_fields
        }
        text.update(f"{step.at} {type(step.record).__name__} {sorted(values.items())}".encode())
    return text.hexdigest()


def test_the_same_seed_tells_the_same_story():
    assert digest(script()) == digest(script())


def test_another_seed_tells_another_story():
    assert digest(script(seed=1)) != digest(script(seed=2))


@pytest.mark.parametrize("now", MOMENTS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_happens_before_the_beginning_or_after_last_night(seed, now):
    world = script(seed, now)
    assert min(step.at for step in world.steps) >= world.calendar.beginning
    assert max(step.at for step in world.steps) <= world.calendar.last_night <= now


@pytest.mark.parametrize("now", MOMENTS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_records_appear_once_and_move_only_as_their_lifecycle_allows(seed, now):
    status, seen = {}, set()
    for step in sorted(script(seed, now).steps, key=lambda step: step.at):
        key = id(step.record)
        assert step.is_new == (key not in seen)
        seen.add(key)
        if isinstance(step.record, LifecycleRecord):
            before = status.get(key, step.record.status)
            status[key] = step.values.get("status", before)
            if before != status[key] and not step.is_new:
                move = step.record.Status.find(before, status[key])
                assert step.reason or not move.reason
            elif "status" in step.values:
                step.record.Status.find(before, before)


def test_nights_are_the_months_ends_and_the_last_days():
    calendar = DemoCalendar(NOW, settings.BRM.time_zone, settings.BRM.nightly_at)
    nights = calendar.nights()
    assert [f"{night:%Y-%m-%d %H:%M}" for night in nights[:2]] == [
        "2023-12-01 01:30",
        "2024-01-01 01:30",
    ]
    assert [f"{night:%Y-%m-%d}" for night in nights[-3:]] == [
        "2025-11-01",
        "2025-11-17",
        "2025-11-24",
    ]
    assert len(nights) == 26


def test_before_the_nightly_run_last_night_is_yesterdays():
    early = datetime(2025, 11, 24, 1, 29, tzinfo=UTC)
    calendar = DemoCalendar(early, settings.BRM.time_zone, settings.BRM.nightly_at)
    assert f"{calendar.today}" == "2025-11-23"
