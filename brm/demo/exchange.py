"""The demo's exchange rates: one a month, and a jump that makes an invoice dearer."""

from datetime import date
from decimal import Decimal

from django.conf import settings

from brm.core.models import ExchangeRate

from .calendar import MONTHS
from .world import World

# Units of a currency for one euro at the beginning, and how much it moves from month to month.
PER_EURO = {
    "EUR": (Decimal(1), 0.0),
    "USD": (Decimal("1.12"), 0.004),
    "GBP": (Decimal("0.858"), 0.003),
    "CNY": (Decimal("7.82"), 0.005),
}
JUMPING, JUMP_AGO, JUMP_DAY, JUMP = "USD", 8, 12, Decimal("0.88")
EIGHT_PLACES = Decimal("0.00000001")


def in_currency(euros: Decimal, currency: str) -> Decimal:
    """About so many euros in that currency, in whole units; an unknown one is worth a euro."""
    level, _drift = PER_EURO.get(currency, (Decimal(1), 0.0))
    return (euros * level).quantize(Decimal(1))


def tell(world: World) -> None:
    """Put the rates to the base currency into the script."""
    foreign = [currency for currency in PER_EURO if currency != settings.BRM.base_currency]
    for currency in foreign:
        for ago in range(MONTHS + 1, -1, -1):
            _rate(world, currency, world.calendar.month(ago), jumped=ago < JUMP_AGO)
    if JUMPING in foreign:
        _rate(world, JUMPING, world.calendar.day(JUMP_AGO, JUMP_DAY), jumped=True)


def _rate(world: World, currency: str, day: date, *, jumped: bool) -> None:
    base = settings.BRM.base_currency
    drift = PER_EURO[currency][1] * world.random.uniform(-1, 1)
    rate = _euros(currency, jumped) / _euros(base, jumped) * Decimal(1 + drift)
    record = ExchangeRate(currency=currency, base=base, on=day, rate=rate.quantize(EIGHT_PLACES))
    world.add(record, world.calendar.at(day, 7))


def _euros(currency: str, jumped: bool) -> Decimal:
    """Euros for one unit."""
    level, _drift = PER_EURO.get(currency, (Decimal(1), 0.0))
    return 1 / (level * JUMP if jumped and currency == JUMPING else level)
