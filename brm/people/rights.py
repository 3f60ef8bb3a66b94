"""The page of rights: what a role may do with each kind of record, and who may with one kind."""

from collections.abc import Collection
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from brm.core.crud.declaration import REGISTRY
from brm.core.crud.rights import label
from brm.core.explaining import KEY, SCOPES, VERBS
from brm.core.navigation import DATA, GROUPS, Entry, register_entry
from brm.core.roles import RIGHTS, ROLES, grants_of

ICONS = {"A": "globe", "O": "briefcase", "S": "server", "M": "user-round-check"}
WIDTH_FIRST = "AOSM"  # the widest scope is told first

register_entry(Entry(DATA, 98, gettext_lazy("Rights"), "shield-check", "rights", ""))


class RightsView(View):
    """`?role=` shows what a role may do, `?resource=` who may treat one kind of record."""

    def get(self, request: HttpRequest) -> HttpResponse:
        resource = request.GET.get("resource")
        context = _of_resource(resource) if resource is not None else _of_role(request)
        own = request.user.role_keys
        everyone = [
            {
                "label": name,
                "url": f"{reverse('rights')}?role={key}",
                "own": key in own,
                "current": resource is None and key == context["chosen"],
            }
            for key, name in ROLES.items()
        ]
        key = [{"icon": ICONS[s], "label": SCOPES[s], "text": KEY[s]} for s in WIDTH_FIRST]
        return render(request, "people/rights.html", {**context, "roles": everyone, "key": key})


def _of_role(request: HttpRequest) -> dict[str, Any]:
    """What one role may do with each kind of record; without a choice the own one."""
    known = [key for key in ROLES if key in request.user.role_keys] or [*ROLES]
    role = request.GET.get("role", known[0])
    if role not in ROLES:
        raise Http404
    rows = [_row(label(name), {role}, name, f"?resource={name}") for name in resources()]
    return {"chosen": role, "heading": str(ROLES[role]), "table": _table(_("Records"), rows)}


def _of_resource(resource: str) -> dict[str, Any]:
    """Who may do what with one kind of record."""
    if resource not in RIGHTS:
        raise Http404
    rows = [_row(name, {role}, resource, f"?role={role}") for role, name in ROLES.items()]
    return {"chosen": "", "heading": label(resource), "table": _table(_("Role"), rows)}


def _table(first: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"columns": [first, *VERBS.values()], "rows": rows}


def _row(name: Any, keys: Collection[str], resource: str, query: str) -> dict[str, Any]:
    cells = []
    for verb, verb_name in VERBS.items():
        there = offered(resource, verb)
        found = {grant.scope for grant in grants_of(keys, resource, verb)} if there else set()
        scopes = [s for s in WIDTH_FIRST if s in found and ("A" not in found or s == "A")]
        cells.append(
            {
                "label": verb_name,
                "scopes": [{"icon": ICONS[s], "label": SCOPES[s]} for s in scopes],
            }
        )
    return {"label": name, "url": f"{reverse('rights')}{query}", "cells": cells}


def resources() -> list[str]:
    """Every kind of record that the table of rights knows, in the navigation's order."""
    groups = [group.key for group in GROUPS]
    paged = [name for name in RIGHTS if name in REGISTRY]
    place = {name: (groups.index(REGISTRY[name].group.key), REGISTRY[name].order) for name in paged}
    return [*sorted(paged, key=place.__getitem__), *(name for name in RIGHTS if name not in place)]


def offered(resource: str, verb: str) -> bool:
    """Whether there is such a thing: moves need a lifecycle, exports a list."""
    crud = REGISTRY.get(resource)
    if verb == "P":
        return crud is not None and hasattr(crud.model, "Status")
    return verb != "X" or crud is not None
