"""What the worker does for people now and then."""

from celery import shared_task
from django.utils import timezone

from . import links  # noqa: F401  what sends links by mail is a job
from .limits import forget_old_counts
from .sessions import SessionStore


@shared_task
def tidy() -> None:
    """Forget sessions that ended and wrong tries that no longer count."""
    SessionStore.clear_expired()
    forget_old_counts(timezone.now())
