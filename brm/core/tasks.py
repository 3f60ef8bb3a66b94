"""What the worker does for every app."""

from celery import shared_task
from django.utils import timezone

from . import jobs
from .models import Heartbeat
from .origin import Door, acting


@shared_task(time_limit=4 * 3600, soft_time_limit=4 * 3600 - 60)
def work(job_id: int) -> None:
    """Do one job."""
    with acting(door=Door.WORKER):
        jobs.run(job_id)


@shared_task
def sweep() -> None:
    """Show that a worker lives and start whatever work was lost."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})
    jobs.sweep()
