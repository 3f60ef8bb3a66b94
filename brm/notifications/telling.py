"""The one way to tell people something; called inside the transaction of what happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from brm.core import jobs
from brm.core.models import User

from .kinds import Kind, kind_of
from .models import DIGEST_AT, Channel, Choice, MailState, Notification
from .times import after_quiet, next_time, zone_of

JOB = "notifications"
BATCH = 500
WISHES = ("wishes__quiet_from", "wishes__quiet_until", "wishes__digest_at")


@dataclass(frozen=True)
class Occasion:
    """Something to tell: whom (ids of users), the key that names it, what the words are made of,
    the record it is about, and the page it leads to."""

    recipients: Iterable[int]
    key: str
    data: dict[str, Any] = field(default_factory=dict)
    resource: str = ""
    record_id: int | None = None
    url: str = ""


def notify(kind: str, recipients: Iterable[int], *, key: str, now: datetime, **about: Any) -> None:
    """Tell users of one occasion; see `notify_all` and, for `about`, `Occasion`."""
    notify_all(kind, [Occasion(recipients, key, **about)], now=now)


@transaction.atomic
def notify_all(kind: str, occasions: Sequence[Occasion], *, now: datetime) -> None:
    """Tell of several occasions of a kind; who was told of one already is not again.

    The number of statements depends on neither occasions nor recipients. Effects: one
    Notification for each active recipient who wants this kind, with the instant its mail is due;
    a Job that sends what is due at once. Raises KeyError for an unknown kind.
    """
    found = kind_of(kind)
    ids = sorted({pk for one in occasions for pk in one.recipients})
    if not ids:
        return
    chosen = dict(Choice.objects.filter(user__in=ids, kind=kind).values_list("user", "channel"))
    people = {
        person["pk"]: person
        for person in User.objects.filter(pk__in=ids, is_active=True).values(
            "pk", "email", "time_zone", *WISHES
        )
        if _is_wanted(found, chosen.get(person["pk"]))
    }
    told = [
        Notification(
            recipient_id=pk,
            kind=kind,
            key=one.key,
            data=one.data,
            resource=one.resource,
            record_id=one.record_id,
            url=one.url,
            created_at=now,
            **_mail(found, chosen.get(pk, found.channel), people[pk], now),
        )
        for one in occasions
        for pk in sorted(set(one.recipients))
        if pk in people
    ]
    Notification.objects.bulk_create(told, batch_size=BATCH, ignore_conflicts=True)
    if any(one.mail_due_at is not None and one.mail_due_at <= now for one in told):
        jobs.enqueue(JOB, f"{kind} {occasions[0].key}"[:100], by=None)


def _is_wanted(kind: Kind, channel: str | None) -> bool:
    return kind.by_schedule or (channel or kind.channel) != Channel.NONE


def _mail(kind: Kind, channel: str, person: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Whether and when a mail is due."""
    if kind.by_schedule:
        channel = Channel.MAIL
    if channel not in (Channel.MAIL, Channel.DIGEST) or not person["email"]:
        return {"mail": MailState.NONE}
    zone = zone_of(person["time_zone"])
    in_digest = channel == Channel.DIGEST
    due = next_time(now, zone, person["wishes__digest_at"] or DIGEST_AT) if in_digest else now
    due = after_quiet(due, zone, person["wishes__quiet_from"], person["wishes__quiet_until"])
    return {"mail": MailState.DUE, "in_digest": in_digest, "mail_due_at": due}
