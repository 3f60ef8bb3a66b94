"""Numbers, money, dates and months as the reader's language writes them.

Babel does the work: Django's own filters do not group digits in Chinese. Every function takes a
value and returns text in the active language; None becomes an empty string. Pages, exports and
messages all use these, so that a figure looks the same everywhere.
"""

from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel import Locale, dates, numbers
from django.utils import timezone
from django.utils.translation import get_language

Number = int | float | Decimal

BABEL_LOCALES = {"en": "en", "zh-hans": "zh_Hans_CN"}
# English dates are written the international way; 11/23 and 23/11 are both misread somewhere.
DATE_PATTERNS = {"en": "d MMM y"}
NOTHING = ""


@cache
def _locale_of(language: str) -> Locale:
    return Locale.parse(BABEL_LOCALES.get(language, language), sep="_")


def locale() -> Locale:
    """The Babel locale of the active language (English where none is active)."""
    return _locale_of(get_language() or "en")


def rounded(value: Number, places: int) -> Decimal:
    """`value` rounded half up to `places` decimals, as people round (not as floats do)."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def format_number(value: Number | None, places: int | None = None) -> str:
    """`1234.5` → "1,234.5"; `places` fixes the decimals, without it up to three are shown."""
    if value is None:
        return NOTHING
    if places is None:
        return numbers.format_decimal(value, locale=locale())
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return numbers.format_decimal(rounded(value, places), format=pattern, locale=locale())


def format_signed(value: Number | None, places: int = 0) -> str:
    """A difference with its sign: "+3", "−1.5", "0"."""
    if value is None:
        return NOTHING
    amount = rounded(value, places)
    sign = {True: "+", False: "−"}[amount > 0] if amount else ""
    return sign + format_number(abs(amount), places)


def format_percent(value: Number | None, places: int = 1) -> str:
    """`value` is 0–100: `93.42` → "93.4%"."""
    if value is None:
        return NOTHING
    pattern = "#,##0" + ("." + "0" * places if places else "") + "%"
    share = rounded(value, places) / 100
    return numbers.format_percent(share, format=pattern, locale=locale())


def format_money(amount: Number | None, currency: str, places: int = 2) -> str:
    """`amount` in whole units of `currency` (ISO code): "€1,234.50", "CN¥1,234.50"."""
    if amount is None:
        return NOTHING
    pattern = locale().currency_formats["standard"].pattern
    pattern = pattern.replace("0.00", "0." + "0" * places if places else "0")
    return numbers.format_currency(
        rounded(amount, places), currency, format=pattern, locale=locale(), currency_digits=False
    )


def format_compact(value: Number | None, places: int = 1) -> str:
    """Short, for axes and narrow cards: "1.2M", in Chinese "120万"."""
    if value is None:
        return NOTHING
    return numbers.format_compact_decimal(value, locale=locale(), fraction_digits=places)


def format_quantity(value: Number | None, unit: str, currency: str = "") -> str:
    """A figure in its unit: `unit` is "count", "percent" or "money" (then `currency` is needed)."""
    if unit == "percent":
        return format_percent(value)
    if unit == "money":
        return format_money(value, currency, places=0)
    return format_number(value)


def format_date(value: date | None) -> str:
    """ "23 Nov 2026", "2026年11月23日"; an instant is taken in the active time zone."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    pattern = DATE_PATTERNS.get(locale().language, "medium")
    return dates.format_date(value, pattern, locale=locale())


def format_time(value: datetime | time | None) -> str:
    """ "14:30"; an instant is taken in the active time zone."""
    if value is None:
        return NOTHING
    clock = timezone.localtime(value).time() if isinstance(value, datetime) else value
    return dates.format_time(clock, "HH:mm", locale=locale())


def format_instant(value: datetime | None) -> str:
    """ "23 Nov 2026, 14:30" in the active time zone; `value` is aware."""
    if value is None:
        return NOTHING
    joint = " " if locale().language == "zh" else ", "
    return format_date(value) + joint + format_time(value)


def format_month(value: date | None) -> str:
    """The month of a day: "Nov 2026", "2026年11月"."""
    if value is None:
        return NOTHING
    return dates.format_skeleton("yMMM", value, locale=locale())


def format_short_month(value: date | None) -> str:
    """For an axis: "Nov", in January with the year ("Jan 2027")."""
    if value is None:
        return NOTHING
    return dates.format_skeleton("yMMM" if value.month == 1 else "MMM", value, locale=locale())
