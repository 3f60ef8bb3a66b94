"""What the worker does for notifications."""

from celery import shared_task
from django.utils import timezone

from .schedule import tick as start_what_is_due


@shared_task
def tick() -> None:
    """Send what became due since the last look: after quiet hours, digests, scorecards."""
    start_what_is_due(timezone.now())
