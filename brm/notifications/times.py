"""When a mail may go out: quiet hours, digests and schedules in the recipient's time zone."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from .models import Rhythm

A_DAY = timedelta(days=1)


def zone_of(name: str) -> ZoneInfo:
    """A person's time zone; the organisation's where none is known."""
    try:
        return ZoneInfo(name) if name else settings.BRM.time_zone
    except (ZoneInfoNotFoundError, ValueError):
        return settings.BRM.time_zone


def after_quiet(
    instant: datetime, zone: ZoneInfo, begins: time | None, ends: time | None
) -> datetime:
    """The instant, or the end of the quiet hours it falls into. They may span midnight."""
    if begins is None or ends is None or begins == ends:
        return instant
    local = instant.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    if begins < ends:
        is_quiet, later = begins <= clock < ends, False
    else:
        is_quiet, later = clock >= begins or clock < ends, clock >= begins
    if not is_quiet:
        return instant
    return _at(local, zone, ends, days=1 if later else 0)


def next_time(instant: datetime, zone: ZoneInfo, at: time) -> datetime:
    """The next instant after this one at which the clock there shows `at`."""
    local = instant.astimezone(zone)
    today = _at(local, zone, at)
    return today if today > instant else _at(local, zone, at, days=1)


def next_delivery(instant: datetime, zone: ZoneInfo, at: time, rhythm: str) -> datetime | None:
    """When the scorecard comes next: on a Monday or the first of a month, at the digest's time."""
    if rhythm == Rhythm.NEVER:
        return None
    found = next_time(instant, zone, at)
    while not _fits(found.astimezone(zone), rhythm):
        found = next_time(found, zone, at)
    return found


def _fits(local: datetime, rhythm: str) -> bool:
    return local.weekday() == 0 if rhythm == Rhythm.WEEKLY else local.day == 1


def _at(local: datetime, zone: ZoneInfo, clock: time, days: int = 0) -> datetime:
    return datetime.combine(local.date() + days * A_DAY, clock, tzinfo=zone)
