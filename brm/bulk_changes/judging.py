"""What becomes of each record of a bulk change: tried on a few for the preview, done on all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from brm.core.imports.validation import validate
from brm.core.lifecycle import IllegalTransition, guard_refusals
from brm.core.models import Record
from brm.core.writing import write_many

from .models import BulkChange, Outcome

REFUSALS = (IntegrityError, DataError, OverflowError)


class OutOfReach(Exception):
    """The change would put a record out of the user's own reach."""


@dataclass
class Case:
    """One record of a bulk change."""

    key: int
    version: int
    record: Any = None
    outcome: str = ""
    text: str = ""
    before: dict[str, Any] = field(default_factory=dict)

    def end(self, outcome: str, text: str = "") -> None:
        self.outcome, self.text = outcome, text

    def as_row(self) -> list[Any]:
        """As it is kept in `BulkChange.outcomes`."""
        name = str(self.record) if self.record is not None else f"#{self.key}"
        version = self.record.version if self.record is not None else 0
        return [self.key, name, self.outcome, self.text, version, self.before]


class Judge:
    """Decides and does the cases of one change; rights are asked for a whole batch at once."""

    def __init__(
        self, change: BulkChange, model: type[Record], values: dict[str, Any], now: datetime
    ) -> None:
        """`values` are those of the change as Python values."""
        self.change, self.model, self.values, self.now = change, model, values, now

    def preview(self, keys: Sequence[Sequence[int]]) -> list[Case]:
        """What would become of these records; nothing is written."""
        cases = self._cases(keys, lock=False)
        for case in self._open(cases):
            if self.change.target:
                self._try_move(case)
            else:
                self._assign(case)
        for case in self._open(cases):
            case.end(Outcome.CHANGED)
        return cases

    def run(self, keys: Sequence[Sequence[int]]) -> list[Case]:
        """Change these records; a row that is refused leaves the others alone.

        To be called in a transaction. Effects: records, history, transitions.
        """
        cases = self._cases(keys, lock=True)
        if self.change.target:
            for case in self._open(cases):
                self._attempt([case], lambda case=case: self._move(case))
            return cases
        for case in self._open(cases):
            self._assign(case)
        ready = self._open(cases)
        if ready and not self._attempt(ready, lambda: self._write(ready)):
            one_by_one = {case.key: self._alone(case) for case in ready}
            return [one_by_one.get(case.key, case) for case in cases]
        return cases

    def _alone(self, case: Case) -> Case:
        """The case once more, with the record as it is stored, apart from the others."""
        if not self._open([case]):
            return case
        again = self._cases([[case.key, case.version]], lock=True)
        for fresh in self._open(again):
            self._assign(fresh)
        for fresh in self._open(again):
            self._attempt([fresh], lambda fresh=fresh: self._write([fresh]))
        return again[0]

    @staticmethod
    def _open(cases: list[Case]) -> list[Case]:
        return [case for case in cases if not case.outcome]

    # --- Which records ---------------------------------------------------------------------------

    def _cases(self, keys: Sequence[Sequence[int]], *, lock: bool) -> list[Case]:
        """The records with what forbids their change from the start."""
        ids = [key for key, _version in keys]
        queryset = self.model.objects.filter(pk__in=ids).visible_to(self.change.by)
        locked = queryset.select_for_update(of=("self",)) if lock else queryset.with_related()
        found = {record.pk: record for record in locked}
        allowed = self._within_reach(ids)
        cases = [Case(key, version, found.get(key)) for key, version in keys]
        for case in cases:
            if case.record is None:
                case.end(Outcome.GONE)
            elif case.key not in allowed:
                case.end(Outcome.DENIED)
            elif case.record.version != case.version:
                case.end(Outcome.STALE)
        return cases

    def _within_reach(self, ids: Sequence[int]) -> set[int]:
        allowed = self.model.objects.allowed(self.change.by, self.change.verb)
        return set(allowed.filter(pk__in=ids).values_list("pk", flat=True))

    # --- Edits -----------------------------------------------------------------------------------

    def _assign(self, case: Case) -> None:
        """Set the values; what the record's rules say against them ends the case."""
        record = case.record
        for name, value in self.values.items():
            column = record._meta.get_field(name)
            if getattr(record, column.attname) != getattr(value, "pk", value):
                case.before[name] = column.value_to_string(record)
            setattr(record, name, value)
        if not case.before:
            case.end(Outcome.UNCHANGED)
            return
        try:
            validate(record)
        except ValidationError as error:
            case.end(Outcome.REFUSED, " ".join(error.messages))

    def _write(self, cases: Sequence[Case]) -> None:
        write_many([case.record for case in cases])
        ids = [case.key for case in cases]
        if not set(ids) <= self._within_reach(ids):
            raise OutOfReach

    # --- Moves -----------------------------------------------------------------------------------

    def _step(self, case: Case) -> Any:
        """The legal move of the record; None ends the case."""
        try:
            return case.record.Status.find(case.record.status, self.change.target)
        except IllegalTransition as error:
            labels = dict(case.record.Status.choices)
            allowed = ", ".join(str(labels[state]) for state in error.allowed)
            text = _("It is “%(state)s”; possible: %(allowed)s.")
            values = {
                "state": case.record.get_status_display(),
                "allowed": allowed or _("nothing"),
            }
            case.end(Outcome.ILLEGAL, text % values)
            return None

    def _try_move(self, case: Case) -> None:
        if self._step(case) is None:
            return
        if refusals := guard_refusals(case.record, self.change.target):
            case.end(Outcome.REFUSED, " ".join(map(str, refusals)))

    def _move(self, case: Case) -> None:
        if self._step(case) is None:
            return
        values = dict(self.values)
        reason = values.pop("reason", "")
        case.record.move_to(
            self.change.target, by=self.change.by, now=self.now, reason=reason, values=values
        )

    # --- One attempt -----------------------------------------------------------------------------

    def _attempt(self, cases: Sequence[Case], write: Callable[[], None]) -> bool:
        """Write in a savepoint; the refusal of a single record ends its case."""
        try:
            with transaction.atomic():
                write()
        except ValidationError as error:
            text = " ".join(error.messages)
        except REFUSALS:
            text = _("Another record excludes this one.")
        except OutOfReach:
            text = _("It would leave your own portfolio.")
        else:
            for case in self._open(list(cases)):
                case.end(Outcome.CHANGED)
            return True
        if len(cases) == 1:
            cases[0].end(Outcome.REFUSED, text)
        return False
