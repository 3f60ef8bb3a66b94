"""Surveys and their lifecycle."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.business_days import business_date
from brm.core.lifecycle import Lifecycle, LifecycleRecord, move, shades, table
from services.models import Service


class SurveyStatus(Lifecycle):
    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Closed")
    PUBLISHED = "published", _("Published")

    moves = table(
        move("draft", "open", _("Open"), stamps="opened_at", tone="good"),
        move("open", "paused", _("Pause"), tone="warn"),
        move("paused", "open", _("Resume")),
        move("open paused", "closed", _("Close"), stamps="closed_at"),
        move("closed", "published", _("Publish"), requires=("reflection",), tone="good"),
    )
    tones = shades(open="good", paused="warn", closed="info", published="good")


class SurveyKind(models.TextChoices):
    RELATIONSHIP = "relationship", _("Relationship")
    TRANSACTIONAL = "transactional", _("Transactional")
    CHANGE = "change", _("Change")
    REVIEW = "review", _("Review")


class Survey(LifecycleRecord):
    """A survey; `closed_on` is the business date of its closing."""

    Status = SurveyStatus
    resource = "surveys"
    reference_prefix = "SUR"
    service_path = "service"

    name = models.CharField(_("name"), max_length=300)
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="surveys",
        verbose_name=_("service"),
    )
    kind = models.CharField(
        _("kind"), max_length=20, choices=SurveyKind, default=SurveyKind.RELATIONSHIP
    )
    status = models.CharField(
        _("status"), max_length=20, choices=SurveyStatus, default=SurveyStatus.DRAFT
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, editable=False)
    reflection = models.TextField(_("reflection"), blank=True)

    class Meta(LifecycleRecord.Meta):
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")

    def clean(self) -> None:
        super().clean()
        if self.opened_at and self.closed_at and self.closed_at < self.opened_at:
            raise ValidationError({"closed_at": _("A survey cannot close before it opens.")})

    def before_write(self) -> None:
        self.closed_on = business_date(self.closed_at) if self.closed_at else None
