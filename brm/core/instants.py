"""Instants in the addresses of pages."""

from datetime import datetime, timedelta

from django.utils import timezone

A_MINUTE = timedelta(minutes=1) - timedelta(microseconds=1)


def parse_instant(text: str) -> datetime:
    """An instant as browsers and links write it; a bare minute means its end.

    Without an offset it is in the reader's time zone. Raises ValueError and OverflowError.
    """
    found = datetime.fromisoformat(text)
    if len(text) == len("2025-03-31T23:59"):
        found += A_MINUTE
    if timezone.is_naive(found):
        found = timezone.make_aware(found)
    if not 1000 < found.year < 9000:
        raise ValueError(text)
    return found


def whole_offset(text: str) -> str:
    """The text with the + of its offset, which arrives from addresses as a blank."""
    arrived = len(text) > len("2025-03-31 12:00") and text[-6] == " "
    return f"{text[:-6]}+{text[-5:]}" if arrived else text


def write_instant(instant: datetime) -> str:
    """An instant for an address, exact and with its offset."""
    return timezone.localtime(instant).isoformat()


def picker_value(instant: datetime) -> str:
    """An instant for a browser's picker, to the minute in the reader's time zone."""
    return timezone.localtime(instant).strftime("%Y-%m-%dT%H:%M")
