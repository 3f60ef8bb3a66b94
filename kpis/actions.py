"""Starting a recompute in the background."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from brm.core import jobs

from . import engine
from .models import Run, Trigger

JOB = "kpi-run"


@transaction.atomic
def start_run(
    *,
    by: Any,
    trigger: str = Trigger.MANUAL,
    full: bool = False,
    kpis: Iterable[str] = (),
    from_month: int | None = None,
    to_month: int | None = None,
    night: date | None = None,
    missed_nights: Iterable[str] = (),
) -> Run:
    """Queue a run for the workers.

    Effects: a queued Run and its Job in one transaction; after commit, a nudge. Raises ValueError
    for an unknown KPI, IntegrityError for a night that has its run.
    """
    run = engine.request(
        trigger=trigger,
        full=full,
        kpis=kpis,
        from_month=from_month,
        to_month=to_month,
        by=by,
        night=night,
        missed_nights=missed_nights,
    )
    queue(run, by=by)
    return run


def queue(run: Run, *, by: Any = None) -> None:
    """Make sure that a worker does the run. Effects: its Job, unless it has an unfinished one."""
    jobs.enqueue(JOB, str(run.pk), by=by, payload={"run": run.pk})
