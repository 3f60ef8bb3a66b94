"""What a user may do with a record, and why not more: the page behind "What may I do here?"."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..explaining import SCOPES, VERBS, Answer, MoveAnswer, explain, explain_moves
from ..roles import ROLES, Grant
from .access import RecordPage
from .declaration import REGISTRY


class RightsView(RecordPage):
    """For each verb and each move whether it is allowed to the user here, and why."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record()
        answers = explain(request.user, record)
        may_move = any(answer.allowed for answer in answers if answer.verb == "P")
        moves = explain_moves(record, allowed=may_move)
        context = {
            "crud": self.crud.page_context(request),
            "record": str(record),
            "record_url": record.get_absolute_url(),
            "roles": [str(name) for key, name in ROLES.items() if key in request.user.role_keys],
            "answers": [told(answer) for answer in answers],
            "moves": [told_move(record, move) for move in moves],
            "state": record.get_status_display() if moves else "",
        }
        return render(request, "generic/rights.html", context)


OTHERS = {
    "kpis": gettext_lazy("KPIs"),
    "kpi-runs": gettext_lazy("KPI runs"),
    "imports": gettext_lazy("imports"),
    "exports": gettext_lazy("exports"),
    "saved-views": gettext_lazy("saved views"),
    "roles": gettext_lazy("roles"),
    "tokens": gettext_lazy("API tokens"),
    "audit-entries": gettext_lazy("audit entries"),
    "operation": gettext_lazy("metrics of the running product"),
}
ICONS = {"good": "circle-check", "warn": "triangle-alert", "bad": "circle-x", "neutral": "minus"}


def told(answer: Answer) -> dict[str, Any]:
    """An answer in words."""
    return {
        "verb": VERBS[answer.verb],
        "allowed": answer.allowed,
        "why": [_why(answer)] if answer.allowed or not answer.short else _too_narrow(answer.short),
        "others": [] if answer.allowed else grants_in_words(answer.others),
        "people": [] if answer.allowed else [str(person) for person in answer.people],
    }


def _why(answer: Answer) -> str:
    if answer.allowed:
        return _("As %(roles)s.") % {"roles": "; ".join(grants_in_words(answer.by))}
    return _("None of your roles allows this.")


def _too_narrow(grants: Iterable[Grant]) -> list[str]:
    text = _("As %(role)s you may do this within your %(scope)s only; this record lies outside.")
    return [text % {"role": ROLES[grant.role], "scope": SCOPES[grant.scope]} for grant in grants]


def grants_in_words(grants: Iterable[Grant]) -> list[str]:
    """Grants as `Relationship lead (all records)`, one for each role."""
    by_role: dict[str, list[str]] = {}
    for grant in grants:
        by_role.setdefault(grant.role, []).append(str(SCOPES[grant.scope]))
    return [
        _("%(role)s (%(scope)s)") % {"role": ROLES[role], "scope": ", ".join(scopes)}
        for role, scopes in by_role.items()
    ]


def told_move(record: Any, move: MoveAnswer) -> dict[str, Any]:
    """A move in words."""
    names = dict(record.Status.choices)
    if move.hindrance == "state":
        states = ", ".join(f"“{names[source]}”" for source in move.sources)
        text = _("Only from %(states)s.") % {"states": states}
    elif move.hindrance == "right":
        text = _("Your roles do not allow moves of this record.")
    elif move.hindrance == "guard":
        text = " ".join(str(one) for one in move.texts)
    else:
        text = _("Possible now.")
    tone = {"": "good", "state": "neutral", "right": "bad", "guard": "warn"}[move.hindrance]
    return {
        "verb": move.verb,
        "target": names[move.target],
        "text": text,
        "tone": tone,
        "icon": ICONS[tone],
    }


def label(resource: str) -> str:
    """What the records of a resource are called."""
    known = REGISTRY.get(resource)
    return str(capfirst(known.plural if known else OTHERS.get(resource, resource)))
