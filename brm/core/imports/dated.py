"""Import of records whose dimensions are dated (`valid_from`)."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from .. import intervals
from ..models.dated import DatedRecord
from .declarations import Column, Importer
from .parsers import day

VALID_FROM = Column("valid_from", day)


class DatedImporter(Importer):
    """Base for `DatedRecord` models; `valid_from` dates every dimension the file has a column for.

    The first value of a new record reaches back to the beginning, whatever `valid_from` says.
    """

    model: type[DatedRecord]

    def attach(self, rows: Sequence[tuple[Any, dict[str, Any]]]) -> None:
        """Name what each row dates; a row that says what is known already dates nothing."""
        model = self.model.interval_model
        dated = [(r, v) for r, v in rows if v.get("valid_from") and not r._state.adding]
        known = intervals.load(model, [record.pk for record, _values in dated]) if dated else {}
        for record, values in dated:
            names = [n for n in model.attributes if n.removesuffix("_id") in values]
            before = after = known[record.pk]
            for name in names:
                value = getattr(record, name)
                after = intervals.set_value(after, name, record.valid_from, value)
            if after != before:
                record.dated = names
                continue
            record.valid_from = None
            today = timezone.localdate(record.write_instant)
            for name, value in intervals.in_force(before, today).items():
                setattr(record, name, value)
