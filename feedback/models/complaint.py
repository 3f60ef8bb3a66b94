"""Complaints: a customer's expressed dissatisfaction that wants an answer."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.business_days import business_date
from brm.core.lifecycle import Lifecycle, LifecycleRecord, move, shades, table
from brm.core.querysets import living
from customers.models import Customer
from services.models import Service

from ..querysets import ComplaintQuerySet


class ComplaintStatus(Lifecycle):
    RECEIVED = "received", _("Received")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    INVESTIGATING = "investigating", _("Investigating")
    WAITING_CUSTOMER = "waiting_customer", _("Waiting for the customer")
    ANSWERED = "answered", _("Answered")
    DISPUTED = "disputed", _("Disputed")
    ACCEPTED = "accepted", _("Accepted")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DUPLICATE = "duplicate", _("Duplicate")

    moves = table(
        move("received", "acknowledged", _("Acknowledge"), stamps="acknowledged_at", tone="good"),
        move("acknowledged", "investigating", _("Investigate")),
        move("investigating", "waiting_customer", _("Ask the customer")),
        move("waiting_customer", "investigating", _("Customer replied")),
        move("investigating", "answered", _("Answer"), stamps="answered_at", tone="good"),
        move("answered", "accepted", _("Customer accepts"), tone="good"),
        move("answered", "disputed", _("Customer disputes"), reason=True, tone="bad"),
        move("disputed", "investigating", _("Investigate again")),
        move(
            "accepted",
            "closed",
            _("Close"),
            stamps="closed_at",
            requires=("finding", "remedy", "learning"),
            tone="good",
        ),
        move("closed", "investigating", _("Reopen"), reason=True, tone="warn"),
        move(
            "received acknowledged investigating waiting_customer answered disputed",
            "withdrawn",
            _("Withdraw"),
            reason=True,
        ),
        move(
            "received acknowledged investigating",
            "duplicate",
            _("Mark as duplicate"),
            requires=("duplicate_of",),
        ),
    )
    tones = shades(
        received="warn",
        acknowledged="info",
        investigating="info",
        waiting_customer="info",
        answered="info",
        disputed="bad",
        accepted="good",
        closed="good",
    )


class Finding(models.TextChoices):
    UPHELD = "upheld", _("Upheld")
    PARTLY = "partly", _("Partly upheld")
    NOT_UPHELD = "not_upheld", _("Not upheld")


class Severity(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
    CRITICAL = "critical", _("Critical")


class Complaint(LifecycleRecord):
    """A complaint; `received_on` is its business date in the organisation's time zone."""

    Status = ComplaintStatus
    resource = "complaints"
    reference_prefix = "CMP"
    customer_path = "customer"
    service_path = "service"
    search_fields = ("reference", "subject", "customer__name")

    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
        verbose_name=_("customer"),
    )
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
        verbose_name=_("service"),
    )
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"), blank=True)
    channel = models.CharField(_("channel"), max_length=50, blank=True)
    severity = models.CharField(
        _("severity"), max_length=10, choices=Severity, default=Severity.MEDIUM
    )
    status = models.CharField(
        _("status"), max_length=20, choices=ComplaintStatus, default=ComplaintStatus.RECEIVED
    )
    received_at = models.DateTimeField(_("received at"))
    received_on = models.DateField(_("received on"), editable=False)
    acknowledge_due_at = models.DateTimeField(_("acknowledge by"), editable=False)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    finding = models.CharField(_("finding"), max_length=20, choices=Finding, blank=True)
    remedy = models.TextField(_("remedy"), blank=True)
    learning = models.TextField(_("learning"), blank=True)
    duplicate_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duplicates",
        verbose_name=_("duplicate of"),
    )

    objects = living(ComplaintQuerySet)
    everything = ComplaintQuerySet.as_manager()

    class Meta(LifecycleRecord.Meta):
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        indexes = [
            *LifecycleRecord.Meta.indexes,
            models.Index(fields=["-received_at", "id"]),
            models.Index(fields=["customer"]),
            models.Index(fields=["received_on"]),
            models.Index(fields=["acknowledge_due_at"]),
        ]

    def clean(self) -> None:
        super().clean()
        if self.duplicate_of_id and self.duplicate_of_id == self.pk:
            raise ValidationError(
                {"duplicate_of": _("A complaint cannot be a duplicate of itself.")}
            )
        later = {
            name: _("This cannot be before the complaint was received.")
            for name in ("acknowledged_at", "answered_at", "closed_at")
            if self.received_at and getattr(self, name) and getattr(self, name) < self.received_at
        }
        if later:
            raise ValidationError(later)

    def before_write(self) -> None:
        """The business date, and the due instant of the acknowledgement, set at receipt."""
        self.received_on = business_date(self.received_at)
        if self.stored.get("received_at") != self.received_at:
            hours = timedelta(hours=settings.BRM.acknowledge_hours)
            self.acknowledge_due_at = self.received_at + hours
