"""Incremental = full: after any mix of writes through all doors, nights find all that changed."""

from __future__ import annotations

import os
import threading
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, connections, transaction

from brm.core.models import DirtyKey
from kpis import engine
from kpis.definitions import by_code
from kpis.models import Contribution
from tests.kpis.ledger import open_contributions

from .doors import Door

NIGHTS, WRITES = 3, 30
LONG_NIGHTS, LONG_WRITES = 8, 60
COMPANIES = int(os.environ.get("BRM_DOORS", "4"))  # BRM_DOORS=12 for the long look
WRITES_LEFT_OPEN = 3
GAPS = (0, 1, 3, 9, 31, 75)  # days from one night to the next


def night(now):
    """An incremental run finds all; a full one after it finds nothing more."""
    run = engine.run(trigger="test", judged_at=now)
    full = engine.run(trigger="test", judged_at=now, full=True)
    assert (full.differences, full.rows_in, full.rows_out) == (0, 0, 0), missed(full)
    assert not DirtyKey.objects.exists()
    return run


def missed(run) -> Counter:
    """For each KPI how many rows the full run opened and closed."""
    parts = run.parts.exclude(rows_in=0, rows_out=0, drift=0).exclude(kpi=0)
    return Counter(
        {f"{by_code(part.kpi).key} in": part.rows_in for part in parts}
        | {f"{by_code(part.kpi).key} out": part.rows_out for part in parts}
    )


def through_all_doors(doors, nights: int, writes: int) -> tuple[int, Counter]:
    """Random writes with nights between; returns how many rows nights moved, and the writes."""
    plausible, moved = doors[0].plausible, 0
    for number in range(nights):
        with time_machine.travel(plausible.now, tick=False):
            for door in doors:
                door.sign_in()
            for _write in range(writes):
                plausible.random.choice(doors).write()
            run = night(plausible.now)
            if number:
                moved += run.rows_in + run.rows_out
        plausible.now += timedelta(days=plausible.random.choice(GAPS), minutes=number)
    return moved, Counter({door.name: door.written for door in doors})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seed", "nights", "writes"),
    [
        *((seed, NIGHTS, WRITES) for seed in range(2)),
        *(
            pytest.param(seed, LONG_NIGHTS, LONG_WRITES, marks=pytest.mark.full)
            for seed in range(100, 100 + COMPANIES)
        ),
    ],
)
def test_incremental_equals_full_whatever_door_was_used(doors, seed, nights, writes):
    opened = doors(seed)
    moved, written = through_all_doors(opened, nights, writes)
    assert set(written) == {"pages", "api", "import", "bulk"}
    assert min(written.values()) >= nights * 2, written
    assert moved > nights * 20
    assert len({row.kpi for row in open_contributions()}) >= 15
    assert Contribution.objects.exclude(closed_run=None).exists()


class LeftOpen(threading.Thread):
    """Writes through a door in a transaction of its own, which stays open until it is let go."""

    def __init__(self, door: Door) -> None:
        super().__init__()
        self.door, self.error = door, None
        self.door.written = 0
        self.written, self.let_go = threading.Event(), threading.Event()

    def run(self) -> None:
        try:
            with transaction.atomic():
                while self.door.written < WRITES_LEFT_OPEN:
                    self.door.write()
                self.written.set()
                assert self.let_go.wait(60)
        except Exception as error:  # noqa: BLE001 — handed to the test
            self.error = error
        finally:
            self.written.set()
            connections.close_all()

    def __enter__(self) -> LeftOpen:
        self.start()
        assert self.written.wait(60)
        return self

    def __exit__(self, *_error: object) -> None:
        self.let_go.set()
        self.join()
        if self.error is not None:
            raise self.error


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("seed", "nights"),
    [(500, 4), pytest.param(501, 20, marks=pytest.mark.full)],
)
def test_writes_of_transactions_left_open_across_a_night_are_found_the_night_after(
    doors, seed, nights
):
    if connection.vendor != "postgresql":
        pytest.skip("one writer at a time: no run while a transaction is open on SQLite")
    opened = doors(seed)
    plausible, found = opened[0].plausible, 0
    night(plausible.now)  # mends the spells that the plain load left behind, which locks customers
    for number in range(nights):
        with time_machine.travel(plausible.now, tick=False):
            for door in opened:
                door.sign_in()
            for _write in range(8):
                plausible.random.choice(opened).write()
            with LeftOpen(opened[number % len(opened)]):
                night(plausible.now)
            after = night(plausible.now)
            found += after.rows_in + after.rows_out
        plausible.now += timedelta(days=plausible.random.choice(GAPS), minutes=1)
    assert found >= nights
