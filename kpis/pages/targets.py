"""The targets of a KPI."""

from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from brm.core.formatting import format_month
from brm.core.roles import may

from ..definitions import Kpi
from ..models import KpiTarget, KpiTargetVersion
from ..periods import Period, month_of, month_text, parse_month, shifted
from .overview import in_force
from .question import Question
from .wording import dimension_name, member_text, write


def targets_context(question: Question) -> dict[str, Any]:
    """`targets` as kpis/_targets.html takes it: those in force at the instant of the page."""
    found = list(goals(question))
    begun = question.period.last_begun(question.run.date) or question.period.first
    valid = latest_begun(found, month_text(begun))
    can_edit = question.address.at is None and may(question.user, "U", KpiTarget.resource)
    return {
        "rows": [row(question.kpi, goal, goal in valid, can_edit) for goal in found],
        "new_url": new_address(question) if can_edit else "",
        "caption": _("Targets of %(kpi)s") % {"kpi": question.kpi.name},
        "direction": direction(question.kpi),
    }


def goals(question: Question) -> Any:
    """Targets, the latest month first; of the past as they stood then."""
    at, key = question.address.at, question.kpi.key
    if at is None:
        found = KpiTarget.objects.filter(kpi=key).select_related("owner")
    else:
        found = KpiTargetVersion.objects.filter(in_force(at), kpi=key)
        found = found.select_related("goal__owner")
    return found.order_by("dimension", "member", "-month")


def latest_begun(found: list[Any], month: str) -> list[Any]:
    """For each place the latest target that has begun by a month."""
    latest: dict[tuple[str, str], Any] = {}
    for goal in found:
        key = (goal.dimension, goal.member)
        if goal.month <= month and (key not in latest or latest[key].month < goal.month):
            latest[key] = goal
    return list(latest.values())


def row(kpi: Kpi, goal: Any, is_valid: bool, can_edit: bool) -> dict[str, Any]:
    """One target as the template takes it."""
    owner = getattr(goal, "owner", None) or getattr(getattr(goal, "goal", None), "owner", None)
    return {
        "month": format_month(Period("month", parse_month(goal.month)).starts_on),
        "scope": scope(goal),
        "in_force": is_valid,
        "target": mark(kpi, goal.target),
        "amber": mark(kpi, goal.amber),
        "red": mark(kpi, goal.red),
        "owner": str(owner) if owner else "",
        "url": reverse("kpi-targets-update", args=[goal.pk]) if can_edit else "",
    }


def scope(goal: Any) -> str:
    """For whom a target holds."""
    if not goal.dimension:
        return _("the whole")
    member = member_text(goal.dimension, goal.member)
    return f"{dimension_name(goal.dimension)}: {member}"


def mark(kpi: Kpi, value: Decimal | None) -> str:
    """A target, amber or red in the KPI's unit."""
    return "" if value is None else write(kpi, Fraction(value))


def new_address(question: Question) -> str:
    """The form of a new target, for the member the page shows."""
    following = month_text(shifted(month_of(question.run.date), 1))
    known = {"kpi": question.kpi.key, "month": following}
    if question.member is not None:
        known |= {"dimension": question.dimension, "member": question.member}
    return f"{reverse('kpi-targets-create')}?{urlencode(known)}"


def direction(kpi: Kpi) -> str:
    """How target, amber and red are meant."""
    if kpi.direction == "band":
        return _("Amber and red are distances from the target, on either side.")
    if kpi.direction == "up":
        return _("Below red is red, below amber is amber. Amber defaults to the target.")
    return _("Above red is red, above amber is amber. Amber defaults to the target.")
