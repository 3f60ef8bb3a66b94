"""REST resources: declare a `RecordViewSet`, and the rest follows."""

from . import exchange_rates
from .people import people_urls
from .records import REGISTRY, RecordViewSet
from .views import ApiView

__all__ = ["REGISTRY", "ApiView", "RecordViewSet", "exchange_rates", "people_urls"]
