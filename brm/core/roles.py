"""Who may do what: one table of resources, roles, scopes and verbs.

Scopes: A all records · O records of the own portfolio (customers whose manager or deputy the user
is today) · S records of services the user owns · M records the user owns by name.
Verbs: V view · C create · U update · D delete · X export · P move through the lifecycle.
A cell is a blank-separated list such as "A:V O:CUP": sees all, works on the own portfolio.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q
from django.utils.translation import gettext_lazy as _

ROLES = {
    "administrator": _("Administrator"),
    "brm": _("Business relationship manager"),
    "lead": _("Relationship lead"),
    "service_owner": _("Service owner"),
    "service_level_manager": _("Service level manager"),
    "finance": _("Finance manager"),
    "operations": _("Operations"),
    "cab_member": _("CAB member"),
    "change_manager": _("Change manager"),
    "risk": _("Risk and compliance"),
    "executive": _("Executive"),
    "auditor": _("Auditor"),
    "integration": _("Integration"),
}

ALL = "A:VCUDXP"
READ = {"executive": "A:VX", "auditor": "A:VX", "administrator": ALL, "integration": ALL}

RIGHTS: dict[str, dict[str, str]] = {
    "customers": {
        **READ,
        "brm": "A:V O:UX",
        "lead": "A:VCUDXP",
        "service_owner": "A:V",
        "service_level_manager": "A:V",
        "finance": "A:V",
        "operations": "A:V",
        "cab_member": "A:V",
        "change_manager": "A:V",
        "risk": "A:V",
    },
    "agreements": {
        **READ,
        "brm": "O:VCUXP",
        "lead": "A:VCUDXP",
        "service_owner": "S:V",
        "service_level_manager": "A:VU",
        "finance": "A:V",
        "change_manager": "A:V",
        "cab_member": "A:V",
        "risk": "A:V",
    },
    "services": {
        **READ,
        "brm": "A:VC",
        "lead": "A:VC",
        "service_owner": "A:VC S:UXP",
        "service_level_manager": "A:V",
        "finance": "A:V",
        "operations": "A:V",
        "cab_member": "A:V",
        "change_manager": "A:V",
        "risk": "A:V",
    },
    "service-offerings": {
        **READ,
        "brm": "A:V",
        "lead": "A:VC",
        "service_owner": "A:V S:VCUDX",
        "service_level_manager": "A:VCU",
        "finance": "A:VU",
        "operations": "A:V",
        "cab_member": "A:V",
        "change_manager": "A:V",
        "risk": "A:V",
    },
    "complaints": {
        **READ,
        "brm": "O:VCUXP",
        "lead": "A:VCUDXP",
        "service_owner": "S:VU",
        "operations": "A:VCU",
        "risk": "A:V",
    },
    "surveys": {
        **READ,
        "brm": "A:VC",
        "lead": "A:VCUDXP",
        "service_owner": "A:V",
        "service_level_manager": "A:V",
        "operations": "A:V",
    },
    "survey-invitations": {
        **READ,
        "brm": "O:VCUX",
        "lead": "A:VCUDXP",
        "service_owner": "S:V",
        "service_level_manager": "A:V",
    },
    "survey-responses": {
        **READ,
        "brm": "O:VX",
        "lead": "A:VCUDX",
        "service_owner": "S:V",
        "service_level_manager": "A:V",
    },
    "budget-lines": {
        **READ,
        "brm": "A:V",
        "lead": "A:V",
        "service_owner": "S:V",
        "finance": "A:VCUDXP",
    },
    "cost-entries": {
        **READ,
        "lead": "A:V",
        "service_owner": "S:V",
        "finance": "A:VCUDX",
    },
    "exchange-rates": {
        **READ,
        "brm": "A:V",
        "lead": "A:V",
        "service_owner": "A:V",
        "finance": "A:VCUDX",
    },
    "proposals": {
        **READ,
        "brm": "A:VC",
        "lead": "A:VCUP",
        "service_owner": "A:V S:VCUP",
        "finance": "A:VCUDXP",
        "operations": "A:VC",
    },
    "objectives": {
        **READ,
        "brm": "A:V O:VCUP",
        "lead": "A:VCUDXP",
        "service_owner": "A:V",
        "finance": "A:V",
        "risk": "A:V",
        "change_manager": "A:V",
    },
    "initiatives": {
        **READ,
        "brm": "A:V M:UP",
        "lead": "A:VCUDXP",
        "service_owner": "A:V",
        "finance": "A:VU",
        "risk": "A:V",
        "change_manager": "A:V",
        "executive": "A:VXP",
    },
    "kpis": dict.fromkeys(ROLES, "A:V"),
    "kpi-targets": dict.fromkeys(ROLES, "A:V")
    | {
        "administrator": ALL,
        "lead": "A:VCUD",
        "executive": "A:VCUD",
        "integration": ALL,
    },
    "kpi-runs": dict.fromkeys(ROLES, "A:V")
    | dict.fromkeys(["administrator", "lead", "integration"], "A:VC"),
    "imports": {
        "administrator": "A:VC",
        "lead": "A:VC",
        "finance": "M:VC",
        "operations": "M:VC",
        "integration": "M:VC",
    },
    # Everyone the own ones; what they may hold is asked of the records (X).
    "exports": dict.fromkeys(ROLES, "M:VCD"),
    # Whoever has A keeps views for everyone, and keeps those in order; personal ones stay unseen.
    "saved-views": dict.fromkeys(ROLES, "M:VCUD")
    | dict.fromkeys(["administrator", "lead"], "A:CUD M:V"),
    # On records one may see: everyone speaks, changes and deletes what is his own. A file also
    # needs the right to change its record.
    "comments": dict.fromkeys(ROLES, "A:VC M:UD")
    | {"administrator": "A:VCD M:U", "lead": "A:VCD M:U", "auditor": "A:V"},
    "attachments": dict.fromkeys(ROLES, "A:VC M:D")
    | {"administrator": "A:VCD", "lead": "A:VCD", "auditor": "A:V"},
    "followers": dict.fromkeys(ROLES, "A:V M:CD"),
    "users": dict.fromkeys(ROLES, "A:V") | {"administrator": "A:VCUX"},
    "roles": dict.fromkeys(ROLES, "A:V"),
    "webhooks": {"administrator": "A:VCUD", "auditor": "A:V"},
    "tokens": dict.fromkeys(ROLES, "M:VCD") | {"administrator": "A:VD M:C"},
    "audit-entries": {"administrator": "A:VX", "auditor": "A:VX"},
    "operation": {"administrator": "A:V"},  # metrics of the running product
}


@dataclass(frozen=True)
class Grant:
    """That a role allows something within a scope (A, O, S, M)."""

    role: str
    scope: str


def grants_of(keys: Collection[str], resource: str, verb: str) -> list[Grant]:
    """What the roles of these keys grant, in the order of the roles."""
    cells = RIGHTS.get(resource, {})
    return [
        Grant(role, scope)
        for role in ROLES
        if role in keys and role in cells
        for scope, verbs in (cell.split(":") for cell in cells[role].split())
        if verb in verbs
    ]


def grants(user: Any, resource: str, verb: str) -> list[Grant]:
    """What the user's roles grant.

    A user who acts by an API token has no right that the token's scopes do not reach; one who was
    deactivated has none, also where work queued before runs for him.
    """
    limit = getattr(user, "token_scopes", None)
    if limit is not None and not limit.allow(resource, verb):
        return []
    if not getattr(user, "is_active", True):
        return []
    return grants_of(getattr(user, "role_keys", ()), resource, verb)


def scopes(user: Any, resource: str, verb: str) -> set[str]:
    """The scopes (A, O, S, M) within which the user's roles allow `verb` on the resource."""
    return {grant.scope for grant in grants(user, resource, verb)}


def may(user: Any, verb: str, resource: str) -> bool:
    """Whether the user may do this to any record of the resource at all."""
    return bool(scopes(user, resource, verb))


def condition(user: Any, model: type[Model], verb: str) -> Q | None:
    """What restricts the records to those the user may treat so; None when there are none."""
    found = scopes(user, model.resource, verb)
    if "A" in found:
        return Q()
    combined = None
    for scope in sorted(found):
        if reached := reach(scope, user, model):
            combined = reached if combined is None else combined | reached
    return combined


def sighted(users: Iterable[Any], model: type[Model], keys: Collection[int]) -> dict[int, set[int]]:
    """For each of the living records (by id) the ids of those of the users who may see it.

    One statement however many users and records; load the users `with_related()`, or each of them
    costs one more.
    """
    asked = {user.pk: condition(user, model, "V") for user in users}
    everywhere = {pk for pk, found in asked.items() if found == Q()}
    paths = {path for found in asked.values() if found for path, _user in found.children}
    rows = model.objects.filter(pk__in=keys).order_by().values("pk", *sorted(paths))
    return {
        row["pk"]: everywhere
        | {
            pk
            for pk, found in asked.items()
            if found and any(row[path] == user for path, user in found.children)
        }
        for row in rows
    }


def reach(scope: str, user: Any, model: type[Model]) -> Q | None:
    """The records of a model that lie within a user's O, S or M; None where there is no such."""
    paths = holder_paths(scope, model)
    if not paths:
        return None
    reached = Q(**{paths[0]: user.pk})
    for path in paths[1:]:
        reached |= Q(**{path: user.pk})
    return reached


def holder_paths(scope: str, model: type[Model]) -> list[str]:
    """The lookups from a record to the people in whose scope it lies."""
    if scope == "O" and model.customer_path is not None:
        prefix = f"{model.customer_path}__" if model.customer_path else ""
        return [f"{prefix}manager", f"{prefix}deputy"]
    if scope == "S" and model.service_path is not None:
        return [f"{model.service_path}__owner" if model.service_path else "owner"]
    if scope == "M" and model.owner_path is not None:
        return [model.owner_path]
    return []


def write_groups(**_kwargs: Any) -> None:
    """Make a group for every role; groups are how users get roles."""
    from django.contrib.auth.models import Group

    present = set(Group.objects.values_list("name", flat=True))
    Group.objects.bulk_create([Group(name=key) for key in ROLES if key not in present])
