"""The outbox: what happened is written down for each subscription, in the same transaction."""

import uuid
from collections.abc import Sequence

from django.db import transaction

from brm.core import jobs
from brm.core.models import Record
from brm.core.watching import Change

from .events import UNTOLD, event_of
from .models import Delivery, Webhook

SEND = "webhook"
BATCH = 500


def note(changes: Sequence[Change]) -> None:
    """Write a delivery for each change and each subscription that wants it.

    One statement to ask who wants it, one for each BATCH deliveries; none when nobody does.
    After commit the workers are told.
    """
    told = [c for c in changes if isinstance(c.record, Record) and c.record.replayed_at is None]
    if not told or (resource := told[0].record.resource) in UNTOLD:
        return
    listening = list(Webhook.objects.filter(is_active=True).only("id", "events"))
    rows = [
        _delivery(webhook, event, change, event_id)
        for change in told
        for event, event_id in [(event_of(resource, change.event), f"evt_{uuid.uuid4().hex}")]
        for webhook in listening
        if webhook.wants(event)
    ]
    if rows:
        Delivery.objects.bulk_create(rows, batch_size=BATCH)
        keys = sorted({row.webhook_id for row in rows})
        transaction.on_commit(lambda: wake(keys), robust=True)


def _delivery(webhook: Webhook, event: str, change: Change, event_id: str) -> Delivery:
    record = change.record
    at = record.updated_at
    return Delivery(
        webhook_id=webhook.pk,
        event_id=event_id,
        event=event,
        records=record.resource,
        object_id=record.pk,
        reference=record.reference,
        version=record.version,
        changed=sorted(change.fields),
        occurred_at=at,
        next_at=at,
    )


def wake(keys: Sequence[int]) -> None:
    """Queue the sending of each subscription; what is lost here is found by the schedule."""
    for key in keys:
        jobs.enqueue(SEND, str(key), by=None, payload={"webhook": key})
