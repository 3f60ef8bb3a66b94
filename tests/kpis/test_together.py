"""Runs beside writers, beside each other, and killed: nothing is lost, nothing is there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from django.db import connection, connections

from kpis import engine
from kpis.clock import database_now
from kpis.models import Contribution, Run, RunState, Snapshot, SnapshotChange
from tests import factories
from tests.reference.company import Organisation
from tests.reference.kpis import contributions
from tests.reference.random_company import mutate, random_company

from .build_company import store
from .ledger import difference, open_contributions

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
PLAIN = Organisation()

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("one writer at a time: nothing to see on SQLite")


def test_a_transaction_left_open_across_a_run_keeps_its_keys_for_the_next(postgresql):
    complaint = factories.ComplaintFactory()
    engine.run(trigger="test")
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "UPDATE feedback_complaint SET status = 'duplicate' WHERE id = %s", [complaint.pk]
            )
        assert engine.run(trigger="test").rows_out == 0
        other.commit()
    finally:
        other.close()
    assert engine.run(trigger="test").rows_out == 2
    assert engine.run(trigger="test", full=True).differences == 0


def in_threads(*functions):
    """Runs the functions at once; raises what one of them raised."""
    errors = []

    def call(function):
        try:
            function()
        except Exception as error:  # noqa: BLE001 — handed to the test
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_two_runs_at_once_follow_each_other(postgresql, organised):
    company = random_company(3, today=NOW.date(), size=30)
    organised(company.organisation)
    store(company)
    in_threads(*[lambda: engine.run(trigger="test", judged_at=NOW, full=True)] * 3)
    assert list(Run.objects.values_list("state", flat=True)) == [RunState.DONE] * 3
    assert difference(contributions(company, now=NOW), open_contributions()) == ""
    assert Run.objects.order_by("id").last().differences == 0


def test_several_workers_share_a_run(postgresql, organised):
    company = random_company(4, today=NOW.date(), size=30)
    organised(company.organisation)
    store(company)
    queued = engine.request(trigger="test", judged_at=NOW)
    in_threads(*[lambda: engine.work(Run.objects.get(pk=queued.pk))] * 3)
    queued.refresh_from_db()
    assert queued.state == RunState.DONE
    assert set(queued.parts.values_list("attempts", flat=True)) == {1}
    assert difference(contributions(company, now=NOW), open_contributions()) == ""


def killed_runs(count: int, seed: int) -> Iterator[tuple[int, int]]:
    """Starts runs in processes of their own and kills them at random; counts those it hit."""
    random, hit = Random(seed), 0
    # The test database, for a process of its own.
    url, _slash, _name = os.environ["DATABASE_URL"].rpartition("/")
    env = {**os.environ, "DATABASE_URL": f"{url}/{connection.settings_dict['NAME']}"}
    for number in range(count):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "recompute_kpis"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        before = Run.objects.count()
        while Run.objects.count() == before and process.poll() is None:
            time.sleep(0.005)
        time.sleep(random.random() * 0.5)
        if process.poll() is None:
            hit += 1
        process.send_signal(signal.SIGKILL)
        process.wait()
        yield number, hit


def check_after(company) -> None:
    """What a killed run left is finished, and the ledger is right."""
    engine.run(trigger="test")
    last = Run.objects.order_by("id").last()
    assert not Run.objects.exclude(state=RunState.DONE).exists()
    expected = contributions(company, now=last.judged_at)
    assert difference(expected, open_contributions()) == ""


@pytest.mark.parametrize(
    "kills", [2, pytest.param(50, marks=[pytest.mark.full, pytest.mark.timeout(1500)])]
)
def test_killed_at_any_point_nothing_is_lost_or_doubled(kills, postgresql, organised):
    today = database_now().date()
    company = random_company(11, today=today, size=40, organisation=PLAIN)
    organised(company.organisation)
    store(company)
    hits = 0
    for number, hit in killed_runs(kills, seed=kills):
        hits = hit
        check_after(company)
        company = mutate(company, number, today, writes=8)
        store(company)
    check_after(company)
    full = engine.run(trigger="test", full=True)
    assert full.differences == 0
    assert hits >= kills // 2
    sums = Snapshot.objects.count()
    assert sums
    assert SnapshotChange.objects.exclude(run__in=Run.objects.values("id")).count() == 0
    assert not Contribution.objects.exclude(opened_run__in=Run.objects.values("id")).exists()
