"""Background work that survives a dead worker, a dead broker and a closed browser.

The `Job` row, written with the request's own transaction, owns the work. After commit a nudge is
sent to the broker from a side thread, so that saving never waits for it; whatever gets lost on
the way is found by the sweep.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from .models import Job
from .models.job import JobState

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
ATTEMPTS = 3

Report = Callable[[float], None]
Handler = Callable[[Job, Report], dict[str, Any] | None]
_handlers: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register what does jobs of `kind`: called with the job and a way to report progress 0–1.

    A handler must be safe to repeat; the dictionary it returns becomes the job's result.
    """

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def enqueue(kind: str, key: str = "", *, by: Any, payload: dict[str, Any] | None = None) -> Job:
    """Queue work, or return the unfinished job of the same kind and key.

    Effects: one Job row in the current transaction; after commit, a nudge to the workers.
    """
    with transaction.atomic():
        job, _created = Job.objects.get_or_create(
            kind=kind,
            key=key,
            state__in=[JobState.QUEUED, JobState.RUNNING],
            defaults={
                "state": JobState.QUEUED,
                "payload": payload or {},
                "created_by": by if by is not None and by.pk else None,
            },
        )
        transaction.on_commit(lambda: nudge(job.pk))
    return job


def nudge(job_id: int) -> None:
    """Tell the workers about a job without waiting for the broker."""
    threading.Thread(target=_publish, args=[job_id], daemon=True).start()


def _publish(job_id: int) -> None:
    from .tasks import work

    try:
        work.apply_async([job_id])
    except (OperationalError, OSError) as error:
        logger.warning("broker not reached, the sweep will start job %s: %s", job_id, error)


def claim(job_id: int) -> Job | None:
    """Take the lease of a job that is queued or whose lease has passed; None if it is taken."""
    now = timezone.now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    taken = Job.objects.filter(free, pk=job_id).update(
        state=JobState.RUNNING,
        lease_until=now + LEASE,
        attempts=F("attempts") + 1,
        started_at=now,
    )
    return Job.objects.get(pk=job_id) if taken else None


def run(job_id: int) -> Job | None:
    """Do a job if it is free. After ATTEMPTS failures or lost workers it ends as failed."""
    job = claim(job_id)
    if job is None:
        return None
    if job.attempts > ATTEMPTS:
        return finish(job, JobState.FAILED, error="The worker was lost too often.")
    try:
        result = _handlers[job.kind](job, lambda share: report(job, share))
    except Exception as error:
        logger.exception("job %s failed", job_id)
        state = JobState.FAILED if job.attempts >= ATTEMPTS else JobState.QUEUED
        return finish(job, state, error=f"{type(error).__name__}: {error}")
    return finish(job, JobState.DONE, result=result or {})


def report(job: Job, share: float) -> None:
    """Store progress (0–1) and renew the lease."""
    Job.objects.filter(pk=job.pk).update(
        progress=min(max(share, 0.0), 1.0), lease_until=timezone.now() + LEASE
    )


def finish(job: Job, state: str, *, error: str = "", result: dict[str, Any] | None = None) -> Job:
    """Write the end of an attempt."""
    job.state, job.error = state, error
    job.lease_until = None
    if result is not None:
        job.result, job.progress = result, 1.0
    if job.is_finished:
        job.finished_at = timezone.now()
    job.save(update_fields=["state", "error", "lease_until", "result", "progress", "finished_at"])
    return job


def sweep() -> int:
    """Nudge every job that is queued or whose lease has passed; returns how many."""
    now = timezone.now()
    lost = Job.objects.filter(
        Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    ).values_list("pk", flat=True)[:200]
    ids = list(lost)
    for job_id in ids:
        nudge(job_id)
    connection.close_if_unusable_or_obsolete()
    return len(ids)
