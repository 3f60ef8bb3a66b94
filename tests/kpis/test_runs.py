"""Runs: what they take, what they leave, how many statements they need, how they fail."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brm.core.models import DirtyKey, Job
from kpis import definitions, engine, nights, tasks
from kpis.definitions import find
from kpis.figures import series
from kpis.models import Contribution, Run, RunState, Trigger
from tests import factories
from tests.reference.kpis import contributions
from tests.reference.random_company import random_company

from .build_company import store
from .ledger import difference, open_contributions

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
TODAY = date(2025, 6, 15)


def run(**options):
    return engine.run(trigger="test", **{"judged_at": NOW, **options})


def test_a_first_run_is_full_and_a_second_changes_nothing():
    factories.ComplaintFactory()
    first = run()
    assert (first.full, first.full_because, first.rows_in) == (True, "first", 2)
    second = run()
    assert (second.full, second.rows_in, second.rows_out) == (False, 0, 0)
    assert second.instant > first.instant


def test_a_soft_delete_retracts_at_the_next_run_and_the_past_keeps_it():
    complaint = factories.ComplaintFactory()
    first = run()
    complaint.soft_delete()
    assert run().rows_out == 2
    kpi = find("complaints")
    window = {"start": 202503, "end": 202503}
    assert series(kpi, **window).figures[0].worth.value == 0
    assert series(kpi, **window, at=first.instant).figures[0].worth.value == 1
    assert Contribution.objects.count() == 2


def test_a_restricted_run_leaves_the_queue_to_the_next_complete_one():
    run()
    factories.ComplaintFactory()
    restricted = run(kpis=["complaints"])
    assert restricted.rows_in == 1
    assert DirtyKey.objects.filter(kind="complaint", run_id=None).exists()
    assert run().rows_in == 1  # acknowledged in time
    assert not DirtyKey.objects.exists()


def test_a_window_takes_the_keys_with_a_row_in_it():
    run()
    factories.ComplaintFactory(received_at=datetime(2025, 3, 10, 9, tzinfo=UTC))
    factories.ComplaintFactory(received_at=datetime(2025, 4, 10, 9, tzinfo=UTC))
    assert run(kpis=["complaints"], from_month=202503, to_month=202503).rows_in == 1


@pytest.mark.parametrize("full", [False, True])
def test_statements_do_not_grow_with_rows(full):
    factories.ComplaintFactory()
    run()
    counts = []
    for more in (1, 30):
        for _ in range(more):
            factories.ComplaintFactory()
        with CaptureQueriesContext(connection) as captured:
            assert run(full=full).rows_in == 2 * more
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_changed_setting_makes_the_next_run_full(settings):
    run()
    settings.BRM = dataclasses.replace(settings.BRM, renewal_grace_days=30)
    again = run()
    assert again.full_because == "changed: renewal_grace_days"
    assert run().full_because == ""


def test_a_changed_base_currency_is_refused(settings):
    run()
    settings.BRM = dataclasses.replace(settings.BRM, base_currency="USD")
    with pytest.raises(engine.RunFailed, match="base currency"):
        run()
    settings.BRM = dataclasses.replace(django_settings.BRM, base_currency="EUR")
    assert run().state == RunState.DONE


def test_a_changed_time_zone_dates_all_anew(settings):
    from zoneinfo import ZoneInfo

    complaint = factories.ComplaintFactory(received_at=datetime(2025, 3, 31, 23, tzinfo=UTC))
    run()
    settings.BRM = dataclasses.replace(settings.BRM, time_zone=ZoneInfo("Asia/Shanghai"))
    settings.TIME_ZONE = "Asia/Shanghai"
    run()
    complaint.refresh_from_db()
    assert complaint.received_on == date(2025, 4, 1)
    months = Contribution.objects.filter(closed_run=None).values_list("month", flat=True)
    assert set(months) == {202504}


def test_a_failing_part_fails_the_run_and_leaves_the_ledger_as_it_was(monkeypatch):
    run()
    factories.ComplaintFactory()
    before = list(Contribution.objects.order_by("id").values_list())
    kpi = find("complaints_acknowledged_in_time")
    broken = dataclasses.replace(kpi, select=lambda only: "SELECT nonsense")
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_feed", failing(engine._feed, broken.code))
        with pytest.raises(engine.RunFailed):
            run()
    assert list(Contribution.objects.order_by("id").values_list()) == before
    assert DirtyKey.objects.filter(run_id=None).exists()
    assert run().rows_in == 2


def failing(feed, code):
    """`_feed` that fails for one KPI, as the database would."""
    from django.db import DatabaseError

    def fail(run, part, *rest):
        if part.kpi == code:
            raise DatabaseError("broken on purpose")
        return feed(run, part, *rest)

    return fail


def test_instants_must_grow():
    run(instant=NOW)
    with pytest.raises(ValueError, match="later run"):
        run(instant=NOW - timedelta(days=1))


def test_the_command_runs_and_refuses_nonsense(capsys):
    factories.ComplaintFactory()
    call_command("recompute_kpis", "--kpi", "complaints")
    assert "1 rows in" in capsys.readouterr().out
    call_command("recompute_kpis", "--full")
    assert "rows in" in capsys.readouterr().out
    for wrong in (
        ["--kpi", "nothing"],
        ["--from", "2025"],
        ["--from", "2025-05", "--to", "2025-01"],
    ):
        with pytest.raises(CommandError):
            call_command("recompute_kpis", *wrong)


# --- Nights --------------------------------------------------------------------------------------


def test_a_night_has_one_run_however_often_beat_calls():
    assert nights.start_night(NOW) is not None
    assert nights.start_night(NOW) is None
    assert nights.start_night(NOW + timedelta(days=1)) is not None
    assert Run.objects.filter(trigger=Trigger.NIGHTLY).count() == 2
    assert Job.objects.filter(kind="kpi-run").count() == 2


def test_missed_nights_are_caught_up_by_one_run_that_lists_them():
    run(judged_at=NOW - timedelta(days=3))
    caught = nights.catch_up(NOW)
    assert caught.trigger == Trigger.CATCH_UP
    assert caught.missed_nights == ["2025-06-13", "2025-06-14", "2025-06-15"]
    assert nights.catch_up(NOW) is None
    assert engine.work(caught).state == RunState.DONE
    assert nights.catch_up(NOW) is None
    assert nights.missed_nights(NOW) == []
    assert Run.objects.filter(trigger=Trigger.CATCH_UP).count() == 1


def test_the_job_does_the_run():
    factories.ComplaintFactory()
    queued = nights.start_night(NOW)
    job = Job.objects.get(kind="kpi-run")
    assert tasks.do_run(job, lambda share: None)["state"] == "done"
    queued.refresh_from_db()
    assert (queued.state, queued.progress, queued.rows_in) == ("done", 1.0, 2)


def test_whether_a_night_is_well():
    assert not nights.night_is_well()
    engine.run(trigger="test")
    assert nights.night_is_well()


# --- The identity of the headline ----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_active_at_the_end_follows_from_gains_and_losses(seed, organised):
    company = random_company(seed, today=TODAY, size=40)
    organised(company.organisation)
    store(company)
    run()
    assert difference(contributions(company, now=NOW), open_contributions()) == ""
    window = {"start": 202212, "end": 202505}
    keys = ("new_customers", "returned_customers", "lost_customers", "active_customers")
    new, back, lost, active = (series(find(key), **window).figures for key in keys)
    for month in range(1, len(active)):
        rows = lost[month].sums.row_count  # those left out of the headline included
        gained = new[month].worth.value + back[month].worth.value
        # A loss of the month's first day was active on the last day of the month before.
        assert active[month].worth.value == active[month - 1].worth.value + gained - rows


def test_every_code_and_key_is_its_own():
    assert len({kpi.code for kpi in definitions.KPIS}) == len(definitions.KPIS) == 18
    assert len({kpi.key for kpi in definitions.KPIS}) == 18
