"""What people were told, and how they want to be told."""

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

DIGEST_AT = time(8)


class Channel(models.TextChoices):
    """How a kind of notification reaches a person."""

    MAIL = "mail", _("Here and by mail at once")
    DIGEST = "digest", _("Here and in the daily digest")
    APP = "app", _("Here only")
    NONE = "none", _("Not at all")


class MailState(models.TextChoices):
    """What became of the mail; `sending` for good means that the worker died over it."""

    NONE = "none", _("No mail")
    DUE = "due", _("Mail is due")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Could not be sent")


class Rhythm(models.TextChoices):
    """How often the scorecard comes by mail."""

    NEVER = "never", _("Never")
    WEEKLY = "weekly", _("Every Monday")
    MONTHLY = "monthly", _("On the first of each month")


class Notification(models.Model):
    """One thing one person was told.

    Its words are made from `kind` and `data` when it is read, in the reader's language. `key`
    names the occasion: nobody is told twice of the same. `resource` and `record_id` name what it
    is about, so that it is shown only to those who may still see that. `claim` marks the mail a
    worker has taken; it is taken before it is sent, so that no mail goes out twice.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    resource = models.CharField(max_length=40, blank=True)
    record_id = models.BigIntegerField(null=True)
    url = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(_("told at"))
    read_at = models.DateTimeField(_("read at"), null=True)
    mail = models.CharField(max_length=10, choices=MailState, default=MailState.NONE)
    in_digest = models.BooleanField(default=False)
    mail_due_at = models.DateTimeField(null=True)
    mail_sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "kind", "key"], name="told_once")
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notification_newest"),
            models.Index(
                fields=["recipient"], condition=Q(read_at=None), name="notification_unread"
            ),
            models.Index(fields=["mail_due_at"], condition=Q(mail="due"), name="notification_due"),
            models.Index(fields=["claim"], condition=~Q(claim=""), name="notification_claim"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} → {self.recipient_id}"


class Wishes(models.Model):
    """When a person wants mail: quiet hours and digest in the person's own time zone."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="wishes"
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    digest_at = models.TimeField(_("digest at"), default=DIGEST_AT)
    scorecard = models.CharField(
        _("KPI scorecard by mail"), max_length=10, choices=Rhythm, default=Rhythm.NEVER
    )
    scorecard_next_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        verbose_name = _("wishes about mail")
        verbose_name_plural = _("wishes about mail")

    def __str__(self) -> str:
        return str(self.user_id)


class Choice(models.Model):
    """How a person wants to be told of one kind, where that is not the kind's own way."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_choices"
    )
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=Channel)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_choice_a_kind")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}: {self.channel}"
