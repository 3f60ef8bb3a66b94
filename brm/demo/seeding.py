"""Makes the demo data: compose, write in the order of the clock, mark, compute."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from brm.core.models import Record
from kpis.models import Run

from . import manifest, volume
from .cast import Cast, assemble
from .clearing import clear_demo, record_models
from .marking import compact, is_demo, mark_ranges
from .models import DemoSeed
from .recomputing import run_at, run_now
from .replay import by_model, replay
from .script import compose
from .world import World

# About as many as the made-up company itself has.
FACTS_PER_SCALE = 6_000
Tell = Callable[[str], None]


class DemoRefused(Exception):
    """The demo cannot be made here; the text says why."""


@dataclass(frozen=True)
class Seeded:
    """What was made: records by hand-written story, facts in volume, accounts left alone."""

    records: int
    volume: int
    taken: list[str]


def seed_demo(
    *, now: datetime, seed: int, scale: int, with_users: bool, tell: Tell = lambda _line: None
) -> Seeded | None:
    """Make the demo; None when it is there already. An interrupted one is taken out before.

    The month-ends are replayed where the database has no records and no KPI runs of its own; else
    the past is written at once, and one full run computes it now. Raises DemoRefused when users
    are wanted with a database that is not embedded, and when a reference is taken. `tell` gets a
    line for each part.
    """
    if with_users and not settings.EMBEDDED:
        raise DemoRefused(_("Demo users are for the embedded database only: use --no-users."))
    if DemoSeed.objects.filter(is_complete=True).exists():
        return None
    if DemoSeed.objects.exists():
        clear_demo()
    is_alone = not has_own_records() and not Run.objects.exists()
    cast = assemble() if with_users else Cast()
    world = compose(seed=seed, now=now, cast=cast)
    made = by_model(world.steps)
    _refuse_taken_references(made)
    marker = DemoSeed(
        seed=seed, scale=scale, has_users=with_users, last_night=world.calendar.last_night
    )
    facts = _write(world, marker, run_at if is_alone else None, tell)
    if facts or not is_alone:
        run_now()
    return Seeded(sum(map(len, made.values())), facts, cast.taken)


def _write(
    world: World, marker: DemoSeed, run: Callable[[datetime], None] | None, tell: Tell
) -> int:
    """Story, volume, manifest; returns the number of facts in volume.

    The volume comes after the replay and is computed by one full run: its facts are as old as
    their dates, the figures learn of them at once, today.

    The embedded database has one writer anyway: there all of it is one transaction, which is
    faster. A server gets one for each stretch between two nights.
    """
    with transaction.atomic() if settings.EMBEDDED else nullcontext():
        marker.save()
        tell(_("replaying two years"))
        replay(world, run)
        facts = 0
        if marker.scale > 1:
            tell(_("adding volume"))
            wanted = (marker.scale - 1) * FACTS_PER_SCALE
            made = volume.generate(wanted, marker.seed, today=world.calendar.today)
            mark_ranges(made.ranges)
            facts = made.facts
        compact()
        marker.manifest, marker.is_complete = manifest.entries(world), True
        marker.save()
    return facts


def has_own_records() -> bool:
    """Whether there is any record, deleted ones included, that is not demo data."""
    return any(model._base_manager.filter(~is_demo(model)).exists() for model in record_models())


def _refuse_taken_references(made: dict[type[Record], list[Record]]) -> None:
    """The demo has references of its own; none of them may be somebody else's."""
    taken: list[str] = []
    for model, records in made.items():
        own = [record.reference for record in records if record.reference]
        found = model.everything.filter(reference__in=own) if own else model.everything.none()
        taken += found.values_list("reference", flat=True)
    if taken:
        names = ", ".join(sorted(taken)[:10])
        raise DemoRefused(_("These references are taken already: %(names)s.") % {"names": names})
