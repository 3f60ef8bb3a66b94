"""Nasty dates, instants and values for random companies; everything follows from the seed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from .company import Organisation
from .periods import last_day, month_of

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Pacific/Kiritimati",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Pago_Pago",
)
# Tails that sort differently by code point, by language and without regard to case.
TAILS = ("a", "B", "b", "_", "-9", "-10", " z", "é", "Ä", "/x", "%", "'", "漢", "Z")
CHANNELS = (None, "email", "phone", "portal")
COST_TYPES = (None, "personnel", "licences", "cloud")
CURRENCIES = ("EUR", "USD", "JPY")
SEGMENTS = (None, "retail", "public", "Ärzte")
REGIONS = (None, "north", "south")
PEOPLE = (None, "mia", "noah", "Zoë", "li")
KINDS = ("external", "external", "internal")
SCALES = ((1, 5), (5, 1), (0, 10), (10, 0), (1, 7), (-2, 2), (1, 4), (0, 100000))


@cache
def clock_changes(zone_name: str, year: int) -> tuple[date, ...]:
    """The days of a year on which the zone's clocks change."""
    zone = ZoneInfo(zone_name)
    day, found = date(year, 1, 1), []
    while day.year == year:
        after = day + timedelta(days=1)
        midnights = [datetime.combine(one, time(), zone).utcoffset() for one in (day, after)]
        if midnights[0] != midnights[1]:
            found.append(day)
        day = after
    return tuple(found)


class Values:
    """Random values around a date, of an organisation."""

    def __init__(self, random: Random, organisation: Organisation, today: date) -> None:
        self.random = random
        self.organisation = organisation
        self.today = today
        self.taken: set[str] = set()

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.random.random() < share

    def reference(self, prefix: str) -> str:
        """A reference that is not taken yet, often hard to sort."""
        reference = None
        while reference is None or reference in self.taken:
            reference = f"{prefix}{self.random.randrange(1000, 10_000)}{self.random.choice(TAILS)}"
        self.taken.add(reference)
        return reference

    def neighbour(self, reference: str) -> str:
        """A reference that differs from another in its tail only, as far as there are any."""
        tails = [tail for tail in TAILS if reference[:5] + tail not in self.taken]
        if not tails:
            return self.reference(reference[0])
        neighbour = reference[:5] + self.random.choice(tails)
        self.taken.add(neighbour)
        return neighbour

    def day(self, back: int = 800, ahead: int = 40) -> date:
        """A day around today: often a month's end or start, a leap day, G days back."""
        random, grace = self.random, self.organisation.grace_days
        day = self.today + timedelta(days=random.randint(-back, ahead))
        dice = random.random()
        if dice < 0.15:
            return last_day(month_of(day))
        if dice < 0.25:
            return day.replace(day=1)
        if dice < 0.33:
            return self.today + timedelta(days=random.choice((-1, 0, 1)))
        if dice < 0.38:
            return self.today - timedelta(days=grace + random.choice((-1, 0, 1)))
        if dice < 0.41:
            year = self.today.year - self.today.year % 4
            return date(year if date(year, 2, 29) <= self.today else year - 4, 2, 29)
        return day

    def instant(self, back: int = 800, ahead: int = 2) -> datetime:
        """An instant in UTC: often at the organisation's midnight or on a day its clocks change."""
        random, zone = self.random, self.organisation.time_zone
        day = self.day(back, ahead)
        changes = clock_changes(zone, day.year) if self.chance(0.15) else ()
        day = random.choice(changes) if changes else day
        clock = random.choice(
            (
                time(),
                time(0, 0, 1),
                time(23, 59, 59, 999999),
                time(2, 30),
                time(random.randint(0, 23), 17),
            )
        )
        local = datetime.combine(day, clock, ZoneInfo(zone)).replace(fold=random.randint(0, 1))
        return local.astimezone(UTC)

    def money(self, least: int = 0, most: int = 500_000) -> Decimal:
        """An amount with cents."""
        return Decimal(self.random.randint(least, most)).scaleb(-2)

    def rate(self, currency: str, day: date) -> Decimal:
        """Base units for one unit of a currency on a day: 8 places, or making halves of cents."""
        if currency == self.organisation.base_currency:
            return Decimal(1)
        if day.day % 3 == 0:
            return Decimal(("0.5", "1.125", "0.00625")[day.month % 3])
        spread = day.toordinal() * 7_919 % 9_973_421
        return Decimal(90_000_000 + CURRENCIES.index(currency) * 555 + spread).scaleb(-8)

    def score(self) -> tuple[Decimal, Decimal, Decimal]:
        """Score, worst and best: often at the threshold of satisfaction or just beside it."""
        worst, best = (Decimal(end) for end in self.random.choice(SCALES))
        threshold = worst + (best - worst) * Decimal("0.75")
        beside = threshold + self.random.choice((Decimal("0.01"), Decimal("-0.01")))
        anywhere = worst + (best - worst) * self.random.randint(0, 100) / 100
        score = self.random.choice((worst, best, threshold, beside, anywhere, anywhere))
        return score.quantize(Decimal("0.01")), worst, best
