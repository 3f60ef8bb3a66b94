"""How a KPI is computed, in words and in both languages."""

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brm.core.formatting import format_number

from ..definitions import Kpi
from ..figures import settle_days
from .question import Question
from .wording import dimension_name

UNITS = {
    "count": gettext_lazy("Number"),
    "stock": gettext_lazy("Number at the end of the period"),
    "money": gettext_lazy("Amount in the base currency"),
    "ratio": gettext_lazy("Percentage"),
}
DIRECTIONS = {
    "up": gettext_lazy("higher"),
    "down": gettext_lazy("lower"),
    "band": gettext_lazy("close to the target"),
}


def method_context(question: Question) -> dict[str, Any]:
    """`method` as kpis/_method.html takes it."""
    kpi = question.kpi
    return {
        "languages": [_in(code, name, kpi) for code, name in settings.LANGUAGES],
        "facts": [{"label": label, "value": value} for label, value in facts(kpi)],
        "rules": rules(kpi),
    }


def _in(code: str, language: str, kpi: Kpi) -> dict[str, str]:
    with translation.override(code):
        return {
            "code": code,
            "language": language,
            "name": str(kpi.name),
            "formula": str(kpi.formula),
        }


def facts(kpi: Kpi) -> list[tuple[str, str]]:
    """Unit, direction, source, settlement, dimensions."""
    days = settle_days(kpi)
    return [
        (_("Unit"), str(UNITS[kpi.unit])),
        (_("Better when"), str(DIRECTIONS[kpi.direction])),
        (_("Made from"), capfirst(str(kpi.source._meta.verbose_name_plural))),
        (_("Key"), kpi.key),
        (_("Published after"), _("%(days)s days") % {"days": format_number(days)}),
        (_("Dimensions"), ", ".join(dimension_name(key) for key in kpi.dimensions) or "–"),
    ]


def rules(kpi: Kpi) -> list[str]:
    """The rules of all KPIs that matter for this one."""
    found = [
        _("A fact counts in the month of its own date, not of its entry; a late entry restates."),
        _("Manager, segment, region and owner are those in force on that date."),
        _("Until it is published a figure is provisional and has no colour."),
        _("A published figure that changes is restated; both values stay visible."),
    ]
    if kpi.is_ratio:
        found.append(
            _("Without any row there is no figure; under five rows it is too few to tell.")
        )
    if kpi.wilson:
        found.append(
            _("Under twenty rows it is indicative: shown with its interval, not coloured.")
        )
    if kpi.is_money:
        found.append(_("Amounts are converted at the rate of their own day and stay so."))
    if kpi.is_stock:
        found.append(_("A quarter or year shows the last of its months that has begun."))
    else:
        found.append(_("Quarters and years come from the rows, never from averaged months."))
    return found
