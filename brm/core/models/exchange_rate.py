"""Exchange rates."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..fields import CurrencyField, RateField
from .record import Record


class ExchangeRate(Record):
    """Units of `base` for one unit of `currency`, from the day `on` until a later rate."""

    resource = "exchange-rates"
    reference_prefix = "FX"
    natural_key = ("currency", "base", "on")

    currency = CurrencyField(_("currency"))
    base = CurrencyField(_("base currency"))
    on = models.DateField(_("from"))
    rate = RateField(_("rate"), validators=[MinValueValidator(0.00000001)])

    search_fields = ("currency", "base")

    class Meta(Record.Meta):
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "base", "on"],
                name="one_rate_a_day",
                violation_error_message=_("There is a rate for this currency and day already."),
            ),
            models.CheckConstraint(
                condition=models.Q(rate__gt=0),
                name="rate_is_positive",
                violation_error_message=_("A rate is greater than zero."),
            ),
            models.CheckConstraint(
                condition=~models.Q(currency=models.F("base")),
                name="rate_between_two_currencies",
                violation_error_message=_("A rate needs two different currencies."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency}/{self.base} {self.on}"
