"""Subscriptions, their secrets, and the outbox that is their delivery log as well."""

from collections.abc import Sequence
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.models import Record, User

from . import signing
from .addresses import check_url
from .events import choices, wants


class EventNames(models.JSONField):
    """A list of the events that a subscription wants."""

    def formfield(self, **kwargs):
        from django import forms

        options = [(name, name) for name in choices()]
        return forms.MultipleChoiceField(
            label=self.verbose_name, choices=options, help_text=self.help_text
        )


class Webhook(Record):
    """Where events are sent. They hold what `owner` may see at the moment they are sent."""

    resource = "webhooks"
    reference_prefix = "WHK"
    owner_path = "owner"
    search_fields = ("reference", "name", "url")

    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("address"), max_length=500, help_text=_("It begins with https://."))
    events = EventNames(
        _("events"), default=list, help_text=_("Such as complaint.created, complaint.* or *.")
    )
    owner = models.ForeignKey(
        User,
        models.CASCADE,
        related_name="+",
        verbose_name=_("sees as"),
        help_text=_("Events hold what this user may see."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Record.Meta):
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        errors = {}
        if self._state.adding or "url" in self.changed_fields():
            try:
                check_url(self.url)
            except ValidationError as error:
                errors["url"] = error
        names = self.events if isinstance(self.events, list) else [None]
        unknown = [name for name in names if name not in choices()]
        if unknown or not names:
            errors["events"] = _("Choose events such as complaint.created, complaint.* or *.")
        if errors:
            raise ValidationError(errors)

    @property
    def events_in_words(self) -> str:
        """The names of its events, one after the other."""
        return ", ".join(self.events)

    def wants(self, event: str) -> bool:
        """Whether it is told of an event."""
        return wants(self.events, event)

    @classmethod
    def after_write(cls, records: Sequence[Self]) -> None:
        """A subscription has a secret from the start."""
        for record in records:
            Secret.objects.get_or_create(webhook=record, defaults={"value": signing.new_secret()})


class Secret(models.Model):
    """What a subscription's events are signed with; kept out of history, lists and exports."""

    webhook = models.OneToOneField(Webhook, models.CASCADE, primary_key=True)
    value = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.value[:10]}…"


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    SENT = "sent", _("Delivered")
    DEAD = "dead", _("Given up")
    WITHHELD = "withheld", _("Not visible")


class Delivery(models.Model):
    """One event for one subscription: written with the record's own transaction, sent later.

    `event_id` stays the same in every attempt, and `body` from the first one on.
    """

    State = DeliveryState
    resource = "webhooks"

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event_id = models.CharField(_("event id"), max_length=40)
    event = models.CharField(_("event"), max_length=80)
    records = models.CharField(max_length=60)
    object_id = models.PositiveBigIntegerField()
    reference = models.CharField(_("reference"), max_length=100)
    version = models.PositiveIntegerField()
    changed = models.JSONField(default=list)
    occurred_at = models.DateTimeField(_("occurred at"))
    body = models.TextField(blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState, default=DeliveryState.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), null=True)
    log = models.JSONField(default=list)
    sent_at = models.DateTimeField(_("delivered at"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(fields=["webhook", "state", "next_at"], name="deliveries_due"),
            models.Index(
                fields=["webhook", "records", "object_id"],
                condition=models.Q(state="pending"),
                name="deliveries_of_an_object",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.reference}"
