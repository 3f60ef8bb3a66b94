"""Records whose dimensions are dated: an edit holds from a day on, figures judge by the day."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Self

from .. import intervals
from ..business_days import business_date
from .interval import Interval
from .record import Record


class DatedRecord(Record):
    """Base of records with an `Interval` model for some of their attributes.

    Whoever writes may set `valid_from`, the day from which the attributes hold that were changed
    with this write or are named in `dated` (default: the day of the write). The record's own
    values are those in force on the day of the write.
    """

    interval_model: ClassVar[type[Interval]]

    valid_from: date | None = None
    dated: Sequence[str] = ()

    class Meta(Record.Meta):
        abstract = True

    @classmethod
    def dated_attributes(cls) -> tuple[str, ...]:
        return cls.interval_model.attributes

    def has_pending(self) -> bool:
        return "new_stretches" in self.__dict__

    def pending_changes(self) -> dict[str, tuple[Any, Any]]:
        """The day from which the change holds, where one was named."""
        found = super().pending_changes()
        if "new_stretches" in self.__dict__ and self.valid_from is not None:
            found["valid_from"] = (None, self.valid_from.isoformat())
        return found

    def redated(self) -> list[str]:
        """The attributes that this write dates."""
        changed = self.changed_fields()
        return [n for n in self.dated_attributes() if n in changed or n in self.dated]

    @classmethod
    def prepare(cls, records: Sequence[Self]) -> None:
        """Work out the new intervals, and set each record to what is in force now."""
        super().prepare(records)
        edited = [record for record in records if record.stored and record.redated()]
        if not edited:
            return
        loaded = intervals.load(cls.interval_model, [record.pk for record in edited])
        for record in edited:
            today = business_date(record.write_instant)
            stretches = loaded[record.pk]
            for name in record.redated():
                on = record.valid_from or today
                stretches = intervals.set_value(stretches, name, on, getattr(record, name))
            record.new_stretches = stretches
            for name, value in intervals.in_force(stretches, today).items():
                setattr(record, name, value)

    @classmethod
    def after_write(cls, records: Sequence[Self]) -> None:
        super().after_write(records)
        wanted = {}
        for record in records:
            if not record.stored:
                values = {name: getattr(record, name) for name in record.dated_attributes()}
                wanted[record.pk] = [
                    intervals.Stretch(intervals.BEGINNING, values, frozenset(values))
                ]
            elif stretches := record.__dict__.pop("new_stretches", None):
                wanted[record.pk] = stretches
            record.valid_from, record.dated = None, ()
        intervals.store(cls.interval_model, wanted)
