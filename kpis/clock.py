"""The clock of runs: the database's, and the organisation's date."""

from datetime import UTC, date, datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone


def database_now() -> datetime:
    """This instant by the clock of the database; a worker's own clock may be wrong."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0].astimezone(UTC)


def local_date(instant: datetime) -> date:
    """The organisation's date at an instant."""
    return instant.astimezone(settings.BRM.time_zone).date()


def as_parameter(value: date | datetime | None) -> object:
    """A date or instant as a parameter of plain SQL on this database."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value)
