"""The script of the demo: who learnt of what, and when, before anything is written."""

import random
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from brm.core.models import Record

from .calendar import DemoCalendar
from .cast import Cast


@dataclass(frozen=True)
class Step:
    """At the instant `at` the record appears, or gets `values`; `reason` belongs to a move."""

    at: datetime
    record: Record
    values: dict[str, Any]
    is_new: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Event:
    """A planted event: what happened to which records, and the figure in which it is seen.

    `records` are looked up after writing, so that their references are known. `effect` says in
    words what the KPI shows in `period` (a month as 2025-03).
    """

    key: str
    title: str
    kpi: str
    day: date
    effect: str
    records: dict[str, Record]
    details: dict[str, Any] = field(default_factory=dict)


@dataclass
class World:
    """Collects the steps in any order; the replay sorts them. Steps after last night are left out.

    `random` is the only source of chance: the same seed gives the same company.
    """

    random: random.Random
    calendar: DemoCalendar
    cast: Cast
    steps: list[Step] = field(default_factory=list)
    actions: list[tuple[datetime, Callable[[datetime], None]]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def add(self, record: Record, at: datetime) -> Record:
        """The record appears at `at`, but not before the beginning."""
        self._step(Step(max(at, self.calendar.beginning), record, {}, is_new=True))
        return record

    def change(self, record: Record, at: datetime, *, reason: str = "", **values: Any) -> None:
        """The record gets these values; a new `status` is logged as a move with its reason."""
        self._step(Step(at, record, values, reason=reason))

    def act(self, at: datetime, action: Callable[[datetime], None]) -> None:
        """Call `action(at)` after everything earlier was written."""
        if self.has_happened(at):
            self.actions.append((at, action))

    def plant(
        self, key: str, title: str, kpi: str, day: date, effect: str, **records: Record | Any
    ) -> None:
        """Enter an event into the manifest; what is not a record becomes a detail."""
        rows = {name: one for name, one in records.items() if isinstance(one, Record)}
        details = {name: one for name, one in records.items() if not isinstance(one, Record)}
        self.events.append(Event(key, title, kpi, day, effect, rows, details))

    def user(self, username: str) -> Any:
        """The user of that name, or None when the demo has no users."""
        return self.cast.get(username)

    def moment(self, day: date) -> datetime:
        """An instant in the working hours of a day."""
        return self.calendar.at(day, self.random.randrange(8, 18), self.random.randrange(60))

    def has_happened(self, at: datetime) -> bool:
        """Whether an instant lies before the last night."""
        return at <= self.calendar.last_night

    def same_stretch(self, first: datetime, second: datetime) -> bool:
        """Whether no replayed night lies between two instants, both of them past."""
        nights = self._nights
        return bisect_left(nights, first) == bisect_left(nights, second) < len(nights)

    @cached_property
    def _nights(self) -> list[datetime]:
        return self.calendar.nights()

    def _step(self, step: Step) -> None:
        if self.has_happened(step.at):
            self.steps.append(step)
