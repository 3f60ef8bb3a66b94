"""Links by mail: an invitation, a new password. Single-use, expiring, stored as hashes."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from brm.core import jobs
from brm.core.frame import PRODUCT
from brm.core.models import Job, User

from .models import Link, Purpose

JOB = "people.link"
VALIDITY = {Purpose.INVITATION: timedelta(days=7), Purpose.RESET: timedelta(hours=1)}


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make(user: User, purpose: str, now: datetime) -> str:
    """A new link for the user, in place of unused older ones; returns its token (256 bits)."""
    Link.objects.filter(user=user, used_at=None).delete()
    token = secrets.token_urlsafe(32)
    Link.objects.create(
        token_hash=hash_of(token),
        purpose=purpose,
        user=user,
        created_at=now,
        expires_at=now + VALIDITY[Purpose(purpose)],
    )
    return token


def find(token: str, now: datetime) -> Link | None:
    """The link of this token if it may still be used; changes nothing."""
    found = Link.objects.filter(token_hash=hash_of(token), used_at=None, expires_at__gt=now)
    return found.filter(user__is_active=True).select_related("user").first()


def use(link: Link, now: datetime) -> bool:
    """Use the link up; False when somebody was faster."""
    return bool(
        Link.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now)
    )


# --- Mail -----------------------------------------------------------------------------------------


def send_later(user_id: int, purpose: str, *, by: Any) -> None:
    """Queue the mail with a link; `user_id` 0 queues work that does nothing, in the same time."""
    key = f"{purpose} {user_id}" if user_id else f"{purpose} nobody {secrets.token_hex(8)}"
    jobs.enqueue(JOB, key, by=by, payload={"user": user_id, "purpose": purpose})


@jobs.handler(JOB)
def send_link(job: Job, report: jobs.Report) -> None:
    """Make the link and mail it, in the recipient's language; repeated, an older link is void."""
    user = User.objects.filter(pk=job.payload["user"], is_active=True).exclude(email="").first()
    if user is None:
        return
    purpose = job.payload["purpose"]
    address = settings.SITE_URL + reverse("link", args=[make(user, purpose, timezone.now())])
    with translation.override(user.language or settings.LANGUAGE_CODE):
        subject = {
            Purpose.INVITATION: _("Your invitation to %(product)s"),
            Purpose.RESET: _("A new password for %(product)s"),
        }[Purpose(purpose)] % {"product": PRODUCT}
        context = {
            "person": user,
            "address": address,
            "product": PRODUCT,
            "site": settings.SITE_URL,
        }
        text = render_to_string(f"people/mail/{purpose}.txt", context)
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email])


def account_for_reset(email: str) -> int:
    """The user who may ask for a new password with this address; 0 where there is none.

    Not the users of the demo, and not those who sign in through an identity provider only.
    """
    without_password = Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    elsewhere = SocialAccount.objects.filter(without_password).values("user")
    found = User.objects.filter(email__iexact=email, is_active=True, is_demo=False)
    found = found.exclude(pk__in=elsewhere).order_by("pk")
    return found.values_list("pk", flat=True).first() or 0
