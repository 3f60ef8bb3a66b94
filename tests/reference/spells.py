"""Customer spells, day by day, and the derived status (kpis.md, "Customer spells")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .company import Agreement
from .contribution import Reading


@dataclass(frozen=True, slots=True)
class Spell:
    """A run of covered days, gaps of at most G days bridged; `ends_on` is its last day or None."""

    customer: str
    number: int
    starts_on: date
    ends_on: date | None
    first_agreement: Agreement
    last_agreement: Agreement | None

    def holds(self, day: date) -> bool:
        """Whether the day lies in the spell, bridged gaps included."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


def counts(agreement: Agreement) -> bool:
    """Whether an agreement makes its customer one.

    It was ever signed, counts for the customer, does not end before it starts, is not deleted.
    """
    return (
        not agreement.deleted
        and agreement.status in ("signed", "terminated")
        and agreement.counts_for_customer
        and (agreement.ends_on is None or agreement.ends_on >= agreement.starts_on)
    )


def counting_agreements(reading: Reading) -> dict[str, list[Agreement]]:
    """The counting agreements of each customer: a survivor has those of all merged into it.

    A deleted customer has none (decision 6 in README.md); keys are references of survivors.
    """
    found: dict[str, list[Agreement]] = {}
    for agreement in reading.company.agreements:
        customer = reading.survivor(agreement.customer)
        if counts(agreement) and not customer.deleted:
            found.setdefault(customer.reference, []).append(agreement)
    return found


def _covered_days(agreements: list[Agreement], horizon: int) -> set[int]:
    """Every covered day up to the horizon, both ends of an agreement included, as ordinals."""
    days: set[int] = set()
    for agreement in agreements:
        last = horizon if agreement.ends_on is None else min(agreement.ends_on.toordinal(), horizon)
        days.update(range(agreement.starts_on.toordinal(), last + 1))
    return days


def _runs(days: set[int], grace: int) -> list[tuple[int, int]]:
    """The runs of days (first, last); a gap of at most `grace` days is bridged."""
    runs: list[tuple[int, int]] = []
    first = previous = None
    for day in sorted(days):
        if previous is None:
            first = day
        elif day - previous - 1 > grace:
            runs.append((first, previous))
            first = day
        previous = day
    if previous is not None:
        runs.append((first, previous))
    return runs


def customer_spells(customer: str, agreements: list[Agreement], grace: int) -> list[Spell]:
    """All spells made by a customer's counting agreements, future ones included, in order.

    The days are walked up to the last start: after it nothing begins, so that the last spell ends
    with the last of its agreements.
    """
    horizon = max((agreement.starts_on.toordinal() for agreement in agreements), default=0)
    found = []
    runs = _runs(_covered_days(agreements, horizon), grace)
    for number, (first, last) in enumerate(runs, start=1):
        inside = [one for one in agreements if first <= one.starts_on.toordinal() <= last]
        starts_on = date.fromordinal(first)
        ends_on = None
        if all(one.ends_on is not None for one in inside):
            ends_on = max(one.ends_on for one in inside)
        begin = [one for one in inside if one.starts_on == starts_on]
        end = [one for one in inside if one.ends_on == ends_on and ends_on is not None]
        found.append(
            Spell(
                customer,
                number,
                starts_on,
                ends_on,
                min(begin, key=lambda one: one.reference),
                min(end, key=lambda one: one.reference, default=None),
            )
        )
    return found


def all_spells(reading: Reading) -> list[Spell]:
    """Every customer's spells, future ones included, ordered by customer and number."""
    grace = reading.company.organisation.grace_days
    by_customer = counting_agreements(reading)
    return [
        spell
        for customer in sorted(by_customer)
        for spell in customer_spells(customer, by_customer[customer], grace)
    ]


def begun_spells(reading: Reading) -> list[Spell]:
    """Every customer's spells that start by the run's date; bridges to later days are kept."""
    return [spell for spell in all_spells(reading) if reading.happened(spell.starts_on)]


def derived_status(spells: list[Spell], day: date, grace: int) -> str:
    """A customer's status on a day from its spells (those that start by that day).

    prospect, active (in the first spell), returned (in a later one), lapsing (at most G days
    uncovered), lost.
    """
    begun = [spell for spell in spells if spell.starts_on <= day]
    if not begun:
        return "prospect"
    latest = begun[-1]
    if latest.holds(day):
        return "active" if latest.number == 1 else "returned"
    return "lapsing" if (day - latest.ends_on).days <= grace else "lost"
