"""Conversion between currencies at the rate of the day (rule 10 of the KPI definitions)."""

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .fields import round_half_up
from .models import ExchangeRate

ONE = Decimal(1)
_known_rates: ContextVar[dict[str, list[tuple[date, Decimal]]] | None] = ContextVar(
    "known_rates", default=None
)


def rate_to_base(currency: str, on: date) -> Decimal:
    """Units of the base currency for one unit of `currency`: the latest rate on or before `on`.

    Raises ValidationError when there is none.
    """
    base = settings.BRM.base_currency
    if currency == base:
        return ONE
    found = _known_rate(currency, on) if _known_rates.get() is not None else _rate(currency, on)
    if found is None:
        raise ValidationError(
            _("There is no exchange rate from %(currency)s to %(base)s on or before %(on)s.")
            % {"currency": currency, "base": base, "on": on.isoformat()},
            code="no_rate",
        )
    return found


def _rate(currency: str, on: date) -> Decimal | None:
    base = settings.BRM.base_currency
    return (
        ExchangeRate.objects.filter(currency=currency, base=base, on__lte=on)
        .order_by("-on")
        .values_list("rate", flat=True)
        .first()
    )


@contextmanager
def known_rates() -> Iterator[None]:
    """Within the block the rates of a currency are read once, for work on many amounts."""
    token = _known_rates.set({})
    try:
        yield
    finally:
        _known_rates.reset(token)


def _known_rate(currency: str, on: date) -> Decimal | None:
    known = _known_rates.get()
    if currency not in known:
        base = settings.BRM.base_currency
        found = ExchangeRate.objects.filter(currency=currency, base=base).order_by("on")
        known[currency] = list(found.values_list("on", "rate"))
    rates = known[currency]
    position = bisect_right(rates, on, key=lambda pair: pair[0])
    return rates[position - 1][1] if position else None


def convert(amount: Decimal, source: str, target: str, on: date) -> Decimal:
    """`amount` of currency `source` in `target` at the rates of `on`, half up to cents.

    Between two foreign currencies the way leads through the base currency, rounded once at the
    end. Raises ValidationError when a rate is missing.
    """
    if source == target:
        return round_half_up(amount)
    return round_half_up(amount * rate_to_base(source, on) / rate_to_base(target, on))
