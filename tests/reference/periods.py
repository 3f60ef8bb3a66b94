"""Months, fiscal quarters and fiscal years, written `2025-03`, `2025-Q1`, `2025` (rule 1)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

ONE_DAY = timedelta(days=1)


@cache
def month_of(day: date) -> str:
    """The month of a day: `2025-03`."""
    return f"{day.year:04d}-{day.month:02d}"


@cache
def first_day(month: str) -> date:
    """The first day of a month."""
    return date(int(month[:4]), int(month[5:]), 1)


@cache
def next_month(month: str) -> str:
    """The month after."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


@cache
def last_day(month: str) -> date:
    """The last day of a month."""
    return first_day(next_month(month)) - ONE_DAY


def months_between(first: str, last: str) -> list[str]:
    """All months from the first to the last, both included."""
    found = []
    while first <= last:
        found.append(first)
        first = next_month(first)
    return found


def grain_of(period: str) -> str:
    """`month`, `quarter` or `year`."""
    if len(period) == 4:
        return "year"
    return "quarter" if period[5] == "Q" else "month"


def months_of(period: str, fiscal_year_start: int = 1) -> list[str]:
    """The months of a period in order; fiscal `2025` is the year that starts in 2025."""
    grain = grain_of(period)
    if grain == "month":
        return [period]
    year_starts = f"{period[:4]}-{fiscal_year_start:02d}"
    months = [year_starts]
    while len(months) < 12:
        months.append(next_month(months[-1]))
    if grain == "year":
        return months
    quarter = int(period[6:])
    return months[3 * quarter - 3 : 3 * quarter]


def bounds(period: str, fiscal_year_start: int = 1) -> tuple[date, date]:
    """The half-open interval of a period: first day, first day after it."""
    months = months_of(period, fiscal_year_start)
    return first_day(months[0]), last_day(months[-1]) + ONE_DAY


def period_of(day: date, grain: str, fiscal_year_start: int = 1) -> str:
    """The period of a grain that contains a day."""
    if grain == "month":
        return month_of(day)
    year = day.year if day.month >= fiscal_year_start else day.year - 1
    if grain == "year":
        return f"{year:04d}"
    quarter = (day.month - fiscal_year_start) % 12 // 3 + 1
    return f"{year:04d}-Q{quarter}"


def periods_between(first: str, last: str, grain: str, fiscal_year_start: int = 1) -> list[str]:
    """Every period of a grain that touches the months first … last, in order."""
    found: list[str] = []
    for month in months_between(first, last):
        period = period_of(first_day(month), grain, fiscal_year_start)
        if period not in found:
            found.append(period)
    return found
