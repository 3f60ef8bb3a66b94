"""Dated dimensions: who managed a customer, who owned a service, on any day.

Rule 6 of the KPI definitions: the first value reaches back to the beginning; a new value holds
from its day until the next day on which that attribute was set; the same day replaces.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction

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


def load(model: type[Interval], subject_ids: Iterable[int]) -> dict[int, list[Stretch]]:
    """The stretches of records, in order, in one statement."""
    found: dict[int, list[Stretch]] = {}
    rows = model.objects.filter(**{f"{model.subject}__in": list(subject_ids)})
    for row in rows.order_by(model.subject, "starts_on"):
        values = {name: getattr(row, name) for name in model.attributes}
        stretch = Stretch(row.starts_on, values, frozenset(row.sets))
        found.setdefault(getattr(row, f"{model.subject}_id"), []).append(stretch)
    return found


@transaction.atomic
def store(model: type[Interval], wanted: dict[int, list[Stretch]]) -> None:
    """Replace the rows of records (id → stretches) in a constant number of statements.

    Rows that stay the same are left alone, so that they dirty nothing.
    """
    rows = model.objects.filter(**{f"{model.subject}__in": list(wanted)})
    present = {(getattr(row, f"{model.subject}_id"), row.starts_on): row for row in rows}
    changed = []
    for subject_id, stretches in wanted.items():
        ends = [stretch.starts_on for stretch in stretches[1:]] + [None]
        for stretch, ends_on in zip(stretches, ends, strict=True):
            row = present.pop((subject_id, stretch.starts_on), None)
            made = _row(model, subject_id, stretch, ends_on)
            if row is None or any(getattr(row, n) != getattr(made, n) for n in _columns(model)):
                made.pk = row.pk if row else None
                changed.append(made)
    model.objects.filter(pk__in=[row.pk for row in present.values()]).delete()
    model.objects.bulk_create([row for row in changed if row.pk is None], batch_size=500)
    model.objects.bulk_create(
        [row for row in changed if row.pk is not None],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=_columns(model),
    )


def _columns(model: type[Interval]) -> list[str]:
    return ["ends_on", "sets", *model.attributes]


def _row(model: type[Interval], subject_id: int, stretch: Stretch, ends_on: Any) -> Interval:
    return model(
        **{f"{model.subject}_id": subject_id},
        starts_on=stretch.starts_on,
        ends_on=ends_on,
        sets=sorted(stretch.sets),
        **stretch.values,
    )
