"""The demo's targets of KPIs, among them one that was raised and one of a single service."""

import csv
from decimal import Decimal

from django.conf import settings

from kpis.models import KpiTarget

from .company import TABLES
from .exchange import in_currency
from .world import World

MONEY = ("budget_overrun_amount", "cost_savings_verified")
OWNERS = {"budget": "finance", "cost": "finance", "strategic": "executive"}


def tell(world: World) -> None:
    """Put the targets into the script; each is known when its first month begins."""
    with (TABLES / "targets.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            _target(world, row)


def _target(world: World, row: dict[str, str]) -> None:
    first = world.calendar.month(int(row["months_ago"]))
    owner = OWNERS.get(row["kpi"].split("_")[0], "lead")
    target = KpiTarget(
        kpi=row["kpi"],
        dimension=row["dimension"],
        member=row["member"],
        month=f"{first:%Y-%m}",
        owner=world.user(owner),
        **{mark: _value(row, mark) for mark in ("target", "amber", "red")},
    )
    world.add(target, world.calendar.at(first, 9))


def _value(row: dict[str, str], mark: str) -> Decimal:
    value = Decimal(row[mark])
    return in_currency(value, settings.BRM.base_currency) if row["kpi"] in MONEY else value
