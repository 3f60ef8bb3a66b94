"""Lifecycle moves: POST to the record's address and the state it should reach."""

from functools import cache
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ..lifecycle import Move
from ..models import Record
from .errors import FieldErrors
from .inputs import Inputs, Item
from .writing import Writing


class Moving(Writing):
    """The lifecycle of a record's resource."""

    def described(self, row: dict[str, Any]) -> dict[str, Any]:
        """A single record also shows the moves that are legal for the caller."""
        sent = self.shown(row)
        if hasattr(self.model, "Status"):
            steps = self.model.Status.moves_from(row["status"])
            may_move = bool(steps) and self.allows("P", row["id"])
            sent["transitions"] = [described_move(step) for step in steps if may_move]
        return sent

    @transaction.atomic
    def move(self, request: Request, pk: str) -> Response:
        record = self.locked("P", pk=int(pk))
        self.match(record)
        record.Status.find(record.status, self.target)
        item = Item(request.data, record=record, partial=True)
        inputs = move_inputs(self.inputs, self.target)
        inputs.read(item, dict)
        inputs.resolve([item], self.user)
        if item.errors:
            raise FieldErrors(item.errors)
        reason = item.values.pop("reason", "")
        self.carry_out(record, reason, item.values)
        self.keep("V", [record.pk])
        return self.answer(self.stored(record))

    def carry_out(self, record: Record, reason: str, values: dict[str, Any]) -> None:
        """Make the move; raises ValidationError where a field is missing or a guard refuses."""
        for name in set(values) & set(self.inputs.extras):
            setattr(record, name, values.pop(name))
        record.move_to(self.target, by=self.user, now=timezone.now(), reason=reason, values=values)


def described_move(step: Move) -> dict[str, Any]:
    """A move as a record shows it: target state, the button's text, compulsory fields."""
    fields = [*step.requires, *(["reason"] if step.reason else [])]
    return {"state": step.target, "verb": str(step.verb), "fields": fields}


@cache
def move_inputs(inputs: Inputs, target: str) -> Inputs:
    """What the body of a move may hold: its fields, the date it stamps, the reason, the extras."""
    steps = [step for step in inputs.model.Status.moves if step.target == target]
    named = [name for step in steps for name in (*step.requires, step.stamps) if name]
    names = list(dict.fromkeys(named))
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    name = f"{inputs.name}{target.title().replace('_', '')}"
    return Inputs(inputs.model, names, {**inputs.extras, "reason": reason}, name)
