"""Strategy management for IT services: objectives and the initiatives that serve them."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.fields import CurrencyField, MoneyField
from brm.core.lifecycle import Lifecycle, LifecycleRecord, move, shades, table
from customers.models import Customer


class ObjectiveStatus(Lifecycle):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    ACHIEVED = "achieved", _("Achieved")
    MISSED = "missed", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")

    moves = table(
        move("draft", "active", _("Activate"), tone="good"),
        move("active", "achieved", _("Mark as achieved"), tone="good"),
        move("active", "missed", _("Mark as missed"), reason=True, tone="bad"),
        move("draft active", "cancelled", _("Cancel"), reason=True, tone="bad"),
    )
    tones = shades(active="info", achieved="good", missed="bad")


class Objective(LifecycleRecord):
    """What a customer, or the provider when no customer is named, wants to reach."""

    Status = ObjectiveStatus
    resource = "objectives"
    reference_prefix = "OBJ"
    customer_path = "customer"

    title = models.CharField(_("title"), max_length=300)
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="objectives",
        verbose_name=_("customer"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=ObjectiveStatus, default=ObjectiveStatus.DRAFT
    )
    description = models.TextField(_("description"), blank=True)

    class Meta(LifecycleRecord.Meta):
        verbose_name = _("objective")
        verbose_name_plural = _("objectives")


class InitiativeKind(models.TextChoices):
    STRATEGIC = "strategic", _("Strategic")
    OPERATIONAL = "operational", _("Operational")


class InitiativeStatus(Lifecycle):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    IN_PROGRESS = "in_progress", _("In progress")
    PAUSED = "paused", _("Paused")
    DELIVERED = "delivered", _("Delivered")
    CLOSED = "closed", _("Closed")
    REJECTED = "rejected", _("Rejected")
    CANCELLED = "cancelled", _("Cancelled")

    moves = table(
        move("proposed", "approved", _("Approve"), tone="good"),
        move("proposed", "rejected", _("Reject"), reason=True, tone="bad"),
        move("approved", "in_progress", _("Start"), stamps="started_on", tone="good"),
        move("in_progress", "paused", _("Pause"), reason=True, tone="warn"),
        move("paused", "in_progress", _("Resume"), stamps="started_on"),
        move("in_progress", "delivered", _("Deliver"), stamps="ended_on", tone="good"),
        move("delivered", "closed", _("Close"), requires=("benefit",)),
        move(
            "proposed approved in_progress paused",
            "cancelled",
            _("Cancel"),
            reason=True,
            tone="bad",
        ),
    )
    tones = shades(
        approved="info",
        in_progress="info",
        paused="warn",
        delivered="good",
        closed="good",
        rejected="bad",
        cancelled="bad",
    )


class Benefit(models.TextChoices):
    ACHIEVED = "achieved", _("Achieved")
    PARTLY = "partly", _("Partly achieved")
    MISSED = "missed", _("Missed")


class Initiative(LifecycleRecord):
    """A planned effort that serves an objective; a strategic one counts as a KPI."""

    Status = InitiativeStatus
    resource = "initiatives"
    reference_prefix = "INI"
    customer_path = "objective__customer"
    owner_path = "sponsor"

    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(
        _("kind"), max_length=20, choices=InitiativeKind, default=InitiativeKind.STRATEGIC
    )
    objective = models.ForeignKey(
        Objective,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="initiatives",
        verbose_name=_("objective"),
    )
    sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sponsor"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=InitiativeStatus, default=InitiativeStatus.PROPOSED
    )
    started_on = models.DateField(_("started on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    budget = MoneyField(_("budget"), null=True, blank=True, validators=[MinValueValidator(0)])
    currency = CurrencyField(_("currency"), blank=True)
    benefit = models.CharField(_("benefit"), max_length=10, choices=Benefit, blank=True)

    class Meta(LifecycleRecord.Meta):
        verbose_name = _("initiative")
        verbose_name_plural = _("initiatives")

    def clean(self) -> None:
        super().clean()
        if self.started_on and self.ended_on and self.ended_on < self.started_on:
            raise ValidationError({"ended_on": _("An initiative cannot end before it starts.")})
        if self.budget is not None and not self.currency:
            raise ValidationError({"currency": _("A budget needs a currency.")})
