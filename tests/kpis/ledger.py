"""The ledger in the words of the second implementation."""

from __future__ import annotations

from decimal import Decimal

from brm.core.models import User
from customers.models import Customer
from kpis.definitions import DIMENSIONS, by_code
from kpis.models import Contribution
from kpis.models.contribution import SCALE
from services.models import Service
from strategy.models import Objective
from tests.reference.contribution import UNATTRIBUTED
from tests.reference.contribution import Contribution as Expected


def open_contributions() -> list[Expected]:
    """What is open in the ledger."""
    names = {
        "customer": dict(Customer.everything.values_list("id", "reference")),
        "service": dict(Service.everything.values_list("id", "reference")),
        "objective": dict(Objective.everything.values_list("id", "reference")),
        "user": dict(User.objects.values_list("id", "username")),
    }
    return [as_expected(row, names) for row in Contribution.objects.filter(closed_run=None)]


def as_expected(row: Contribution, names: dict[str, dict[int, str]]) -> Expected:
    """One row."""
    kpi = by_code(row.kpi)
    dims = {}
    for name in kpi.dimensions:
        dimension = DIMENSIONS[name]
        value = getattr(row, dimension.column)
        if dimension.member_kind and value is not None:
            value = names[dimension.member_kind][value]
        dims[name] = UNATTRIBUTED if value is None else value
    return Expected(
        kpi.key,
        kpi.source_type,
        row.reference,
        row.part,
        row.occurred_on,
        Decimal(row.numerator) / SCALE,
        None if row.denominator is None else Decimal(row.denominator) / SCALE,
        dims,
    )


def difference(expected: list[Expected], found: list[Expected]) -> str:
    """The rows in which two ledgers differ, as text; empty when they are equal."""
    wanted, present = ({row.columns for row in rows} for rows in (expected, found))
    lines = [f"missing {row}" for row in sorted(wanted - present, key=repr)]
    lines += [f"too many {row}" for row in sorted(present - wanted, key=repr)]
    if not lines and len(expected) != len(found):
        lines = ["some rows are there twice"]
    return "\n".join(lines[:10])
