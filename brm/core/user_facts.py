"""What every page shows about the signed-in user and higher apps know: read with the user's row."""

from collections.abc import Callable
from typing import Any

from django.db.models import Expression, QuerySet

_facts: dict[str, Callable[[], Expression]] = {}


def register_fact(name: str, build: Callable[[], Expression]) -> None:
    """Read an expression over the user's row as an attribute of each signed-in user."""
    _facts[name] = build


def with_facts(users: QuerySet) -> QuerySet[Any]:
    """The users with all facts, in the same statement."""
    return users.annotate(**{name: build() for name, build in _facts.items()})
