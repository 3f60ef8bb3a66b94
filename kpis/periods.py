"""Months, fiscal quarters and fiscal years. A month is the integer yyyymm, as in the ledger."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.conf import settings

GRAINS = {"month": 1, "quarter": 3, "year": 12}
PERIOD = re.compile(r"(?P<year>\d{4})(-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4]))?\Z")
FIRST, LAST = 1000 * 100 + 1, 8999 * 100 + 12


def month_of(day: date) -> int:
    """The month of a day."""
    return day.year * 100 + day.month


def shifted(month: int, by: int) -> int:
    """The month some months later or earlier."""
    count = month // 100 * 12 + month % 100 - 1 + by
    return count // 12 * 100 + count % 12 + 1


def month_text(month: int) -> str:
    """A month as it is written: 2025-03."""
    return f"{month // 100:04d}-{month % 100:02d}"


def parse_month(text: str) -> int:
    """The month written as 2025-03; raises ValueError."""
    found = PERIOD.match(text)
    if not found or not found["month"]:
        raise ValueError(f"not a month: {text!r}")
    return _checked(int(found["year"]) * 100 + int(found["month"]))


def _checked(month: int) -> int:
    if not FIRST <= month <= LAST:
        raise ValueError(f"the year must lie between 1000 and 8999: {month // 100:04d}")
    return month


def months_between(first: int, last: int) -> Iterator[int]:
    """All months from the first to the last, both included."""
    while first <= last:
        yield first
        first = shifted(first, 1)


@dataclass(frozen=True)
class Period:
    """A month, quarter or year by its grain and first month."""

    grain: str
    first: int

    @cached_property
    def months(self) -> tuple[int, ...]:
        return tuple(shifted(self.first, by) for by in range(GRAINS[self.grain]))

    @cached_property
    def starts_on(self) -> date:
        return date(self.first // 100, self.first % 100, 1)

    @cached_property
    def ends_on(self) -> date:
        """The last day."""
        last = self.months[-1]
        return date(last // 100, last % 100, monthrange(last // 100, last % 100)[1])

    def __str__(self) -> str:
        if self.grain == "month":
            return month_text(self.first)
        begins = settings.BRM.fiscal_year_start
        year = self.first // 100 - (self.first % 100 < begins)
        if self.grain == "year":
            return f"{year:04d}"
        return f"{year:04d}-Q{(self.first % 100 - begins) % 12 // 3 + 1}"

    def last_begun(self, day: date) -> int | None:
        """Its last month that has begun on a day; None for a future period."""
        begun = [month for month in self.months if month <= month_of(day)]
        return begun[-1] if begun else None

    def settled_after(self, days: int) -> date:
        """The last day on which its figures are provisional."""
        return self.ends_on + timedelta(days=days)


def period_of(month: int, grain: str) -> Period:
    """The period of a grain that holds a month."""
    size = GRAINS[grain]
    into = (month % 100 - settings.BRM.fiscal_year_start) % 12 % size if size > 1 else 0
    return Period(grain, shifted(month, -into))


def periods_between(first: int, last: int, grain: str) -> list[Period]:
    """Every period of a grain that touches the months first … last, in order."""
    return list(dict.fromkeys(period_of(month, grain) for month in months_between(first, last)))


def parse_period(text: str) -> Period:
    """The period written as 2025-03, 2025-Q1 or 2025; raises ValueError."""
    found = PERIOD.match(text)
    if not found:
        raise ValueError(f"not a period: {text!r}")
    if found["month"]:
        return Period("month", parse_month(text))
    start = _checked(int(found["year"]) * 100 + settings.BRM.fiscal_year_start)
    if found["quarter"]:
        return Period("quarter", shifted(start, 3 * int(found["quarter"]) - 3))
    return Period("year", start)
