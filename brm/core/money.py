"""Conversion between currencies at the rate of the day (rule 10 of the KPI definitions)."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .fields import round_half_up
from .models import ExchangeRate

ONE = Decimal(1)


def rate_to_base(currency: str, on: date) -> Decimal:
    """Units of the base currency for one unit of `currency`: the latest rate on or before `on`.

    Raises ValidationError when there is none.
    """
    base = settings.BRM.base_currency
    if currency == base:
        return ONE
    found = (
        ExchangeRate.objects.filter(currency=currency, base=base, on__lte=on)
        .order_by("-on")
        .values_list("rate", flat=True)
        .first()
    )
    if found is None:
        raise ValidationError(
            _("There is no exchange rate from %(currency)s to %(base)s on or before %(on)s.")
            % {"currency": currency, "base": base, "on": on.isoformat()},
            code="no_rate",
        )
    return found


def convert(amount: Decimal, source: str, target: str, on: date) -> Decimal:
    """`amount` of currency `source` in `target` at the rates of `on`, half up to cents.

    Between two foreign currencies the way leads through the base currency, rounded once at the
    end. Raises ValidationError when a rate is missing.
    """
    if source == target:
        return round_half_up(amount)
    return round_half_up(amount * rate_to_base(source, on) / rate_to_base(target, on))
