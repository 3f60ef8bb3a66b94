"""The demo's strategy: objectives, initiatives, and proposals that save money."""

import csv
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings

from finance.models import Proposal
from strategy.models import Initiative, Objective

from .calendar import MONTHS
from .company import TABLES
from .exchange import in_currency
from .portfolio import Portfolio
from .relations import Relations
from .world import World

INITIATIVE_WAY = ("proposed", "approved", "in_progress", "delivered", "closed")
PROPOSAL_WAY = ("submitted", "approved", "implemented", "verified")


def tell(world: World, portfolio: Portfolio, relations: Relations) -> None:
    """Put objectives, initiatives and proposals into the script."""
    objectives = {row["key"]: _objective(world, relations, row) for row in _rows("objectives")}
    started = [_initiative(world, objectives, row) for row in _rows("initiatives")]
    proposals = [_proposal(world, portfolio, row) for row in _rows("proposals")]
    world.plant(
        "initiative_starts",
        "An initiative for the quality of releases begins",
        "strategic_initiatives",
        started[7].demo_day,
        "one row of its objective",
        initiative=started[7],
    )
    world.plant(
        "saving_verified",
        "A saving is verified from the actual costs",
        "cost_savings_verified",
        proposals[17].demo_day,
        "the verified amount, below the estimate",
        proposal=proposals[17],
    )


def _objective(world: World, relations: Relations, row: dict[str, str]) -> Objective:
    objective = Objective(
        reference=f"OBJ-{row['key']}",
        title=row["title"],
        customer=relations.customers.get(row["customer"]),
        status="active",
    )
    world.add(objective, world.calendar.beginning)
    if row["status"] != "active":
        at = world.moment(world.calendar.day(6, 15))
        world.change(objective, at, status=row["status"], reason="Judged at the yearly review.")
    return objective


def _initiative(world: World, objectives: dict[str, Objective], row: dict[str, str]) -> Initiative:
    """Proposed, approved a month later, started in its month, delivered after half a year."""
    ago = int(row["months_ago"])
    initiative = Initiative(
        title=row["title"],
        kind=row["kind"],
        objective=objectives[row["objective"]],
        sponsor=world.user(row["sponsor"]),
        status="proposed",
        budget=in_currency(Decimal(row["budget"]) * 1000, settings.BRM.base_currency),
        currency=settings.BRM.base_currency,
    )
    proposed = world.moment(world.calendar.day(min(ago + 2, MONTHS), 12))
    world.add(initiative, proposed)
    day = world.calendar.day(ago, world.random.randint(3, 9))
    initiative.demo_day = day
    started = world.calendar.at(day, 10)
    ended = day + timedelta(days=170)
    way = INITIATIVE_WAY[1 : INITIATIVE_WAY.index(row["status"]) + 1]
    for status, at, values in (
        ("approved", started - timedelta(days=4), {}),
        ("in_progress", started, {"started_on": day}),
        ("delivered", world.calendar.at(ended, 15), {"ended_on": ended}),
        ("closed", world.calendar.at(ended + timedelta(days=30), 15), {"benefit": "achieved"}),
    ):
        if status in way:
            world.change(initiative, at, status=status, **values)
    return initiative


def _proposal(world: World, portfolio: Portfolio, row: dict[str, str]) -> Proposal:
    """Submitted, decided after three weeks, implemented after six, verified after ten."""
    day = world.calendar.day(int(row["months_ago"]), world.random.randint(4, 16))
    saving = in_currency(Decimal(row["saving"]) * 1000, settings.BRM.base_currency)
    proposal = Proposal(
        title=row["title"],
        service=portfolio.services[row["service"]],
        status="draft",
        estimated_saving=saving,
        currency=settings.BRM.base_currency,
    )
    submitted = world.calendar.at(day, 14)
    world.add(proposal, submitted - timedelta(hours=3))
    world.change(proposal, submitted, status="submitted", submitted_on=day)
    outcome = row["outcome"]
    if outcome in ("rejected", "deferred"):
        at = submitted + timedelta(days=21)
        world.change(proposal, at, status=outcome, reason="The effect on customers is unclear.")
        return proposal
    for status, days in zip(PROPOSAL_WAY[1:], (21, 49, 84), strict=True):
        if PROPOSAL_WAY.index(status) <= PROPOSAL_WAY.index(outcome):
            on = proposal.demo_day = day + timedelta(days=days)
            world.change(
                proposal,
                world.calendar.at(on, 16),
                status=status,
                **_verification(world, status, saving, on),
            )
    return proposal


def _verification(world: World, status: str, saving: Decimal, on: date) -> dict[str, object]:
    if status != "verified":
        return {}
    share = Decimal(world.random.randint(70, 97)) / 100
    return {"verified_saving": (saving * share).quantize(Decimal(1)), "verified_on": on}


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
