"""What the importing user may do to the rows of an entity."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from ..models.record import Record
from ..roles import scopes

ALL_RECORDS = "A"


class Rights:
    """The user's rights on the records of one model, by the role table; no user: all rights."""

    def __init__(self, by: Any, model: type[models.Model]) -> None:
        self._by, self._model = by, model
        self.may_create = self._everywhere("C")
        self.may_move = self._everywhere("P")

    def _everywhere(self, verb: str) -> bool:
        """Whether the verb is allowed on all records: a new row may belong to anybody."""
        return self._by is None or ALL_RECORDS in scopes(self._by, self._model.resource, verb)

    def editable(self, records: Iterable[Any]) -> set[int]:
        """The keys of those records that the user may change."""
        keys = {record.pk for record in records}
        if self._everywhere("U") or not issubclass(self._model, Record):
            return keys if self._everywhere("U") else set()
        mine = self._model.everything.filter(pk__in=keys).editable_by(self._by)
        return set(mine.values_list("pk", flat=True))
