"""Service offerings: what a customer can agree to, standard or tailored."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.fields import CurrencyField, MoneyField
from brm.core.models import Record

from .service import Service


class OfferingKind(models.TextChoices):
    CORE = "core", _("Core")
    ENABLING = "enabling", _("Enabling")
    SERVICE_LEVEL = "service_level", _("Service level")


class ServiceOffering(Record):
    """A package of a service with a price; a tailored one names the standard it comes from."""

    resource = "service-offerings"
    reference_prefix = "OFF"
    service_path = "service"

    service = models.ForeignKey(
        Service, models.PROTECT, related_name="offerings", verbose_name=_("service")
    )
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(
        _("kind"), max_length=20, choices=OfferingKind, default=OfferingKind.CORE
    )
    tailored_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tailored",
        verbose_name=_("tailored from"),
    )
    price = MoneyField(_("price"), null=True, blank=True, validators=[MinValueValidator(0)])
    currency = CurrencyField(_("currency"), blank=True)

    class Meta(Record.Meta):
        verbose_name = _("service offering")
        verbose_name_plural = _("service offerings")
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["name", "id"]),  # the order of the list
        ]

    def clean(self) -> None:
        super().clean()
        if self.price is not None and not self.currency:
            raise ValidationError({"currency": _("A price needs a currency.")})
        if self.tailored_from_id and self.tailored_from_id == self.pk:
            raise ValidationError(
                {"tailored_from": _("An offering cannot be tailored from itself.")}
            )
