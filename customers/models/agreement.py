"""Agreements: the customer agreement portfolio, with versions."""

from collections.abc import Sequence
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.fields import CurrencyField, MoneyField
from brm.core.lifecycle import Lifecycle, LifecycleRecord, move, shades, table
from brm.core.querysets import living
from services.models import Service, ServiceOffering

from ..querysets import AgreementQuerySet
from ..spells import refresh_spells
from .customer import Customer


class AgreementStatus(Lifecycle):
    DRAFT = "draft", _("Draft")
    NEGOTIATING = "negotiating", _("Negotiating")
    SIGNED = "signed", _("Signed")
    TERMINATED = "terminated", _("Terminated")

    moves = table(
        move("draft", "negotiating", _("Negotiate")),
        move("negotiating", "draft", _("Back to draft")),
        move("draft negotiating", "signed", _("Sign"), stamps="signed_on", tone="good"),
        move(
            "signed",
            "terminated",
            _("Terminate"),
            tone="bad",
            requires=("termination_reason", "ends_on"),
        ),
    )
    tones = shades(negotiating="info", signed="good", terminated="bad")


class TerminationReason(models.TextChoices):
    PRICE = "price", _("Price")
    QUALITY = "quality", _("Quality")
    NEED_UNMET = "need_unmet", _("Need not met")
    COMPETITOR = "competitor", _("Competitor")
    CLOSED_DOWN = "closed_down", _("Closed down")
    MERGED = "merged", _("Merged")
    MOVED_IN_GROUP = "moved_in_group", _("Moved within the group")
    OTHER = "other", _("Other")


TERMS = (
    "offering_id",
    "starts_on",
    "ends_on",
    "notice_days",
    "annual_value",
    "currency",
    "counts_for_customer",
)


class Agreement(LifecycleRecord):
    """What a customer and the provider agreed on for a service, from and to, both days included.

    The row holds the terms in force. Once it was signed, each change of terms is kept as its next
    version. Active and expired follow from the dates and are never stored.
    """

    Status = AgreementStatus
    resource = "agreements"
    reference_prefix = "AGR"
    customer_path = "customer"
    service_path = "service"
    search_fields = ("reference", "customer__name", "service__name")

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="agreements", verbose_name=_("customer")
    )
    service = models.ForeignKey(
        Service, models.PROTECT, related_name="agreements", verbose_name=_("service")
    )
    offering = models.ForeignKey(
        ServiceOffering,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        verbose_name=_("offering"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=AgreementStatus, default=AgreementStatus.DRAFT
    )
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    notice_days = models.PositiveIntegerField(_("notice in days"), null=True, blank=True)
    annual_value = MoneyField(
        _("annual value"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = CurrencyField(_("currency"), blank=True)
    termination_reason = models.CharField(
        _("termination reason"), max_length=20, choices=TerminationReason, blank=True
    )
    counts_for_customer = models.BooleanField(_("counts for the customer's status"), default=True)

    objects = living(AgreementQuerySet)
    everything = AgreementQuerySet.as_manager()

    class Meta(LifecycleRecord.Meta):
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        indexes = [
            *LifecycleRecord.Meta.indexes,
            models.Index(fields=["-starts_on", "id"]),
            models.Index(fields=["customer", "starts_on"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="terminated")
                | models.Q(ends_on=None)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="agreement_ends_after_start",
                violation_error_message=_("An agreement cannot end before it starts."),
            )
        ]

    def clean(self) -> None:
        super().clean()
        errors = {}
        if self.annual_value is not None and not self.currency:
            errors["currency"] = _("A value needs a currency.")
        if self.status == AgreementStatus.TERMINATED and not self.termination_reason:
            errors["termination_reason"] = _("A terminated agreement needs a reason.")
        if self.offering_id and self.offering.service_id != self.service_id:
            errors["offering"] = _("This offering belongs to another service.")
        if errors:
            raise ValidationError(errors)

    @property
    def was_signed(self) -> bool:
        return self.status in (AgreementStatus.SIGNED, AgreementStatus.TERMINATED)

    def before_write(self) -> None:
        if self.was_signed and self.signed_on is None:
            self.signed_on = self.starts_on

    @classmethod
    def after_write(cls, records: Sequence[Self]) -> None:
        """Keep the versions of signed terms and the spells of the customers concerned."""
        AgreementVersion.record(records)
        customers = {agreement.customer_id for agreement in records}
        customers |= {a.stored["customer_id"] for a in records if a.stored}
        refresh_spells(customers)


class AgreementVersion(models.Model):
    """The terms of a signed agreement as they stood from one signature to the next."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    recorded_at = models.DateTimeField(_("recorded at"))
    signed_on = models.DateField(_("signed on"), null=True)
    offering = models.ForeignKey(ServiceOffering, models.PROTECT, null=True, related_name="+")
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True)
    notice_days = models.PositiveIntegerField(_("notice in days"), null=True)
    annual_value = MoneyField(_("annual value"), null=True)
    currency = CurrencyField(_("currency"), blank=True)
    counts_for_customer = models.BooleanField(default=True)

    class Meta:
        ordering = ["agreement", "number"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="one_agreement_version")
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} v{self.number}"

    @classmethod
    def record(cls, agreements: Sequence[Agreement]) -> None:
        """Add the next version of each signed agreement whose terms changed with this write."""
        due = [a for a in agreements if a.was_signed and _terms_changed(a)]
        last = dict(
            cls.objects.filter(agreement__in=[a.pk for a in due])
            .values_list("agreement_id")
            .annotate(models.Max("number"))
            .order_by()
        )
        cls.objects.bulk_create(
            [
                cls(
                    agreement=agreement,
                    number=last.get(agreement.pk, 0) + 1,
                    recorded_at=agreement.write_instant,
                    signed_on=agreement.signed_on,
                    **{name: getattr(agreement, name) for name in TERMS},
                )
                for agreement in due
            ],
            batch_size=500,
        )


def _terms_changed(agreement: Agreement) -> bool:
    stored = agreement.stored
    if not stored or stored["status"] not in ("signed", "terminated"):
        return True
    return any(stored[name] != getattr(agreement, name) for name in TERMS)
