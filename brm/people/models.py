"""What the product keeps about sign-ins, beside the users themselves."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class SessionQuerySet(models.QuerySet):
    def alive(self, now: datetime) -> Self:
        """Sessions that may still be used: neither idle nor signed in for too long."""
        return self.filter(
            expire_date__gt=now,
            created_at__gt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE),
            last_seen_at__gt=now - timedelta(seconds=settings.SESSION_IDLE_SECONDS),
        )

    def dead(self, now: datetime) -> Self:
        """Sessions that can be forgotten."""
        return self.exclude(pk__in=self.model.objects.alive(now).values("pk"))

    def of(self, user: Any) -> Self:
        """The sessions in which the user is signed in, the latest first."""
        return self.filter(user=user).order_by("-last_seen_at", "-created_at")


class Session(AbstractBaseSession):
    """A browser's session: whose it is, since when, from where and when it was last used.

    `last_seen_at` is written every few minutes only (see sessions.py).
    """

    # How pages name a session: its key would open it.
    handle = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(_("signed in at"))
    last_seen_at = models.DateTimeField(_("last used at"))
    ip = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=200, blank=True)

    objects = BaseSessionManager.from_queryset(SessionQuerySet)()

    class Meta(AbstractBaseSession.Meta):
        pass

    @classmethod
    def get_session_store_class(cls) -> type:
        from .sessions import SessionStore

        return SessionStore


class SignInCount(models.Model):
    """How many wrong sign-ins an account or an address has had lately (see limits.py)."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    counted_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class Purpose(models.TextChoices):
    """What a link lets its holder do."""

    INVITATION = "invitation", _("Invitation")
    RESET = "reset", _("New password")


class Link(models.Model):
    """An address that lets one person choose a password, once and for a while.

    Only the hash of its token is kept: who reads the database cannot use it.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=10, choices=Purpose)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("valid until"), db_index=True)
    used_at = models.DateTimeField(_("used at"), null=True)

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.user_id}"


class SetupCode(models.Model):
    """The hash of the code that opens the first set-up; at most one row, gone once it was used."""

    code_hash = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.code_hash[:8]
