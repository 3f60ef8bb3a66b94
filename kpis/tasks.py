"""What the worker does for the KPIs."""

from typing import Any

from celery import shared_task
from django.db import connection

from brm.core import jobs
from brm.core.models import Job

from . import actions, engine, nights, turns
from .clock import database_now
from .models import Run


@jobs.handler(actions.JOB)
def do_run(job: Job, report: jobs.Report) -> dict[str, Any]:
    """Do a run, with the help of a second worker where everything is compared."""
    run = Run.objects.get(pk=job.payload["run"])
    helped = job.payload.get("helping") or connection.vendor != "postgresql"
    if not run.is_finished and not helped and engine.will_be_full(run):
        payload = {"run": run.pk, "helping": True}
        jobs.enqueue(actions.JOB, f"{run.pk}, second", by=None, payload=payload)
    run = engine.work(run, report)
    turns.tell_owners(run, now=database_now())
    return {"run": run.pk, "state": run.state, "error": run.error}


@shared_task
def nightly() -> None:
    """Start the nightly run, once a night however often beat says so."""
    nights.start_night(database_now())


@shared_task
def catch_up() -> None:
    """Start a run for nights that were missed, and lost runs again."""
    nights.catch_up(database_now())
