"""The REST resource of exchange rates."""

from ..models import ExchangeRate
from .records import RecordViewSet


class ExchangeRateViewSet(RecordViewSet):
    model = ExchangeRate
    fields = ("currency", "base", "on", "rate")
