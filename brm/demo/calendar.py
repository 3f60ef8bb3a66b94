"""The demo's time: two years of months that end last night."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONTHS = 24


@dataclass(frozen=True)
class DemoCalendar:
    """Days and instants counted back from the nightly run before `now`.

    `zone` and `nightly_at` are the organisation's. Months are named by how long ago they began:
    0 is the month of the last nightly run, 24 the first month that is replayed.
    """

    now: datetime
    zone: ZoneInfo
    nightly_at: time

    @property
    def last_night(self) -> datetime:
        """The instant of the last nightly run; nothing in the demo happens after it."""
        local = self.now.astimezone(self.zone)
        tonight = self.at(local.date(), self.nightly_at.hour, self.nightly_at.minute)
        if tonight <= self.now:
            return tonight
        yesterday = local.date() - timedelta(days=1)
        return self.at(yesterday, self.nightly_at.hour, self.nightly_at.minute)

    @property
    def today(self) -> date:
        """The organisation's date of the last nightly run."""
        return self.last_night.astimezone(self.zone).date()

    def month(self, ago: int) -> date:
        """The first day of the month that began `ago` months before this one's."""
        index = self.today.year * 12 + self.today.month - 1 - ago
        return date(index // 12, index % 12 + 1, 1)

    def day(self, ago: int, number: int) -> date:
        """The day `number` of that month, at most its last day."""
        first = self.month(ago)
        return first.replace(day=min(number, calendar.monthrange(first.year, first.month)[1]))

    def last_day(self, ago: int) -> date:
        """The last day of that month."""
        return self.day(ago, 31)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """That wall-clock time of the organisation."""
        return datetime.combine(day, time(hour, minute), tzinfo=self.zone)

    @property
    def beginning(self) -> datetime:
        """When the company began to use the product: the first morning of the first month."""
        return self.at(self.month(MONTHS), 8)

    def nights(self) -> list[datetime]:
        """The nightly runs that are replayed: at the end of every month, a week ago, last night."""
        ends = [self._night(self.month(ago)) for ago in range(MONTHS - 1, -1, -1)]
        week_ago = self._night(self.today - timedelta(days=7))
        return sorted({*ends, week_ago, self.last_night})

    def _night(self, day: date) -> datetime:
        return self.at(day, self.nightly_at.hour, self.nightly_at.minute)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, at most that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
