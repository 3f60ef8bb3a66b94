"""From the text of a cell to a value. Each parser raises CellRefused in words a user can act on."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from babel.numbers import is_currency
from django.utils.translation import gettext as _

from ..fields import normalise_text
from .refusals import CellRefused

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
ISO_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?(.*)\Z")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z")
INTEGER = re.compile(r"[+-]?\d{1,18}\Z")
INTEGER_AS_FLOAT = re.compile(r"\d+\.0+\Z")
FIRST_YEAR, LAST_YEAR = 1900, 2199
TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
LONGEST_REFERENCE = 100


@dataclass(frozen=True)
class Formats:
    """How a file writes dates, instants and numbers.

    Empty formats mean ISO 8601. `zone` is the time zone of instants without offset; without one
    they are refused. `decimal_comma` reads 1.234,50.
    """

    date: tuple[str, ...] = ()
    instant: tuple[str, ...] = ()
    zone: tzinfo | None = None
    decimal_comma: bool = False


Parser = Callable[[str, Formats], Any]


def text(cell: str, _formats: Formats) -> str:
    """Any text, unchanged, but for characters no database keeps."""
    if "\0" in cell:
        raise CellRefused(_("The cell contains a NUL byte."))
    return cell


def word(cell: str, formats: Formats) -> str:
    """A short text; a lone question mark is taken for a missing value and refused."""
    if cell.strip() == "?":
        raise CellRefused(
            _("“?” looks like a missing value. Leave the cell empty or name “?” as missing.")
        )
    return text(cell, formats)


def reference(cell: str, formats: Formats) -> str:
    """A key, NFC, 1–100 characters; a number that a program made a decimal of is refused."""
    key = normalise_text(word(cell, formats))
    if INTEGER_AS_FLOAT.match(key):
        raise CellRefused(
            _(
                "“%(cell)s” looks like a whole number that became a decimal. Write %(whole)s, or "
                "name the column under integers_as_floats."
            )
            % {"cell": key, "whole": key.partition(".")[0]}
        )
    if len(key) > LONGEST_REFERENCE:
        raise CellRefused(
            _("A reference has at most %(most)d characters, this one has %(count)d.")
            % {"most": LONGEST_REFERENCE, "count": len(key)}
        )
    if any(character < " " or character == "\x7f" for character in key):
        raise CellRefused(_("A reference is one line of printable characters."))
    return key


def day(cell: str, formats: Formats) -> date:
    """A calendar day, ISO or in one of the named formats."""
    cell = cell.strip()
    if not formats.date:
        if not ISO_DATE.match(cell):
            raise CellRefused(_("“%(cell)s” is not a date as YYYY-MM-DD.") % {"cell": cell})
        return _in_range(_first_match(cell, ("%Y-%m-%d",)), cell).date()
    return _in_range(_first_match(cell, formats.date), cell).date()


def instant(cell: str, formats: Formats) -> datetime:
    """A moment with its offset; without one in the zone of the formats."""
    cell = cell.strip()
    moment = _first_match(cell, formats.instant) if formats.instant else _iso_instant(cell)
    if moment.tzinfo is None:
        if formats.zone is None:
            raise CellRefused(
                _("“%(cell)s” has no offset from UTC, such as +00:00 or Z.") % {"cell": cell}
            )
        moment = moment.replace(tzinfo=formats.zone)
    return _in_range(moment, cell)


def _iso_instant(cell: str) -> datetime:
    if not ISO_INSTANT.match(cell):
        raise CellRefused(
            _("“%(cell)s” is not an instant as YYYY-MM-DDTHH:MM:SS+00:00.") % {"cell": cell}
        )
    try:
        return datetime.fromisoformat(cell.replace(",", "."))
    except ValueError:
        raise CellRefused(_("“%(cell)s” is not an instant that exists.") % {"cell": cell}) from None


def _first_match(cell: str, formats: tuple[str, ...]) -> datetime:
    for pattern in formats:
        try:
            return datetime.strptime(cell, pattern)  # noqa: DTZ007 - the zone is added after
        except ValueError:
            continue
    shown = _(" or ").join(formats)
    if formats == ("%Y-%m-%d",):
        raise CellRefused(_("“%(cell)s” is not a day of the calendar.") % {"cell": cell})
    raise CellRefused(
        _("“%(cell)s” is not a date that exists as %(formats)s.") % {"cell": cell, "formats": shown}
    )


def _in_range(moment: datetime, cell: str) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise CellRefused(
            _(
                "“%(cell)s” lies outside the years %(first)d to %(last)d. "
                "Open-ended is an empty cell."
            )
            % {"cell": cell, "first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return moment


def number(cell: str, formats: Formats) -> Decimal:
    """An exact decimal number, without thousands separators unless the decimal comma is named."""
    written = cell.strip()
    if formats.decimal_comma:
        written = written.replace(".", "").replace(",", ".")
    if not NUMBER.match(written) or not written.isascii():
        raise CellRefused(_("“%(cell)s” is not a number such as 1234.50.") % {"cell": cell})
    return Decimal(written)


def integer(cell: str, _formats: Formats) -> int:
    """A whole number."""
    if not INTEGER.match(cell.strip()) or not cell.isascii():
        raise CellRefused(_("“%(cell)s” is not a whole number.") % {"cell": cell})
    return int(cell)


def truth(cell: str, _formats: Formats) -> bool:
    """true or false (also yes, no, 1, 0)."""
    found = TRUTHS.get(cell.strip().lower())
    if found is None:
        raise CellRefused(_("“%(cell)s” is neither true nor false.") % {"cell": cell})
    return found


def currency(cell: str, _formats: Formats) -> str:
    """A code of ISO 4217."""
    code = cell.strip()
    if not is_currency(code):
        raise CellRefused(
            _("“%(cell)s” is not a currency code of ISO 4217 such as EUR.") % {"cell": cell}
        )
    return code


def words(cell: str, _formats: Formats) -> list[str]:
    """Several words separated by semicolons."""
    return [part.strip() for part in cell.split(";") if part.strip()]


def month(cell: str, _formats: Formats) -> date:
    """The first day of a month written YYYY-MM."""
    if re.match(r"\d{4}-\d{2}\Z", cell.strip()):
        return day(f"{cell.strip()}-01", Formats())
    raise CellRefused(_("“%(cell)s” is not a month as YYYY-MM.") % {"cell": cell})


def choice(allowed: dict[str, Any]) -> Parser:
    """One of the keys of `allowed`, which lead to the stored values."""

    def parse(cell: str, _formats: Formats) -> Any:
        found = allowed.get(cell.strip())
        if found is None:
            raise CellRefused(
                _("“%(cell)s” is none of %(allowed)s.")
                % {"cell": cell, "allowed": ", ".join(allowed)}
            )
        return found

    return parse
