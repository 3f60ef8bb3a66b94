"""Sending the mails that are due: each at most once, whatever becomes of the worker.

A worker takes a mail (`claim`, committed) before it sends it. One that dies in between leaves the
notification as "being sent": it still stands in the product, but no mail goes out twice.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from brm.core import jobs
from brm.core.models import Job, User

from .kinds import kind_of, words
from .models import MailState, Notification, Wishes
from .seeing import seen_by
from .telling import JOB
from .times import after_quiet, zone_of

logger = logging.getLogger(__name__)

BATCH = 200
ATTEMPTS = 6
FIRST_PAUSE = timedelta(minutes=2)


@jobs.handler(JOB)
def send_due(job: Job, report: jobs.Report) -> dict[str, Any]:
    """Send what is due; safe to repeat and to run twice at once."""
    now, sent = timezone.now(), 0
    while batch := list(due(now).select_related("recipient", "recipient__wishes")[:BATCH]):
        for mail in _mails(batch):
            sent += send(mail, now)
        report(0.5)
    return {"mails": sent}


def due(now: datetime):
    """Notifications whose mail is due and not taken."""
    return Notification.objects.filter(mail=MailState.DUE, mail_due_at__lte=now).order_by(
        "recipient", "id"
    )


def _mails(batch: Sequence[Notification]) -> list[list[Notification]]:
    """What goes into one mail: a digest's notifications of one person, any other by itself."""
    digests: dict[int, list[Notification]] = {}
    single = []
    for one in batch:
        if one.in_digest:
            digests.setdefault(one.recipient_id, []).append(one)
        else:
            single.append([one])
    return [*single, *digests.values()]


def send(mail: Sequence[Notification], now: datetime) -> bool:
    """Take and send one mail; returns whether it went out."""
    user = mail[0].recipient
    later = _not_before(user, now)
    keys = [one.pk for one in mail]
    if later > now:
        Notification.objects.filter(pk__in=keys, mail=MailState.DUE).update(mail_due_at=later)
        return False
    claim = uuid.uuid4().hex
    Notification.objects.filter(pk__in=keys, mail=MailState.DUE).update(
        mail=MailState.SENDING, claim=claim, attempts=F("attempts") + 1
    )
    mine = list(Notification.objects.filter(claim=claim, mail=MailState.SENDING).order_by("id"))
    seen = seen_by(user, mine) if user.is_active and user.email else set()
    shown = [one for one in mine if one.pk in seen]
    if not shown:
        return _settle(claim, MailState.NONE)
    try:
        compose(user, shown).send()
    except (SMTPException, OSError) as error:
        logger.warning("mail to user %s failed: %s", user.pk, error)
        _again(claim, now)
        return False
    _settle(claim, MailState.SENT, now)
    return True


def _not_before(user: User, now: datetime) -> datetime:
    """The end of the recipient's quiet hours, if they have begun meanwhile."""
    wishes = getattr(user, "wishes", None) or Wishes()
    return after_quiet(now, zone_of(user.time_zone), wishes.quiet_from, wishes.quiet_until)


def _settle(claim: str, state: str, now: datetime | None = None) -> bool:
    Notification.objects.filter(claim=claim).update(mail=state, mail_sent_at=now, claim="")
    return False


def _again(claim: str, now: datetime) -> None:
    """A mail the server refused is tried again, ever later; the last failure ends it."""
    Notification.objects.filter(claim=claim, attempts__gte=ATTEMPTS).update(
        mail=MailState.FAILED, claim=""
    )
    mine = Notification.objects.filter(claim=claim)
    for attempts in set(mine.values_list("attempts", flat=True)):
        Notification.objects.filter(claim=claim, attempts=attempts).update(
            mail=MailState.DUE, claim="", mail_due_at=now + FIRST_PAUSE * 2**attempts
        )


# --- The mail itself -----------------------------------------------------------------------------


def compose(user: User, notifications: Sequence[Notification]) -> EmailMultiAlternatives:
    """The mail about some notifications, in the recipient's language and time zone."""
    language = user.language or settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(zone_of(user.time_zone)):
        items = [_item(one, user) for one in notifications]
        context = {
            "items": items,
            "language": language,
            "subject": _subject(items),
            "name": str(user),
            "choices_url": absolute(reverse("notification-choices")),
        }
        text = render_to_string("notifications/mail.txt", context)
        html = render_to_string("notifications/mail.html", context)
    first = notifications[0]
    mail = EmailMultiAlternatives(
        context["subject"],
        text,
        to=[user.email],
        headers={
            # The same notification has the same id, so that even a doubled mail is shown once.
            "Message-ID": f"<notification-{first.pk}-{first.recipient_id}@{_host()}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail


def _item(one: Notification, user: User) -> dict[str, Any]:
    kind, wording = kind_of(one.kind), words(one)
    return {
        "title": wording.title,
        "text": wording.text,
        "sections": kind.enclose(user) if kind.enclose else [],
        "url": absolute(one.url) if one.url else "",
        "why": str(kind.why),
        "at": one.created_at,
    }


def _subject(items: Sequence[dict[str, Any]]) -> str:
    if len(items) == 1:
        return " ".join(items[0]["title"].split())
    text = ngettext("%(count)s notification", "%(count)s notifications", len(items))
    return _("Accord: %(what)s") % {"what": text % {"count": len(items)}}


def absolute(path: str) -> str:
    """A link for mails; its host is configured, never taken from a request."""
    return settings.SITE_URL + path


def _host() -> str:
    return settings.SITE_URL.partition("://")[2].partition("/")[0].partition(":")[0]
