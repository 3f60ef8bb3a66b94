"""What beat starts."""

from celery import shared_task
from django.utils import timezone

from .dispatch import due_webhooks
from .outbox import wake


@shared_task
def send() -> None:
    """Queue whatever is due: retries whose time has come, and what a lost nudge left behind."""
    wake(due_webhooks(timezone.now()))
