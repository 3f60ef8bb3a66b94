"""new_customers, returned_customers, lost_customers, active_customers."""

from __future__ import annotations

from collections.abc import Iterator

from .company import Agreement
from .contribution import ONE, UNATTRIBUTED, ZERO, Contribution, Reading
from .periods import ONE_DAY, last_day, month_of, months_between
from .spells import Spell, begun_spells

DIMENSIONS = ("segment", "region", "manager", "kind")
LEFT_OUT = ("merged", "moved_in_group")


def customer_contributions(reading: Reading) -> Iterator[Contribution]:
    """The four KPIs of customer spells."""
    spells = begun_spells(reading)
    for spell in spells:
        yield _gain(reading, spell)
        if spell.ends_on is not None and spell.ends_on < reading.today:
            yield _loss(reading, spell)
    yield from _active(reading, spells)


def _gain(reading: Reading, spell: Spell) -> Contribution:
    """The first spell is a new customer, each later one a returned customer, dated by its start."""
    kpi = "new_customers" if spell.number == 1 else "returned_customers"
    day = spell.starts_on
    dims = reading.customer_dims(spell.customer, day, DIMENSIONS)
    return Contribution(kpi, "agreement", spell.first_agreement.reference, "", day, ONE, None, dims)


def loss_reason(agreement: Agreement) -> str:
    """`expired`, or the code of the termination."""
    if agreement.status != "terminated":
        return "expired"
    return agreement.termination_reason or UNATTRIBUTED


def _loss(reading: Reading, spell: Spell) -> Contribution:
    """A spell's end, dated by the first uncovered day; two reasons have numerator 0."""
    day = spell.ends_on + ONE_DAY
    reason = loss_reason(spell.last_agreement)
    dims = reading.customer_dims(spell.customer, day, DIMENSIONS) | {"reason": reason}
    numerator = ZERO if reason in LEFT_OUT else ONE
    source = spell.last_agreement.reference
    return Contribution("lost_customers", "agreement", source, "", day, numerator, None, dims)


def _active(reading: Reading, spells: list[Spell]) -> Iterator[Contribution]:
    """One row per customer and month in a spell on the month's last day, dated that day.

    In the current month cover and dimensions are judged on the run's date.
    """
    current = month_of(reading.today)
    for spell in spells:
        for month in months_between(month_of(spell.starts_on), current):
            judged_on = min(last_day(month), reading.today)
            if spell.holds(judged_on):
                dims = reading.customer_dims(spell.customer, judged_on, DIMENSIONS)
                yield Contribution(
                    "active_customers",
                    "customer",
                    spell.customer,
                    month,
                    last_day(month),
                    ONE,
                    None,
                    dims,
                )
