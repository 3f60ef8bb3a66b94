"""What beat does for files."""

from celery import shared_task
from django.utils import timezone

from .files.storage import sweep


@shared_task
def tidy() -> None:
    """Remove files that no row knows, and those that were deleted long ago."""
    sweep(timezone.now())
