"""Check constraints judged in Python: the same verdict as the database's, without a statement."""

import operator
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Value

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, allowed: value in allowed,
}


def check_constraints(record: models.Model) -> None:
    """Raise ValidationError with the messages of the check constraints the record breaks."""
    broken = [
        ValidationError(constraint.get_violation_error_message(), code=constraint.name)
        for constraint in record._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
        and holds(constraint.condition, record) is False
    ]
    if broken:
        raise ValidationError(broken)


def holds(condition: Q, record: models.Model) -> bool | None:
    """Whether the condition is true, false or, as in SQL, unknown (None)."""
    verdicts = [
        holds(part, record) if isinstance(part, Q) else _compare(part, record)
        for part in condition.children
    ]
    decisive = condition.connector == Q.OR
    if decisive in verdicts:
        verdict: bool | None = decisive
    else:
        verdict = None if None in verdicts else not decisive
    return (None if verdict is None else not verdict) if condition.negated else verdict


def _compare(part: tuple[str, Any], record: models.Model) -> bool | None:
    name, _separator, lookup = part[0].partition("__")
    left, right = _value(F(name), record), _value(part[1], record)
    if lookup == "isnull":
        return (left is None) == right
    if right is None and not isinstance(part[1], F):
        return left is None
    if left is None or right is None:
        return None
    return COMPARISONS[lookup or "exact"](left, right)


def _value(expression: Any, record: models.Model) -> Any:
    if isinstance(expression, F):
        return getattr(record, record._meta.get_field(expression.name).attname)
    return expression.value if isinstance(expression, Value) else expression
