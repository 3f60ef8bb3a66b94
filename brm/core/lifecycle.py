"""Lifecycles: the states of a record and the moves between them, as one table per machine."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import nonmember
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from .business_days import business_date
from .models.record import Record
from .models.transition import Transition


class IllegalTransition(Exception):
    """The move is not in the record's lifecycle; `allowed` lists the legal targets."""

    def __init__(self, source: str, target: str, allowed: Iterable[str]) -> None:
        self.source, self.target, self.allowed = source, target, sorted(allowed)
        super().__init__(f"{source} → {target}")


@dataclass(frozen=True)
class Move:
    """From any of `sources` to `target`.

    `verb` is the button's text; `requires` are fields that must be filled in on the way;
    `reason` makes a written reason compulsory; `stamps` is a date or instant field that the
    move fills when it is empty; `tone` colours the button.
    """

    sources: tuple[str, ...]
    target: str
    verb: Any
    requires: tuple[str, ...] = ()
    reason: bool = False
    stamps: str | None = None
    tone: str = "neutral"


def move(
    sources: str,
    target: str,
    verb: Any,
    *,
    requires: tuple[str, ...] = (),
    reason: bool = False,
    stamps: str | None = None,
    tone: str = "neutral",
) -> Move:
    """A `Move`; `sources` is a blank-separated list of states."""
    return Move(tuple(sources.split()), target, verb, requires, reason, stamps, tone)


def table(*moves: Move) -> nonmember:
    """The moves of a lifecycle, told apart from its states."""
    return nonmember(moves)


def shades(**tones: str) -> nonmember:
    """The tones of a lifecycle's states: good, warn, bad, info; others are neutral."""
    return nonmember(tones)


class Lifecycle(models.TextChoices):
    """States with their `moves` (a `table`) and `tones` (`shades`)."""

    moves = table()
    tones = shades()

    def __init_subclass__(cls) -> None:
        states = {state.value for state in cls}
        named = {s for m in cls.moves for s in (*m.sources, m.target)} | set(cls.tones)
        if unknown := named - states:
            raise TypeError(f"{cls.__name__} names unknown states: {sorted(unknown)}")

    @classmethod
    def moves_from(cls, state: str) -> list[Move]:
        """The moves that leave `state`."""
        return [m for m in cls.moves if state in m.sources]

    @classmethod
    def find(cls, source: str, target: str) -> Move:
        """The move from `source` to `target`; raises IllegalTransition with the legal targets."""
        for candidate in cls.moves_from(source):
            if candidate.target == target:
                return candidate
        raise IllegalTransition(source, target, [m.target for m in cls.moves_from(source)])

    @classmethod
    def shortest_chain(cls, source: str, target: str) -> list[Move]:
        """The shortest sequence of legal moves; raises IllegalTransition when there is none."""
        chains: dict[str, list[Move]] = {source: []}
        frontier = [source]
        while frontier and target not in chains:
            reached = [(chains[s], m) for s in frontier for m in cls.moves_from(s)]
            frontier = []
            for chain, step in reached:
                if step.target not in chains:
                    chains[step.target] = [*chain, step]
                    frontier.append(step.target)
        if target not in chains:
            raise IllegalTransition(source, target, [m.target for m in cls.moves_from(source)])
        return chains[target]

    @classmethod
    def tone(cls, state: str) -> str:
        return cls.tones.get(state, "neutral")


Guard = Callable[[Record], Any]
_guards: dict[tuple[type[Record], str], list[Guard]] = defaultdict(list)


def register_guard(model: type[Record], target: str, guard: Guard) -> None:
    """Let a higher app refuse a move of a lower record.

    `guard(record)` returns None when the move to `target` may happen, else the message why not.
    """
    _guards[model, target].append(guard)


def guard_refusals(record: Record, target: str) -> list[Any]:
    """Why higher apps refuse the move of a record to `target`; empty when none does."""
    return [text for guard in _guards[type(record), target] if (text := guard(record))]


class LifecycleRecord(Record):
    """Base of records with a `status` field whose choices are a `Lifecycle` named `Status`."""

    Status: type[Lifecycle]

    class Meta(Record.Meta):
        abstract = True

    def legal_moves(self) -> list[Move]:
        return self.Status.moves_from(self.status)

    @property
    def status_tone(self) -> str:
        return self.Status.tone(self.status)

    @transaction.atomic
    def move_to(
        self,
        target: str,
        *,
        by: Any,
        now: datetime,
        reason: str = "",
        values: dict[str, Any] | None = None,
        guarded: bool = True,
    ) -> None:
        """Move to the state `target`.

        `values` fill fields on the way. Raises IllegalTransition when the lifecycle has no such
        move and ValidationError when a compulsory field or the reason is missing or a guard
        refuses. Effects: the row is locked, fields and status written, one Transition logged,
        one history row.
        """
        current = type(self).everything.select_for_update().get(pk=self.pk)
        step = self.Status.find(current.status, target)
        for name, value in (values or {}).items():
            setattr(self, name, value)
        self._check_move(step, reason, guarded)
        if step.stamps and getattr(self, step.stamps) is None:
            setattr(self, step.stamps, self.stamp_for(step.stamps, now))
        self.status = target
        self.clean_fields()
        self.clean()
        self.validate_constraints()
        self.write_reason = reason
        self.save()
        self.write_reason = ""
        log_transition(self, current.status, target, by=by, now=now, reason=reason)

    def _check_move(self, step: Move, reason: str, guarded: bool) -> None:
        errors: dict[str, Any] = {
            name: _("This is needed to move on.")
            for name in step.requires
            if getattr(self, name) in (None, "")
        }
        if step.reason and not reason.strip():
            errors["reason"] = _("A reason is needed.")
        if errors:
            raise ValidationError(errors)
        if guarded and (refusals := guard_refusals(self, step.target)):
            raise ValidationError(refusals)

    def stamp_for(self, field: str, now: datetime) -> Any:
        """The value with which a move stamps a date or instant field."""
        column = self._meta.get_field(field)
        if isinstance(column, models.DateTimeField):
            return now
        return business_date(now)


def log_transition(
    record: Record, source: str, target: str, *, by: Any, now: datetime, reason: str = ""
) -> Transition:
    """Append to the transition log."""
    content_type = ContentType.objects.get_for_model(record)
    last = (
        Transition.objects.filter(content_type=content_type, object_id=record.pk)
        .order_by("-at", "-pk")
        .first()
    )
    since = last.at if last else record.created_at
    return Transition.objects.create(
        content_type=content_type,
        object_id=record.pk,
        source=source,
        target=target,
        at=now,
        by=by,
        reason=reason,
        seconds_in_source=max(0, int((now - since).total_seconds())) if source else None,
    )
