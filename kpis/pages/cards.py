"""A KPI as a card of the scorecard (see templates/components/key_figure.html)."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from brm.core import formatting

from ..definitions import Kpi
from ..figures import Figure
from ..judging import Worth
from .overview import Line
from .wording import (
    STATES,
    status_of,
    write,
    write_amount,
    write_difference,
    write_interval,
    write_target,
)


def card(line: Line, link: Callable[[Kpi], str], *, no_voice: bool = False) -> dict[str, Any]:
    """The card of a KPI; `no_voice`: nobody was heard, so that none is no success."""
    kpi, figure = line.kpi, line.figure
    return {
        "label": str(kpi.name),
        "url": link(kpi),
        "value": None if figure.worth.value is None else write(kpi, figure.worth.value),
        "words": str(STATES.get(figure.worth.state, "")),
        "status": silence() if no_voice else badge(figure),
        "trend": line.trend,
        "delta": delta(kpi, figure, line.before),
        "notes": notes(kpi, figure),
        "marks": marks(figure),
    }


def badge(figure: Figure) -> dict[str, str] | None:
    """The status, unless the card's words already say why there is no figure."""
    return None if figure.worth.value is None else status_of(figure)


def silence() -> dict[str, str]:
    """The status of complaints at zero where no feedback of any kind arrives."""
    return {"label": _("No voice"), "tone": "", "icon": "volume-x"}


def notes(kpi: Kpi, figure: Figure) -> list[str]:
    """n, interval, target and published value in short."""
    found = []
    if kpi.is_ratio and figure.worth.n:
        found.append(_("n = %(n)s") % {"n": formatting.format_number(figure.worth.n)})
    if figure.worth.state == "insufficient":
        found.append(part_of_whole(kpi, figure))
    if figure.worth.interval:
        interval = write_interval(kpi, figure.worth.interval)
        found.append(_("95%%: %(interval)s") % {"interval": interval})
    if figure.marks:
        found.append(_("Target %(target)s") % {"target": write_target(kpi, figure)})
    if figure.restated:
        found.append(_("Published: %(value)s") % {"value": worth_text(kpi, figure.published)})
    return found


def part_of_whole(kpi: Kpi, figure: Figure) -> str:
    """ "2 of 3", for ratios that are too few to tell."""
    return _("%(numerator)s of %(denominator)s") % {
        "numerator": write_amount(kpi, figure.sums.numerator),
        "denominator": write_amount(kpi, figure.sums.denominator),
    }


def worth_text(kpi: Kpi, worth: Worth | None) -> str:
    """A value, or why there is none."""
    if worth is None:
        return ""
    return str(STATES[worth.state]) if worth.value is None else write(kpi, worth.value)


def marks(figure: Figure) -> list[dict[str, str]]:
    """What qualifies the figure, beyond its status."""
    said = status_of(figure)["label"]
    found = []
    if figure.provisional and figure.worth.state != "not_applicable":
        found.append({"label": _("Provisional"), "icon": "hourglass"})
    if figure.worth.indicative:
        found.append({"label": _("Indicative"), "icon": "circle-question-mark"})
    if figure.restated:
        found.append({"label": _("Restated"), "icon": "history"})
    return [mark for mark in found if mark["label"] != said]


def delta(kpi: Kpi, figure: Figure, before: Worth) -> dict[str, str] | None:
    """The difference to the period before; good or bad by the KPI's direction."""
    if figure.worth.value is None or before.value is None:
        return None
    difference = figure.worth.value - before.value
    if not difference:
        return {"text": "±0", "tone": "", "icon": ""}
    better = {"up": difference > 0, "down": difference < 0}.get(kpi.direction)
    tone = "" if better is None else "good" if better else "bad"
    if figure.provisional or figure.worth.indicative:
        tone = ""
    icon = "arrow-up-right" if difference > 0 else "arrow-down-right"
    return {"text": write_difference(kpi, difference), "tone": tone, "icon": icon}
