"""Bulk changes as background work."""

from typing import Any

from django.utils import timezone

from brm.core import jobs
from brm.core.jobs import Report
from brm.core.models import Job

from . import actions
from .models import BulkChange, ChangeState


@jobs.handler(actions.RUN)
def work(job: Job, report: Report) -> dict[str, Any]:
    """Do the rest of a change, with the rights its user has now."""
    change = BulkChange.objects.select_related("by").get(pk=job.payload["change"])
    if change.state == ChangeState.RUNNING:
        actions.run(change, now=timezone.now(), progress=report)
    return change.counts()


@jobs.handler(actions.UNDO)
def take_back(job: Job, report: Report) -> dict[str, Any]:
    """Take an edit back."""
    change = BulkChange.objects.select_related("by").get(pk=job.payload["change"])
    if change.state == ChangeState.UNDOING:
        actions.undo(change, now=timezone.now())
    return change.counts()
