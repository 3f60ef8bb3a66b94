"""Background work that survives a dead worker, a dead broker and a closed browser.

The `Job` row, written with the request's own transaction, owns the work. After commit a nudge is
sent to the broker from a side thread, so that saving never waits for it; whatever gets lost on
the way is found by the sweep.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from . import origin
from .models import Job
from .models.job import JobState

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=settings.LEASE_SECONDS)
ATTEMPTS = 3

Report = Callable[[float], None]
Handler = Callable[[Job, Report], dict[str, Any] | None]
_handlers: dict[str, Handler] = {}
_listeners: dict[str, list[Callable[[Job], None]]] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register what does jobs of `kind`: called with the job and a way to report progress 0–1.

    A handler must be safe to repeat; the dictionary it returns becomes the job's result.
    """

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def when_finished(kind: str, listener: Callable[[Job], None]) -> None:
    """Call `listener(job)` when a job of `kind` is done or failed for good, in that transaction."""
    if listener not in _listeners.setdefault(kind, []):
        _listeners[kind].append(listener)


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
                "request_id": origin.current_request_id(),
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
    """Take a job that is queued, or whose worker is gone or let its lease pass; None if taken."""
    now = timezone.now()
    taken = Job.objects.filter(_free(now), pk=job_id).update(
        state=JobState.RUNNING,
        lease_until=now + LEASE,
        holder=f"{socket.gethostname()}:{os.getpid()}",
        attempts=F("attempts") + 1,
        started_at=now,
    )
    return Job.objects.get(pk=job_id) if taken else None


def _free(now: datetime) -> Q:
    """Jobs that nobody works on: queued, lease passed, or held by a dead process of this host."""
    prefix = f"{socket.gethostname()}:"
    running = Job.objects.filter(state=JobState.RUNNING, holder__startswith=prefix)
    holders = running.values_list("holder", flat=True)
    gone = [holder for holder in holders if not _lives(int(holder.removeprefix(prefix)))]
    return (
        Q(state=JobState.QUEUED)
        | Q(state=JobState.RUNNING, lease_until__lt=now)
        | Q(state=JobState.RUNNING, holder__in=gone)
    )


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def run(job_id: int) -> Job | None:
    """Do a job if it is free. After ATTEMPTS failures or lost workers it ends as failed."""
    job = claim(job_id)
    if job is None:
        return None
    if job.attempts > ATTEMPTS:
        return finish(job, JobState.FAILED, error="The worker was lost too often.")
    with origin.acting(request_id=job.request_id):
        return _work(job)


def _work(job: Job) -> Job:
    """Hand a claimed job to its handler and write how that ended."""
    try:
        result = _handlers[job.kind](job, lambda share: report(job, share))
    except Exception as error:  # whatever a handler raises is logged and kept on the job
        logger.exception("job %s failed", job.pk)
        state = JobState.FAILED if job.attempts >= ATTEMPTS else JobState.QUEUED
        return finish(job, state, error=f"{type(error).__name__}: {error}")
    return finish(job, JobState.DONE, result=result or {})


def report(job: Job, share: float) -> None:
    """Store progress (0–1) and renew the lease."""
    Job.objects.filter(pk=job.pk).update(
        progress=min(max(share, 0.0), 1.0), lease_until=timezone.now() + LEASE
    )


@transaction.atomic
def finish(job: Job, state: str, *, error: str = "", result: dict[str, Any] | None = None) -> Job:
    """Write the end of an attempt. Effects: the listeners of its kind, once it is finished."""
    job.state, job.error = state, error
    job.lease_until = None
    if result is not None:
        job.result, job.progress = result, 1.0
    if job.is_finished:
        job.finished_at = timezone.now()
    job.save(update_fields=["state", "error", "lease_until", "result", "progress", "finished_at"])
    if job.is_finished:
        for listener in _listeners.get(job.kind, ()):
            listener(job)
    return job


def sweep() -> int:
    """Nudge every job that nobody works on; returns how many (200 at most in one sweep)."""
    ids = list(Job.objects.filter(_free(timezone.now())).values_list("pk", flat=True)[:200])
    for job_id in ids:
        nudge(job_id)
    return len(ids)
