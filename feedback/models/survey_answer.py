"""Who was asked, and what they answered."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.business_days import business_date
from brm.core.fields import FixedPointField, round_half_up
from brm.core.lifecycle import Lifecycle, LifecycleRecord, move, shades, table
from brm.core.models import Record
from customers.models import Customer
from services.models import Service

from .survey import Survey

SCORE_NEEDS_SCALE = _("A completed answer needs a score and both ends of its scale.")


class InvitationStatus(Lifecycle):
    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    OPENED = "opened", _("Opened")
    STARTED = "started", _("Started")
    COMPLETED = "completed", _("Completed")
    BOUNCED = "bounced", _("Bounced")
    EXPIRED = "expired", _("Expired")
    OPTED_OUT = "opted_out", _("Opted out")

    moves = table(
        move("queued", "sent", _("Mark as sent"), stamps="invited_at"),
        move("sent", "opened", _("Mark as opened")),
        move("sent opened", "started", _("Mark as started")),
        move("sent opened started", "completed", _("Mark as completed"), tone="good"),
        move("queued sent", "bounced", _("Mark as bounced"), tone="bad"),
        move("sent opened started", "expired", _("Expire")),
        move("sent opened started", "opted_out", _("Opt out")),
    )
    tones = shades(completed="good", bounced="bad", expired="warn", sent="info")


class Invitation(LifecycleRecord):
    """One request to answer a survey; `invited_on` is its business date."""

    Status = InvitationStatus
    resource = "survey-invitations"
    reference_prefix = "INV"
    customer_path = "customer"
    service_path = "service"
    search_fields = ("reference", "customer__name", "survey__name")

    survey = models.ForeignKey(
        Survey, models.PROTECT, related_name="invitations", verbose_name=_("survey")
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="survey_invitations",
        verbose_name=_("customer"),
    )
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="survey_invitations",
        verbose_name=_("service"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=InvitationStatus, default=InvitationStatus.QUEUED
    )
    invited_at = models.DateTimeField(_("invited at"), null=True, blank=True)
    invited_on = models.DateField(_("invited on"), null=True, editable=False)

    class Meta(LifecycleRecord.Meta):
        verbose_name = _("survey invitation")
        verbose_name_plural = _("survey invitations")
        indexes = [
            *LifecycleRecord.Meta.indexes,
            models.Index(fields=["invited_on"]),
        ]

    def before_write(self) -> None:
        self.invited_on = business_date(self.invited_at) if self.invited_at else None


class Response(Record):
    """One answered survey.

    `satisfaction` is the mean of its satisfaction answers, each normalised from the worst (0) to
    the best (1) end of its scale; a response that arrives with a score has that one answer.
    A response without `completed_at` is partial; test responses never count.
    """

    resource = "survey-responses"
    reference_prefix = "RSP"
    customer_path = "customer"
    service_path = "service"
    search_fields = ("reference", "customer__name", "survey__name")

    survey = models.ForeignKey(
        Survey, models.PROTECT, related_name="responses", verbose_name=_("survey")
    )
    invitation = models.OneToOneField(
        Invitation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="response",
        verbose_name=_("invitation"),
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="survey_responses",
        verbose_name=_("customer"),
    )
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="survey_responses",
        verbose_name=_("service"),
    )
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    completed_on = models.DateField(_("completed on"), null=True, editable=False)
    score = FixedPointField(_("score"), places=4, null=True, blank=True)
    scale_min = FixedPointField(_("worst score"), places=4, null=True, blank=True)
    scale_max = FixedPointField(_("best score"), places=4, null=True, blank=True)
    satisfaction = FixedPointField(
        _("satisfaction"), places=6, null=True, blank=True, editable=False
    )
    comment = models.TextField(_("comment"), blank=True)
    is_test = models.BooleanField(_("test response"), default=False)

    class Meta(Record.Meta):
        verbose_name = _("survey response")
        verbose_name_plural = _("survey responses")
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["-completed_at", "id"]),
            models.Index(fields=["completed_on"]),
        ]

    def clean(self) -> None:
        super().clean()
        given = (self.score, self.scale_min, self.scale_max)
        if self.completed_at and None in given:
            raise ValidationError({"score": SCORE_NEEDS_SCALE})
        if None in given:
            return
        if self.scale_min == self.scale_max:
            raise ValidationError({"scale_max": _("A scale needs two different ends.")})
        low, high = sorted((self.scale_min, self.scale_max))
        if not low <= self.score <= high:
            raise ValidationError({"score": _("The score lies outside its scale.")})

    def before_write(self) -> None:
        self.completed_on = business_date(self.completed_at) if self.completed_at else None
        self.satisfaction = self.normalised_score()

    def normalised_score(self) -> Decimal | None:
        """0 (worst) to 1 (best), rounded half up to 6 decimals; None without a score."""
        if None in (self.score, self.scale_min, self.scale_max):
            return None
        share = (self.score - self.scale_min) / (self.scale_max - self.scale_min)
        return round_half_up(share, 6)
