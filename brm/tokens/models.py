"""API tokens, and which request each of them wrote by."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.roles import scopes
from brm.core.scopes import Scopes

PREFIX_LENGTH = 12
TOUCH_EVERY = timedelta(minutes=1)


class TokenQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The own tokens; all of them for administrators."""
        if "A" in scopes(user, "tokens", "V"):
            return self
        return self.filter(owner=user.pk)

    def revocable_by(self, user: Any) -> Self:
        """The visible tokens that can still be revoked."""
        return self.visible_to(user).filter(revoked_at=None)


class ApiToken(models.Model):
    """A secret by which a program acts for its owner. Only the secret's SHA-256 is kept.

    `prefix`, the secret's first characters, is how people recognise it.
    """

    resource = "tokens"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("begins with"), max_length=PREFIX_LENGTH)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        indexes = [models.Index(fields=["owner", "-id"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def lives(self, now: datetime) -> bool:
        """Whether it opens the API at this instant: not expired or revoked, its owner active."""
        return self.revoked_at is None and now < self.expires_at and self.owner.is_active

    @property
    def limit(self) -> Scopes:
        """What it may reach of its owner's rights."""
        return Scopes.of(self.scopes)

    def touch(self, now: datetime) -> None:
        """Remember that it was used; written at most once in TOUCH_EVERY."""
        if self.last_used_at is not None and now - self.last_used_at < TOUCH_EVERY:
            return
        unused = models.Q(last_used_at=None) | models.Q(last_used_at__lte=now - TOUCH_EVERY)
        ApiToken.objects.filter(unused, pk=self.pk).update(last_used_at=now)


class TokenRequest(models.Model):
    """A request that could write, and the token it came with: the history names its request."""

    request_id = models.CharField(max_length=32, primary_key=True)
    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return self.request_id

    @classmethod
    def descriptions(cls, request_ids: Collection[str]) -> dict[str, str]:
        """The tokens behind requests, in words, by request id; one statement."""
        found = cls.objects.filter(request_id__in=request_ids).select_related("token")
        return {row.request_id: str(row.token) for row in found}
