"""Random companies and random later writes to them; everything follows from the seed."""

from __future__ import annotations

from datetime import date
from random import Random

from .company import Company, Organisation
from .random_records import Maker
from .random_values import ZONES, Values
from .random_writes import Writer


def random_organisation(random: Random) -> Organisation:
    """Random settings: zone, start of the fiscal year, grace period."""
    return Organisation(
        time_zone=random.choice(ZONES),
        base_currency="EUR",
        fiscal_year_start=random.choice((1, 1, 4, 7, 10, 12)),
        grace_days=random.choice((0, 1, 30, 90, 90)),
    )


def random_company(
    seed: int, *, today: date, size: int = 30, organisation: Organisation | None = None
) -> Company:
    """A company of `size` customers with facts from 800 days before today to some after it."""
    random = Random(f"company {seed}")
    organisation = organisation or random_organisation(random)
    return Maker(Values(random, organisation, today)).company(size)


def mutate(company: Company, seed: int, today: date, *, writes: int | None = None) -> Company:
    """The company after `writes` (default: 1 to 12) later writes of any kind.

    Records are added or edited, never taken out: a delete sets `deleted`.
    """
    random = Random(f"writes {seed}")
    writer = Writer(Values(random, company.organisation, today), company)
    for _ in range(random.randint(1, 12) if writes is None else writes):
        writer.write()
    return writer.state
