"""What a person is responsible for, and giving all of it to another one.

Every field of a record that names a user as responsible counts (manager, deputy, owner, sponsor …).
Where a record dates the field, the change holds from the day given; older figures stay.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.apps import apps
from django.db import transaction
from django.utils.text import capfirst

from brm.core.models import DatedRecord, Record, User
from brm.core.writing import BATCH, write_many


@dataclass(frozen=True)
class Share:
    """Records of one model that name the person in one field."""

    model: type[Record]
    field: str
    count: int

    @property
    def label(self) -> str:
        """Such as "Customers: manager"."""
        meta = self.model._meta
        return f"{capfirst(meta.verbose_name_plural)}: {meta.get_field(self.field).verbose_name}"


def responsibilities() -> Iterator[tuple[type[Record], str]]:
    """Every record and field that names a responsible user."""
    for model in apps.get_models():
        if not issubclass(model, Record):
            continue
        for field in model._meta.fields:
            if field.related_model is User and field.editable:
                yield model, field.name


def shares_of(person: User) -> list[Share]:
    """What the person is responsible for; one statement for each field, none for each record."""
    counted = [
        Share(model, field, model.objects.filter(**{field: person}).count())
        for model, field in responsibilities()
    ]
    return [share for share in counted if share.count]


@transaction.atomic
def hand_over(person: User, *, to: User, on: date, by: User) -> int:
    """Give all of the person's work to `to` from the day `on`; returns how many fields changed.

    Effects: each record written in batches through the writing door, with history under the current
    origin. Raises ValueError where the successor is the person himself or cannot work.
    """
    if to.pk == person.pk or not to.is_active:
        raise ValueError("The successor must be another, active user.")
    changed = 0
    for model, field in responsibilities():
        changed += _hand_over_field(model, field, person, to, on)
    return changed


def _hand_over_field(model: type[Record], field: str, person: User, to: User, on: date) -> int:
    column = model._meta.get_field(field).attname
    keys = list(model.objects.filter(**{field: person}).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        batch = list(model.objects.filter(pk__in=keys[start : start + BATCH]).order_by("pk"))
        for record in batch:
            setattr(record, column, to.pk)
            if issubclass(model, DatedRecord) and field_is_dated(model, column):
                record.valid_from = on
        write_many(batch)
    return len(keys)


def field_is_dated(model: type[DatedRecord], column: str) -> bool:
    """Whether the record keeps from when to when each value of the column held."""
    return column in model.dated_attributes()
