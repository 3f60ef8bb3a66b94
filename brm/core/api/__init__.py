"""REST resources: declare a `RecordViewSet`, and the rest follows."""

from .people import people_urls
from .records import REGISTRY, RecordViewSet
from .views import ApiView

__all__ = ["REGISTRY", "ApiView", "RecordViewSet", "people_urls"]
