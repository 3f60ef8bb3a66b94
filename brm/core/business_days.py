"""The organisation's days: which date an instant belongs to, whatever zone a reader prefers."""

from datetime import date, datetime

from django.conf import settings
from django.utils import timezone


def business_date(instant: datetime) -> date:
    """The date of an instant in the organisation's time zone."""
    return instant.astimezone(settings.BRM.time_zone).date()


def business_today() -> date:
    """Today's date in the organisation's time zone; for the edges, never inside the domain."""
    return business_date(timezone.now())
