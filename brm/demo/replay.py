"""Writes the script of the demo in the order of its clock, with a KPI run at each night.

Between two nights, the steps are written in rounds: first what is new, then the first change of
each record, then its second one. So every change has its own history row, and the number of
statements grows with the months, not with the records.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from brm.core.lifecycle import LifecycleRecord
from brm.core.models import Record, Transition, User
from brm.core.money import known_rates
from brm.core.origin import Door, acting
from brm.core.writing import write_many

from .marking import mark
from .world import Step, World

# Referred to before referring; models that come later are written last.
ORDER = (
    "core.ExchangeRate",
    "services.Service",
    "services.ServiceOffering",
    "customers.Customer",
    "strategy.Objective",
    "strategy.Initiative",
    "customers.Agreement",
    "finance.BudgetLine",
    "finance.CostEntry",
    "finance.Proposal",
    "feedback.Survey",
    "feedback.Invitation",
    "feedback.Response",
    "feedback.Complaint",
)
# Who writes what, and through which door: (username, door).
WRITERS = {
    "core.ExchangeRate": ("finance", Door.IMPORT),
    "services.Service": ("owner", Door.PAGE),
    "services.ServiceOffering": ("owner", Door.PAGE),
    "customers.Customer": ("lead", Door.PAGE),
    "customers.Agreement": ("lead", Door.PAGE),
    "finance.BudgetLine": ("finance", Door.PAGE),
    "finance.CostEntry": ("finance", Door.IMPORT),
    "finance.Proposal": ("finance", Door.PAGE),
    "feedback.Survey": ("slm", Door.PAGE),
    "feedback.Invitation": ("slm", Door.IMPORT),
    "feedback.Response": ("slm", Door.IMPORT),
    "feedback.Complaint": ("operations", Door.PAGE),
}
DEFAULT_WRITER = ("lead", Door.PAGE)


def replay(world: World, run: Callable[[datetime], None] | None) -> None:
    """Write all steps; `run(night)` computes the figures at each replayed night.

    Without `run` everything is written at once: history keeps the dates, figures do not.
    """
    steps = sorted(world.steps, key=lambda step: step.at)
    nights = [(night, run) for night in world.calendar.nights() if run is not None]
    end = (world.calendar.last_night, lambda _night: None)
    position = 0
    for at, action in sorted([*world.actions, *nights, end], key=lambda due: due[0]):
        first = position
        while position < len(steps) and steps[position].at <= at:
            position += 1
        _write(steps[first:position], world)
        action(at)


@transaction.atomic
def _write(steps: list[Step], world: World) -> None:
    changes: dict[int, int] = defaultdict(int)
    rounds: dict[tuple[int, int, int], list[Step]] = defaultdict(list)
    for step in steps:
        key = id(step.record)
        changes[key] += not step.is_new
        rounds[changes[key], _rank(step.record), _depth(step)].append(step)
    moves = [row for key in sorted(rounds) for row in _write_round(rounds[key], world)]
    Transition.objects.bulk_create(moves, batch_size=500)
    made = by_model(steps).items()
    mark({model: [record.pk for record in records] for model, records in made})


def _rank(record: Record) -> int:
    label = record._meta.label
    return ORDER.index(label) if label in ORDER else len(ORDER)


def _depth(step: Step) -> int:
    """Records that refer to another new one of their own kind come after it."""
    return 1 if step.is_new and any(_own_kind(step.record)) else 0


def _own_kind(record: Record) -> Iterable[models.Model]:
    for field in _relations(type(record)):
        if field.related_model is type(record) and field.is_cached(record):
            yield field.get_cached_value(record)


def _relations(model: type[models.Model]) -> list[models.ForeignKey]:
    return [field for field in model._meta.concrete_fields if field.is_relation]


def _write_round(steps: list[Step], world: World) -> list[Transition]:
    """Write steps of one model, each of another record; returns the moves to be logged."""
    label = steps[0].record._meta.label
    username, door = WRITERS.get(label, DEFAULT_WRITER)
    actor = world.user(username)
    moves = [step for step in steps if _is_move(step)]
    sources = [step.record.status for step in moves]
    for step in steps:
        for name, value in step.values.items():
            setattr(step.record, name, value)
        _fill_keys(step.record)
        step.record.replayed_at = step.at
    with acting(user=actor, door=door), known_rates():
        write_many([step.record for step in steps])
        return _logged(moves, sources, actor)


def _is_move(step: Step) -> bool:
    return isinstance(step.record, LifecycleRecord) and "status" in step.values


def _fill_keys(record: Record) -> None:
    """Take over the keys of related records, which had none when they were assigned."""
    for field in _relations(type(record)):
        related = field.get_cached_value(record, default=None)
        if related is not None and getattr(record, field.attname) != related.pk:
            setattr(record, field.name, related)


def _logged(moves: list[Step], sources: list[str], actor: User | None) -> list[Transition]:
    if not moves:
        return []
    content_type = ContentType.objects.get_for_model(type(moves[0].record))
    rows = []
    for step, source in zip(moves, sources, strict=True):
        since = getattr(step.record, "demo_moved_at", step.record.created_at)
        step.record.demo_moved_at = step.at
        rows.append(
            Transition(
                content_type=content_type,
                object_id=step.record.pk,
                source=source,
                target=step.record.status,
                at=step.at,
                by=actor,
                reason=step.reason,
                seconds_in_source=max(0, int((step.at - since).total_seconds())),
            )
        )
    return rows


def by_model(steps: Iterable[Step]) -> dict[type[Record], list[Record]]:
    """The records that are new in these steps, by model."""
    found: dict[type[Record], list[Record]] = defaultdict(list)
    for step in steps:
        if step.is_new:
            found[type(step.record)].append(step.record)
    return found
