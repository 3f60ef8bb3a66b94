"""What a cell may hold, and the exact words in which anything else is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from brm.core.imports import parsers
from brm.core.imports.parsers import Formats
from brm.core.imports.refusals import CellRefused

ISO = Formats()
DMY = Formats(date=("%d/%m/%Y",))


@pytest.mark.parametrize(
    ("parse", "cell", "formats", "value"),
    [
        (parsers.day, "2025-03-31", ISO, date(2025, 3, 31)),
        (parsers.day, " 31/03/2025 ", DMY, date(2025, 3, 31)),
        (parsers.instant, "2025-03-31T10:00:00Z", ISO, datetime(2025, 3, 31, 10, tzinfo=UTC)),
        (parsers.instant, "2025-03-31 12:00+02:00", ISO, datetime(2025, 3, 31, 10, tzinfo=UTC)),
        (
            parsers.instant,
            "31/03/2025 12:00",
            Formats(instant=("%d/%m/%Y %H:%M",), zone=ZoneInfo("Europe/Berlin")),
            datetime(2025, 3, 31, 10, tzinfo=UTC),
        ),
        (parsers.number, "1234.50", ISO, Decimal("1234.50")),
        (parsers.number, "-.5", ISO, Decimal("-0.5")),
        (parsers.number, "1.234,50", Formats(decimal_comma=True), Decimal("1234.50")),
        (parsers.integer, "30", ISO, 30),
        (parsers.truth, "TRUE", ISO, True),
        (parsers.truth, "0", ISO, False),
        (parsers.currency, "CHF", ISO, "CHF"),
        (parsers.words, "lead; brm;", ISO, ["lead", "brm"]),
        (parsers.month, "2025-03", ISO, date(2025, 3, 1)),
        (parsers.reference, " C-1/x ", ISO, "C-1/x"),
        (parsers.reference, "Cafe\u0301", ISO, "Café"),
        (parsers.text, "?", ISO, "?"),
    ],
)
def test_what_is_read(parse, cell, formats, value):
    assert parse(cell, formats) == value


@pytest.mark.parametrize(
    ("parse", "cell", "formats", "message"),
    [
        (parsers.day, "31/02/2025", ISO, "“31/02/2025” is not a date as YYYY-MM-DD."),
        (parsers.day, "2025-02-31", ISO, "“2025-02-31” is not a day of the calendar."),
        (
            parsers.day,
            "31/02/2025",
            DMY,
            "“31/02/2025” is not a date that exists as %d/%m/%Y.",
        ),
        (parsers.day, "5/31/2022", DMY, "“5/31/2022” is not a date that exists as %d/%m/%Y."),
        (
            parsers.day,
            "9999-12-31",
            ISO,
            "“9999-12-31” lies outside the years 1900 to 2199. Open-ended is an empty cell.",
        ),
        (parsers.day, "20250331", ISO, "“20250331” is not a date as YYYY-MM-DD."),
        (
            parsers.instant,
            "2025-03-31T10:00:00",
            ISO,
            "“2025-03-31T10:00:00” has no offset from UTC, such as +00:00 or Z.",
        ),
        (
            parsers.instant,
            "2025-03-31",
            ISO,
            "“2025-03-31” is not an instant as YYYY-MM-DDTHH:MM:SS+00:00.",
        ),
        (
            parsers.instant,
            "2025-02-31T10:00Z",
            ISO,
            "“2025-02-31T10:00Z” is not an instant that exists.",
        ),
        (parsers.number, "1,234.50", ISO, "“1,234.50” is not a number such as 1234.50."),
        (parsers.number, "1e5", ISO, "“1e5” is not a number such as 1234.50."),
        (parsers.number, "NaN", ISO, "“NaN” is not a number such as 1234.50."),
        (parsers.number, "١٢", ISO, "“١٢” is not a number such as 1234.50."),
        (parsers.integer, "3.5", ISO, "“3.5” is not a whole number."),
        (parsers.truth, "maybe", ISO, "“maybe” is neither true nor false."),
        (parsers.currency, "EURO", ISO, "“EURO” is not a currency code of ISO 4217 such as EUR."),
        (parsers.currency, "eur", ISO, "“eur” is not a currency code of ISO 4217 such as EUR."),
        (
            parsers.reference,
            "17850.0",
            ISO,
            "“17850.0” looks like a whole number that became a decimal. Write 17850, or name the "
            "column under integers_as_floats.",
        ),
        (
            parsers.reference,
            "?",
            ISO,
            "“?” looks like a missing value. Leave the cell empty or name “?” as missing.",
        ),
        (
            parsers.reference,
            "x" * 101,
            ISO,
            "A reference has at most 100 characters, this one has 101.",
        ),
        (parsers.reference, "a\nb", ISO, "A reference is one line of printable characters."),
        (parsers.text, "a\0b", ISO, "The cell contains a NUL byte."),
        (parsers.month, "2025-3", ISO, "“2025-3” is not a month as YYYY-MM."),
        (parsers.month, "2025-13", ISO, "“2025-13-01” is not a day of the calendar."),
        (
            parsers.choice({"low": "low", "high": "high"}),
            "urgent",
            ISO,
            "“urgent” is none of low, high.",
        ),
    ],
)
def test_what_is_refused(parse, cell, formats, message):
    with pytest.raises(CellRefused) as refused:
        parse(cell, formats)
    assert str(refused.value) == message
