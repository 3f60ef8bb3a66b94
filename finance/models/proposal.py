"""Proposals: cost optimisations and new assets."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.fields import CurrencyField, MoneyField
from brm.core.lifecycle import Lifecycle, LifecycleRecord, move, shades, table
from brm.core.money import convert
from services.models import Service


class ProposalStatus(Lifecycle):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    DEFERRED = "deferred", _("Deferred")
    IMPLEMENTED = "implemented", _("Implemented")
    VERIFIED = "verified", _("Verified")

    moves = table(
        move("draft rejected deferred", "submitted", _("Submit"), stamps="submitted_on"),
        move("submitted", "approved", _("Approve"), tone="good"),
        move("submitted", "rejected", _("Reject"), reason=True, tone="bad"),
        move("submitted", "deferred", _("Defer"), reason=True, tone="warn"),
        move("approved", "implemented", _("Mark as implemented"), tone="good"),
        move(
            "implemented",
            "verified",
            _("Verify the saving"),
            stamps="verified_on",
            requires=("verified_saving", "currency"),
            tone="good",
        ),
    )
    tones = shades(
        submitted="info",
        approved="good",
        rejected="bad",
        deferred="warn",
        implemented="good",
        verified="good",
    )


class ProposalKind(models.TextChoices):
    COST_OPTIMISATION = "cost_optimisation", _("Cost optimisation")
    ASSET = "asset", _("Asset")


class Proposal(LifecycleRecord):
    """A proposal; the verified saving in base currency is frozen at the verification's rate."""

    Status = ProposalStatus
    resource = "proposals"
    reference_prefix = "PRP"
    service_path = "service"

    kind = models.CharField(
        _("kind"), max_length=20, choices=ProposalKind, default=ProposalKind.COST_OPTIMISATION
    )
    title = models.CharField(_("title"), max_length=300)
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="proposals",
        verbose_name=_("service"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=ProposalStatus, default=ProposalStatus.DRAFT
    )
    submitted_on = models.DateField(_("submitted on"), null=True, blank=True)
    estimated_saving = MoneyField(
        _("estimated saving"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = CurrencyField(_("currency"), blank=True)
    verified_saving = MoneyField(_("verified saving"), null=True, blank=True)
    verified_on = models.DateField(_("verified on"), null=True, blank=True)
    verified_saving_base = MoneyField(
        _("verified saving in base currency"), null=True, editable=False
    )

    class Meta(LifecycleRecord.Meta):
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")

    def clean(self) -> None:
        super().clean()
        amounts = (self.estimated_saving, self.verified_saving)
        if any(amount is not None for amount in amounts) and not self.currency:
            raise ValidationError({"currency": _("A saving needs a currency.")})
        if self.submitted_on and self.verified_on and self.verified_on < self.submitted_on:
            raise ValidationError(
                {"verified_on": _("A saving cannot be verified before it was proposed.")}
            )
        try:
            self._freeze_saving()
        except ValidationError as error:
            raise ValidationError({"currency": error}) from error

    def before_write(self) -> None:
        priced_by = ("verified_saving", "currency", "verified_on")
        if any(self.stored.get(name, ...) != getattr(self, name) for name in priced_by):
            self._freeze_saving()

    def _freeze_saving(self) -> None:
        self.verified_saving_base = None
        if self.verified_saving is not None and self.verified_on:
            base = settings.BRM.base_currency
            self.verified_saving_base = convert(
                self.verified_saving, self.currency, base, self.verified_on
            )
