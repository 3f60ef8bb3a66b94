"""What the worker does for the search."""

from celery import shared_task

from . import refreshing


@shared_task
def tick() -> None:
    """Bring the index up to date when something was written."""
    refreshing.start()
