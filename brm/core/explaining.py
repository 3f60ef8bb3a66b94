"""Why somebody may or may not do something: answers made of the same table as the checks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Case, Model, When
from django.utils.translation import gettext_lazy as _

from . import roles
from .lifecycle import guard_refusals
from .roles import Grant

VERBS = {
    "V": _("See"),
    "C": _("Create"),
    "U": _("Edit"),
    "P": _("Move"),
    "D": _("Delete"),
    "X": _("Export"),
}
SCOPES = {
    "A": _("all records"),
    "O": _("own portfolio"),
    "S": _("own services"),
    "M": _("own records"),
}
KEY = {
    "A": _("Every record of the kind."),
    "O": _("Customers whose manager or deputy one is today, and what belongs to them."),
    "S": _("Services that one owns today, and what belongs to them."),
    "M": _("Records that name one as their owner or sponsor."),
}


class MissingRight(PermissionDenied):
    """A right is missing: `verb` on the `resource`, and on one `record` where it was about that."""

    def __init__(self, verb: str, resource: str, record: Model | None = None) -> None:
        super().__init__(f"{verb} {resource}")
        self.verb, self.resource, self.record = verb, resource, record


def require(user: Any, verb: str, resource: str) -> None:
    """Raise MissingRight unless the user may do this to any record of the resource at all."""
    if not roles.may(user, verb, resource):
        raise MissingRight(verb, resource)


@dataclass(frozen=True)
class Answer:
    """Whether a user may do `verb` to a record.

    `by` are the grants that allow it, `short` the own ones that do not reach the record,
    `others` what further roles have, `people` who else may because the record is theirs.
    """

    verb: str
    allowed: bool
    by: Sequence[Grant]
    short: Sequence[Grant]
    others: Sequence[Grant]
    people: Sequence[Any]


def verbs_of(model: type[Model]) -> str:
    """The verbs that make sense for a record of the model, in the order in which they are told."""
    return "VUPDX" if hasattr(model, "Status") else "VUDX"


def explain(user: Any, record: Model) -> list[Answer]:
    """For each verb whether the user may do it to the record, and why.

    One statement asks which scopes reach the record; another finds whose it is.
    """
    model = type(record)
    reached = _reached(user, record)
    holders = _holders(record)
    return [_answer(user, verb, model.resource, reached, holders) for verb in verbs_of(model)]


def _answer(
    user: Any, verb: str, resource: str, reached: set[str], holders: dict[str, list[Any]]
) -> Answer:
    own = roles.grants(user, resource, verb)
    by = [grant for grant in own if grant.scope in reached]
    every = roles.grants_of(roles.ROLES, resource, verb)
    people = [
        person
        for scope, found in holders.items()
        for person in found
        if person.pk != user.pk
        and any(g.scope == scope for g in roles.grants_of(person.role_keys, resource, verb))
    ]
    return Answer(
        verb=verb,
        allowed=bool(by),
        by=by,
        short=[grant for grant in own if grant not in by],
        others=[grant for grant in every if grant.role not in user.role_keys],
        people=list({person.pk: person for person in people}.values()),
    )


def _reached(user: Any, record: Model) -> set[str]:
    """The scopes of the user in which the record lies."""
    model = type(record)
    asked = {scope: roles.reach(scope, user, model) for scope in "OSM"}
    known = {
        f"reached_{scope}": Case(When(condition, then=True), default=False)
        for scope, condition in asked.items()
        if condition
    }
    if not known:
        return {"A"}
    row = model._base_manager.filter(pk=record.pk).annotate(**known).values(*known).first() or {}
    return {"A"} | {name.removeprefix("reached_") for name, reached in row.items() if reached}


def _holders(record: Model) -> dict[str, list[Any]]:
    """The people in whose scopes the record lies, by scope."""
    from .models import User

    model = type(record)
    paths = {scope: roles.holder_paths(scope, model) for scope in "OSM"}
    named = [path for found in paths.values() for path in found]
    if not named:
        return {}
    row = model._base_manager.filter(pk=record.pk).values(*named).first() or {}
    people = User.objects.in_bulk({key for key in row.values() if key is not None})
    return {
        scope: [people[row[path]] for path in found if row.get(path) in people]
        for scope, found in paths.items()
        if found
    }


@dataclass(frozen=True)
class MoveAnswer:
    """Whether a lifecycle move is offered now.

    `hindrance` is "" or `right` or `state` (it starts from `sources` only) or `guard` (`texts`).
    """

    target: str
    verb: Any
    hindrance: str
    sources: Sequence[str] = ()
    texts: Sequence[Any] = ()


def explain_moves(record: Model, *, allowed: bool) -> list[MoveAnswer]:
    """Each move of the record's lifecycle, those possible now first."""
    if not hasattr(record, "Status"):
        return []
    answers = [_move_answer(record, step, allowed) for step in _moves_told(record)]
    return sorted(answers, key=lambda answer: answer.hindrance == "state")


def _moves_told(record: Any) -> Iterable[Any]:
    """One move for each target: the one that starts from the present state, else the first."""
    told: dict[str, Any] = {}
    for step in record.Status.moves:
        if step.target not in told or record.status in step.sources:
            told[step.target] = step
    return told.values()


def _move_answer(record: Any, step: Any, allowed: bool) -> MoveAnswer:
    if record.status not in step.sources:
        steps = [one for one in record.Status.moves if one.target == step.target]
        sources = dict.fromkeys(source for one in steps for source in one.sources)
        return MoveAnswer(step.target, step.verb, "state", sources=list(sources))
    if not allowed:
        return MoveAnswer(step.target, step.verb, "right")
    refused = guard_refusals(record, step.target)
    return MoveAnswer(step.target, step.verb, "guard" if refused else "", texts=refused)
