"""Dated dimensions: who managed a customer, who owned a service, on any day.

Rule 6 of the KPI definitions: the first value reaches back to the beginning; a new value holds
from its day until the next day on which that attribute was set; the same day replaces.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import models, transaction

from .models.interval import Interval

BEGINNING = date.min


@dataclass(frozen=True)
class Stretch:
    """Values in force from `starts_on`; `sets` are the attributes set on that very day."""

    starts_on: date
    values: dict[str, Any]
    sets: frozenset[str] = field(default_factory=frozenset)


def set_value(stretches: list[Stretch], attribute: str, on: date, value: Any) -> list[Stretch]:
    """The stretches after `attribute` was set to `value` from the day `on`.

    `stretches` are in order and begin at BEGINNING. The result is in order, too; days on which
    nothing is set any more are not removed, for a set day ends the value before it.
    """
    split = _split_at(stretches, on)
    start = next(i for i, stretch in enumerate(split) if stretch.starts_on == on)
    result = split[:start]
    for index, stretch in enumerate(split[start:]):
        if index and attribute in stretch.sets:
            return result + split[start + index :]
        sets = stretch.sets | {attribute} if index == 0 else stretch.sets
        result.append(replace(stretch, values={**stretch.values, attribute: value}, sets=sets))
    return result


def _split_at(stretches: list[Stretch], on: date) -> list[Stretch]:
    """The same values, with a stretch that starts on `on`."""
    if any(stretch.starts_on == on for stretch in stretches):
        return list(stretches)
    before = [stretch for stretch in stretches if stretch.starts_on < on]
    after = stretches[len(before) :]
    return [*before, Stretch(on, dict(before[-1].values)), *after]


def in_force(stretches: Iterable[Stretch], on: date) -> dict[str, Any]:
    """The values in force on a day."""
    return [stretch for stretch in stretches if stretch.starts_on <= on][-1].values


def load(model: type[Interval], subject_id: int) -> list[Stretch]:
    """The stretches of one record, in order."""
    rows = model.objects.filter(**{f"{model.subject}_id": subject_id}).order_by("starts_on")
    return [
        Stretch(
            row.starts_on,
            {name: getattr(row, name) for name in model.attributes},
            frozenset(row.sets),
        )
        for row in rows
    ]


@transaction.atomic
def store(model: type[Interval], subject_id: int, stretches: list[Stretch]) -> None:
    """Replace the rows of one record; rows that stay the same are left alone."""
    kept = {
        row.starts_on: row for row in model.objects.filter(**{f"{model.subject}_id": subject_id})
    }
    ends = [stretch.starts_on for stretch in stretches[1:]] + [None]
    for stretch, ends_on in zip(stretches, ends, strict=True):
        row = kept.pop(stretch.starts_on, None) or model(starts_on=stretch.starts_on)
        wanted = {
            f"{model.subject}_id": subject_id,
            "ends_on": ends_on,
            "sets": sorted(stretch.sets),
            **stretch.values,
        }
        if row.pk is None or any(getattr(row, name) != value for name, value in wanted.items()):
            for name, value in wanted.items():
                setattr(row, name, value)
            row.save()
    for row in kept.values():
        row.delete()


def record_changes(model: type[Interval], record: models.Model, *, on: date) -> None:
    """Bring the intervals of `record` in line with its present attribute values from `on`.

    A record without intervals gets its first one, which reaches back to the beginning.
    """
    current = {name: getattr(record, name) for name in model.attributes}
    stretches = load(model, record.pk)
    if not stretches:
        store(model, record.pk, [Stretch(BEGINNING, current, frozenset(model.attributes))])
        return
    before = in_force(stretches, on)
    for name, value in current.items():
        if before[name] != value:
            stretches = set_value(stretches, name, on, value)
    store(model, record.pk, stretches)
