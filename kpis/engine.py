"""The engine of the KPIs: runs, one after another, each whole or not at all.

    run(*, trigger="command", full=False, kpis=(), from_month=None, to_month=None,
        judged_at=None, instant=None, by=None, report=None) -> Run

does a run synchronously, in this process, and returns it finished; raises `RunFailed`. Months are
integers such as 202501. `judged_at` (what "now" is for the run) and `instant` (from when it is
visible) are given by replays and tests alone, in growing order; else the database's clock holds.

    request(**same, without report) -> Run        writes a queued run, for a worker to do
    work(run, report=None) -> Run                 does it, and whatever runs come before it

A run is nobody's: any worker takes its open parts, so that a run whose worker died is finished by
the next one who looks. Several may look at once.
"""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, Max, Sum
from django.utils.translation import gettext as _

from brm.core.dialect import lock
from brm.core.models import DirtyKey

from . import definitions
from .clock import database_now, local_date
from .feeding import Fed, Feeding
from .locks import held
from .models import Contribution, Member, Run, RunPart, RunState, SnapshotChange, Trigger
from .naming import feed_names
from .preparing import mend_spells, redate
from .staging import Stage
from .summing import publish_sums

logger = logging.getLogger(__name__)

Report = Callable[[float], None]
ATTEMPTS = 3
NAMES = 0  # the part that keeps the names of members
WAIT_SECONDS = 0.2
SIGN_OF_LIFE = 50  # waits after which a waiting worker reports, which keeps its job its own
# How PostgreSQL and SQLite name the rule that one run at most is running.
ONE_RUNNING = ("one_running_run", "kpis_run.state")
MOMENT = timedelta(microseconds=1)


class RunFailed(Exception):
    """A run ended as failed; the message says why. The ledger is as it was before it."""


class Refused(Exception):
    """A run cannot begin under the present settings."""


def run(*, report: Report | None = None, **options: Any) -> Run:
    """Request a run and do it at once; raises RunFailed. See the module's text."""
    done = work(request(**options), report)
    if done.state == RunState.FAILED:
        raise RunFailed(done.error)
    return done


def request(
    *,
    trigger: str = Trigger.COMMAND,
    full: bool = False,
    kpis: Iterable[str] = (),
    from_month: int | None = None,
    to_month: int | None = None,
    judged_at: datetime | None = None,
    instant: datetime | None = None,
    by: Any = None,
    night: date | None = None,
    missed_nights: Iterable[str] = (),
) -> Run:
    """Write a queued run; raises ValueError for unknown KPIs and an instant that does not grow.

    `night` is the date whose nightly run it is: IntegrityError when that has one.
    """
    keys = sorted(set(kpis))
    if unknown := [key for key in keys if definitions.find(key) is None]:
        raise ValueError(f"unknown KPIs: {', '.join(unknown)}")
    last = latest_run()
    if instant and last and instant <= last.instant:
        raise ValueError(f"a later run is visible since {last.instant.isoformat()}")
    return Run.objects.create(
        trigger=trigger,
        requested_full=full,
        kpis=keys,
        from_month=from_month,
        to_month=to_month,
        is_complete=not keys and from_month is None and to_month is None,
        given_judged_at=judged_at,
        given_instant=instant,
        requested_by=by,
        night=night,
        missed_nights=list(missed_nights),
    )


def work(run: Run, report: Report | None = None) -> Run:
    """Work until the run is finished: on the running one, on those before it, on it."""
    waits = 0
    while True:
        run.refresh_from_db()
        if run.is_finished:
            return run
        current = Run.objects.filter(state=RunState.RUNNING).first() or _start_oldest()
        if current is None or not _advance(current, report):
            time.sleep(WAIT_SECONDS)
            waits += 1
            if report is not None and waits % SIGN_OF_LIFE == 0:
                report(run.progress)


def latest_run(at: datetime | None = None) -> Run | None:
    """The last finished run, or the last one visible at an instant."""
    done = Run.objects.filter(state=RunState.DONE)
    if at is not None:
        done = done.filter(instant__lte=at)
    return done.order_by("-id").first()


# --- Starting ------------------------------------------------------------------------------------


def signature() -> dict[str, Any]:
    """The settings and definitions that figures depend on."""
    brm = settings.BRM
    return {
        "time_zone": brm.time_zone.key,
        "base_currency": brm.base_currency,
        "fiscal_year_start": brm.fiscal_year_start,
        "renewal_grace_days": brm.renewal_grace_days,
        "definitions": definitions.digest(),
    }


def _start_oldest() -> Run | None:
    """Start the run that has waited longest; None when another worker was faster."""
    queued = Run.objects.filter(state=RunState.QUEUED).order_by("id").first()
    if queued is None:
        return None
    try:
        with transaction.atomic():
            return _start(queued.pk)
    except IntegrityError as error:
        if any(name in str(error) for name in ONE_RUNNING):
            return None
        raise
    except Refused as error:
        Run.objects.filter(pk=queued.pk, state=RunState.QUEUED).update(
            state=RunState.FAILED, error=str(error), finished_at=database_now(), night=None
        )
        return None


def _start(run_id: int) -> Run | None:
    """Make a queued run the running one, take the dirty keys and lay out its parts."""
    taken = Run.objects.filter(pk=run_id, state=RunState.QUEUED).update(state=RunState.RUNNING)
    if not taken:
        return None
    run = Run.objects.get(pk=run_id)
    run.started_at = database_now()
    run.judged_at = run.given_judged_at or run.started_at
    run.date = local_date(run.judged_at)
    run.signature = signature()
    run.base = Run.objects.filter(state=RunState.DONE, is_complete=True).order_by("-id").first()
    run.full_because = _why_full(run)
    run.full = bool(run.full_because)
    run.first_contribution = Contribution.objects.aggregate(last=Max("id"))["last"] or 0
    run.save()
    if run.base and run.base.signature["time_zone"] != run.signature["time_zone"]:
        redate()
    if run.is_complete:
        DirtyKey.objects.filter(run_id=None).update(run_id=run.pk)
    mend_spells(run)
    chosen = [kpi for kpi in definitions.KPIS if not run.kpis or kpi.key in run.kpis]
    RunPart.objects.bulk_create(
        RunPart(run=run, kpi=code) for code in [NAMES, *(kpi.code for kpi in chosen)]
    )
    return run


def _why_full(run: Run) -> str:
    """Why a run compares everything; empty when it need not. Raises Refused."""
    if run.base is None:
        return "first"
    before, now = run.base.signature, run.signature
    if before["base_currency"] != now["base_currency"]:
        raise Refused(
            _("The base currency was %(before)s and cannot become %(now)s while there is data.")
            % {"before": before["base_currency"], "now": now["base_currency"]}
        )
    if changed := [name for name in now if before.get(name) != now[name]]:
        return "changed: " + ", ".join(changed)
    if run.judged_at < run.base.judged_at:
        return "the clock went back"
    return "asked for" if run.requested_full else ""


def will_be_full(run: Run) -> bool:
    """Whether a queued run will compare everything, so that more workers are of use."""
    base = Run.objects.filter(state=RunState.DONE, is_complete=True).order_by("-id").first()
    return run.requested_full or base is None or base.signature != signature()


# --- Working -------------------------------------------------------------------------------------


def _advance(run: Run, report: Report | None) -> bool:
    """Do the parts nobody works on, then finish; False when there was nothing to do."""
    parts = list(run.parts.exclude(state=RunState.DONE).order_by("id"))
    stage = None
    worked = False
    for part in parts:
        with held(part.pk) as ours:
            if ours:
                worked = True
                stage = stage or Stage()
                if not _do(run, part, stage):
                    stage = None
        if report is not None and ours:
            report(run.parts.filter(state=RunState.DONE).count() / run.parts.count())
    return _finish(run) or worked


def _do(run: Run, part: RunPart, stage: Stage) -> bool:
    """One part, in one transaction at its end; False if it failed. The third failure fails the
    run."""
    if not _attempt(run, part):
        return True
    started = time.monotonic()
    try:
        _feed(run, part, stage, started)
    except DatabaseError as error:
        logger.exception("part %s of run %s failed", part.kpi, run.pk)
        RunPart.objects.filter(pk=part.pk).update(error=f"{type(error).__name__}: {error}")
        return False
    return True


def _attempt(run: Run, part: RunPart) -> bool:
    """Count one more attempt at a part; False when it is done, or its run over."""
    still_open = RunPart.objects.filter(pk=part.pk, run__state=RunState.RUNNING).exclude(
        state=RunState.DONE
    )
    if still_open.filter(attempts__lt=ATTEMPTS).update(attempts=F("attempts") + 1):
        return True
    for lost in still_open:
        fail(run, lost.error or _("The worker was lost too often."))
    return False


def _feed(run: Run, part: RunPart, stage: Stage, started: float) -> None:
    """Prepare a part and write it, unless the run has ended or the part is done already."""
    feeding = None
    if part.kpi != NAMES:
        feeding = Feeding(run, definitions.by_code(part.kpi), stage)
        feeding.prepare()
    with transaction.atomic():
        if not _still_open(part):
            return
        fed = feeding.apply() if feeding else Fed(*feed_names(run))
        RunPart.objects.filter(pk=part.pk).update(
            rows_in=fed.rows_in,
            rows_out=fed.rows_out,
            drift=fed.drift,
            state=RunState.DONE,
            error="",
            seconds=time.monotonic() - started,
        )


def _still_open(part: RunPart) -> bool:
    """Lock run and part, and look whether there still is something to write."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.state, p.state FROM kpis_runpart p JOIN kpis_run r ON r.id = p.run_id"
            f" WHERE p.id = %s {lock(share='r', change='p')}",
            [part.pk],
        )
        of_run, of_part = cursor.fetchone()
    return of_run == RunState.RUNNING and of_part != RunState.DONE


# --- Finishing -----------------------------------------------------------------------------------


@transaction.atomic
def _finish(run: Run) -> bool:
    """When all parts are done: make the run visible. One short transaction."""
    run = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state != RunState.RUNNING or run.parts.exclude(state=RunState.DONE).exists():
        return False
    publish_sums(run.pk)
    if run.is_complete:
        DirtyKey.objects.filter(run_id=run.pk).delete()
    totals = run.parts.exclude(kpi=NAMES).aggregate(Sum("rows_in"), Sum("rows_out"), Sum("drift"))
    run.rows_in, run.rows_out = totals["rows_in__sum"], totals["rows_out__sum"]
    if run.full:
        run.differences = run.rows_in + run.rows_out + totals["drift__sum"]
    run.finished_at = database_now()
    run.instant = _next_instant(run.given_instant or run.finished_at)
    run.state = RunState.DONE
    run.save()
    return True


def _next_instant(wanted: datetime) -> datetime:
    """The instant wanted, or the first one after the last run's."""
    last = latest_run()
    return wanted if last is None or wanted > last.instant else last.instant + MOMENT


@transaction.atomic
def fail(run: Run, error: str) -> None:
    """End a run as failed and take back what it wrote; none of it was ever visible."""
    run = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state != RunState.RUNNING:
        return
    Contribution.objects.filter(pk__gt=run.first_contribution, opened_run=run.pk).delete()
    Member.objects.filter(opened_run=run.pk).delete()
    for model in (Contribution, Member):
        model.objects.filter(closed_run=run.pk).update(closed_run=None)
    SnapshotChange.objects.filter(run=run.pk).delete()
    DirtyKey.objects.filter(run_id=run.pk).update(run_id=None)
    run.state, run.error, run.finished_at = RunState.FAILED, error, database_now()
    run.night = None
    run.save()
