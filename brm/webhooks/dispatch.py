"""Sending what is due: in order for each record, at least once, with back-off, then given up."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from brm.core import jobs
from brm.core.models import Job

from . import signing
from .models import Delivery, Secret, Webhook
from .outbox import SEND
from .payloads import body_of, visible_record
from .sending import Outcome, post

State = Delivery.State
PART_SECONDS = 240
# Waits after the first, second … failed attempt; about a day in all, then it is given up.
WAITS = [timedelta(seconds=s) for s in (5, 60, 300, 1800, 2 * 3600, 5 * 3600, 8 * 3600, 8 * 3600)]
SHOWN_ATTEMPTS = 20


@jobs.handler(SEND)
def send_due(job: Job, report: jobs.Report) -> dict[str, Any]:
    """Send what is due for one subscription, one after the other.

    The job's lease keeps a second sender away; a sender that dies is replaced, and what it had
    sent without writing that down is sent again under the same id.
    """
    webhook = (
        Webhook.objects.filter(pk=job.payload["webhook"], is_active=True)
        .select_related("owner")
        .first()
    )
    sent, until = 0, time.monotonic() + PART_SECONDS
    while webhook is not None and time.monotonic() < until:
        delivery = next_due(webhook, timezone.now())
        if delivery is None:
            break
        attempt(delivery, webhook, now=timezone.now())
        report(0.0)
        sent += 1
    return {"attempts": sent}


def next_due(webhook: Webhook, now: datetime) -> Delivery | None:
    """The oldest due delivery that no earlier one of the same record is before."""
    earlier = Delivery.objects.filter(
        webhook=OuterRef("webhook"),
        records=OuterRef("records"),
        object_id=OuterRef("object_id"),
        state=State.PENDING,
        pk__lt=OuterRef("pk"),
    )
    due = Delivery.objects.filter(webhook=webhook, state=State.PENDING, next_at__lte=now)
    return due.filter(~Exists(earlier)).order_by("next_at", "pk").first()


def attempt(delivery: Delivery, webhook: Webhook, *, now: datetime) -> None:
    """Try once to send a delivery, if its owner may see the record. Effects: the delivery's row."""
    record = visible_record(delivery, webhook.owner)
    if record is None:
        delivery.state, delivery.next_at = State.WITHHELD, None
        delivery.save(update_fields=["state", "next_at"])
        return
    if not delivery.body:
        delivery.body = body_of(delivery, record)
        delivery.save(update_fields=["body"])
    secret = Secret.objects.get(webhook=webhook).value
    raw = delivery.body.encode()
    began = time.monotonic()
    headers = signing.headers(secret, delivery.event_id, int(now.timestamp()), raw)
    outcome = post(webhook.url, headers, raw)
    keep(delivery, outcome, milliseconds=int(1000 * (time.monotonic() - began)), now=now)


def keep(delivery: Delivery, outcome: Outcome, *, milliseconds: int, now: datetime) -> None:
    """Write down what came of an attempt, and when the next one is due."""
    delivery.attempts += 1
    entry = {"at": now.isoformat(), "status": outcome.status, "error": outcome.error}
    entry |= {"answer": outcome.answer.replace("\x00", ""), "milliseconds": milliseconds}
    delivery.log = [*delivery.log, entry][-SHOWN_ATTEMPTS:]
    if outcome.is_good:
        delivery.state, delivery.sent_at, delivery.next_at = State.SENT, now, None
    elif delivery.attempts > len(WAITS):
        delivery.state, delivery.next_at = State.DEAD, None
    else:
        delivery.next_at = now + WAITS[delivery.attempts - 1]
    delivery.save(update_fields=["attempts", "log", "state", "sent_at", "next_at"])


def redeliver(delivery: Delivery, *, now: datetime) -> None:
    """Send a delivery once more, under the same id. Effects: its row; a job after commit."""
    delivery.state, delivery.attempts, delivery.next_at = State.PENDING, 0, now
    delivery.save(update_fields=["state", "attempts", "next_at"])


def due_webhooks(now: datetime) -> list[int]:
    """The active subscriptions that something is due for."""
    due = Delivery.objects.filter(state=State.PENDING, next_at__lte=now)
    living = due.filter(webhook__is_active=True, webhook__deleted_at=None)
    return list(living.order_by().values_list("webhook", flat=True).distinct())
