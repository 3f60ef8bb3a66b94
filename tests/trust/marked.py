"""Records that carry marks: whoever finds a mark of a record he may not see has found a leak."""

import re
from typing import Any

from django.db import models

from brm.core.models import User
from tests.factories import RECORD_FACTORIES, UserFactory, make

MARK = "zqleak"
MARKS = re.compile(rf"{MARK}(\d+)x", re.IGNORECASE)
# How a record comes into a user's scope: the field of the customer, service or record itself.
# A zone has to be one; by channel and cost type figures are told to everyone, as sums.
OPEN = ("time_zone", "channel", "cost_type")
OWNERS = {"customers": "manager", "services": "owner"}
NEAR = ("customer", "service", "owner", "sponsor")  # what decides in whose scope a record is
ROOTS = {"customer": "customers", "service": "services", "objective": "objectives"}


class Marked:
    """Two records of each kind, in the portfolio of `user` and in that of a stranger.

    `records` are all of them by number; the texts of number 7 all hold "zqleak7x".
    """

    def __init__(self, user: User) -> None:
        self.records: dict[int, models.Model] = {}
        stranger = UserFactory(roles=("brm", "service_owner"))
        self.foreign = self._portfolio(stranger)
        self.own = self._portfolio(user)
        self._point_abroad()

    def _portfolio(self, owner: User) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for resource, factory in RECORD_FACTORIES.items():
            fields = {field.name for field in factory._meta.model._meta.fields}
            values = {name: made[key] for name, key in ROOTS.items() if key in made}
            values = {name: one for name, one in values.items() if name in fields}
            for name in ("sponsor", OWNERS.get(resource)):
                if name in fields:
                    values[name] = owner
            if resource == "budget-lines":
                values["owner"] = owner
            if resource in ("survey-invitations", "survey-responses"):
                values["survey"] = made["surveys"]
            made[resource] = self._marked(make(resource, **values))
        return made

    def _marked(self, record: Any) -> Any:
        number = len(self.records) + 1
        self.records[number] = record
        for field in texts(record):
            setattr(record, field.name, f"{field.name} {MARK}{number}x"[: field.max_length])
        record.save()
        return record

    def _point_abroad(self) -> None:
        """Let own records name foreign ones, as others may have entered it."""
        for one in self.own.values():
            for field in one._meta.fields:
                if not field.is_relation or field.name in NEAR:
                    continue
                target = getattr(field.related_model, "resource", None)
                if target in self.foreign and field.null:
                    setattr(one, field.name, self.foreign[target])
            if hasattr(one, "merged_into"):
                one.merged_into = None
            one.save()

    def hidden_from(self, user: User) -> set[str]:
        """Numbers, as texts, of the records that the user may not see."""
        return {
            str(number)
            for number, record in self.records.items()
            if not type(record).objects.visible_to(user).filter(pk=record.pk).exists()
        }

    def seen_by(self, user: User, resource: str) -> list[int]:
        """Ids of the marked records of a kind that the user may see."""
        ids = [one.pk for one in self.records.values() if one.resource == resource]
        model = type(self.own[resource])
        return list(model.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


def texts(record: Any) -> list[models.Field]:
    """The fields that hold free text."""
    kinds = ("CharField", "TextField")
    found = [f for f in record._meta.concrete_fields if f.get_internal_type() in kinds]
    free = [f for f in found if not f.choices and (f.max_length or 99) > 30]
    return [field for field in free if field.name not in OPEN]


def numbers_in(text: str) -> set[str]:
    """The numbers of the marks in a text."""
    return set(MARKS.findall(text))
