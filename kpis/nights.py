"""The nightly run: when it is due, whether it was missed, whether all is well."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from brm.core.health import register_check

from . import actions
from .clock import database_now, local_date
from .models import Run, RunState, Trigger

PATIENCE = timedelta(hours=1)  # for a nightly run to be done before /readyz tells
FAILURES = 3  # runs of a night that may fail before no other is started by itself
UNFINISHED = (RunState.QUEUED, RunState.RUNNING)


def last_mark(now: datetime) -> datetime:
    """The last instant at which a nightly run was due."""
    day = local_date(now)
    mark = _mark(day)
    return mark if mark <= now else _mark(day - timedelta(days=1))


def _mark(day: date) -> datetime:
    brm = settings.BRM
    return datetime.combine(day, brm.nightly_at, tzinfo=brm.time_zone)


def start_night(now: datetime) -> Run | None:
    """Queue the nightly run of the organisation's date; None when it has one."""
    return _start(local_date(now), Trigger.NIGHTLY, [])


def catch_up(now: datetime) -> Run | None:
    """Queue one run for the nights that were missed; None when none was.

    Effects beside: unfinished runs whose job was lost get another one.
    """
    for run in Run.objects.filter(state__in=UNFINISHED):
        actions.queue(run)
    mark = last_mark(now)
    night = local_date(mark)
    done = Run.objects.filter(state=RunState.DONE, is_complete=True)
    if done.filter(judged_at__gte=mark).exists():
        return None
    if Run.objects.filter(state__in=UNFINISHED, is_complete=True).exists():
        return None
    failed = Run.objects.filter(
        state=RunState.FAILED, trigger__in=[Trigger.NIGHTLY, Trigger.CATCH_UP], created_at__gte=mark
    )
    if failed.count() >= FAILURES:
        return None
    return _start(night, Trigger.CATCH_UP, missed_nights(now))


def missed_nights(now: datetime) -> list[date]:
    """The dates whose nightly run was due and which no run has covered since."""
    last = Run.objects.filter(state=RunState.DONE, is_complete=True).order_by("-id").first()
    if last is None:
        return []
    night = local_date(last_mark(now))
    missed = []
    while _mark(night) > last.judged_at:
        missed.append(night)
        night -= timedelta(days=1)
    return missed[::-1]


def _start(night: date, trigger: str, missed: list[date]) -> Run | None:
    """Queue the run of a night, unless it has one: two schedulers make one run."""
    if Run.objects.filter(night=night).exists():
        return None
    try:
        with transaction.atomic():
            return actions.start_run(
                by=None,
                trigger=trigger,
                night=night,
                missed_nights=[day.isoformat() for day in missed],
            )
    except IntegrityError:
        return None


def night_is_well() -> bool:
    """Whether the last night that is an hour past was computed."""
    mark = last_mark(database_now() - PATIENCE)
    return Run.objects.filter(state=RunState.DONE, is_complete=True, judged_at__gte=mark).exists()


register_check("night", night_is_well)
