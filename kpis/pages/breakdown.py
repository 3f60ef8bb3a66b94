"""A period's figure by the members of a dimension."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from brm.core.charts import breakdown
from brm.core.formatting import format_number, format_percent

from ..definitions import DIMENSIONS, Dimension, Kpi
from ..figures import UNATTRIBUTED, Figure, series
from .cards import part_of_whole
from .question import Question
from .wording import COLOURS, decimal, dimension_name, member_text, status_of, write

SHOWN = 8  # members shown at once
MOST = 200  # members listed at all

PAGES = {
    "customer": "customers-detail",
    "service": "services-detail",
    "objective": "objectives-detail",
    "user": "users-detail",
}


def breakdown_context(question: Question) -> dict[str, Any]:
    """`breakdown` as kpis/_breakdown.html takes it."""
    kpi, address = question.kpi, question.address
    figures = members_of(question)
    judged = None if kpi.is_ratio else own_targets(question)
    items = [
        member_item(question, figure, bar, judged is None or figure.member in judged)
        for figure, bar in zip(figures, bars(kpi, figures), strict=True)
    ]
    listed, rest = items[:SHOWN], items[SHOWN:MOST]
    more = ngettext("%(count)s more", "%(count)s more", len(rest))
    return {
        "title": _("By %(dimension)s") % {"dimension": DIMENSIONS[question.dimension].name},
        "dimensions": [
            {
                "label": dimension_name(key),
                "url": address.link(dimension=key, member=None, after=None),
                "current": key == question.dimension,
            }
            for key in kpi.dimensions
        ],
        "members": listed,
        "rest": rest,
        "rest_label": more % {"count": format_number(len(rest))},
        "note": _left_out(len(items)),
    }


def _left_out(count: int) -> str:
    if count <= MOST:
        return ""
    text = _("%(count)s members in all; the API lists every one.")
    return text % {"count": format_number(count)}


def members_of(question: Question) -> list[Figure]:
    """The members' figures, in the order in which they matter."""
    period = question.period
    found = series(
        question.kpi,
        start=period.first,
        end=period.first,
        grain=period.grain,
        dimension=question.dimension,
        at=question.address.at,
        run=question.run,
        targets=question.targets,
        published=False,
    )
    return sorted(found.figures, key=lambda one: place(question.kpi, one))


def place(kpi: Kpi, figure: Figure) -> tuple:
    """Counts and money: the greatest first. Ratios: the worst first, those without a value last."""
    value = figure.worth.value
    amount = Fraction(0) if value is None else value if kpi.is_ratio else -value
    return value is None, amount, -figure.sums.row_count, figure.member_name or ""


def own_targets(question: Question) -> set[str]:
    """The members with a target of their own.

    The whole's target is in force for all others too; but what adds up would make a part of the
    whole look far off a target that is meant for all parts together, so that it is not coloured.
    """
    return {member for place, member in question.targets.found if place == question.dimension}


def bars(kpi: Kpi, figures: Sequence[Figure]) -> list[Any]:
    """The members' bars on one scale."""
    return breakdown([one.worth.value for one in figures], top=100 if kpi.is_ratio else None)


def member_item(question: Question, figure: Figure, bar: Any, is_judged: bool) -> dict[str, Any]:
    """One member as kpis/_members.html takes it; coloured when it is judged by itself."""
    kpi, chosen = question.kpi, figure.member == question.member
    coloured = is_judged and figure.status in COLOURS
    tone = status_of(figure)["tone"] if coloured else ""
    link = {"dimension": question.dimension, "member": None if chosen else figure.member}
    return {
        "label": member_text(question.dimension, figure.member_name or ""),
        "url": question.address.link(**link, after=None),
        "current": chosen,
        "value": part_of_whole(kpi, figure)
        if figure.worth.value is None
        else write(kpi, figure.worth.value),
        "note": _note(question, figure),
        "bar": bar,
        "tone": "muted" if figure.member == UNATTRIBUTED else tone,
        "status": status_of(figure) if coloured else None,
    }


def _note(question: Question, figure: Figure) -> str:
    """n of a ratio, else the share of the whole."""
    if question.kpi.is_ratio:
        return _("n = %(n)s") % {"n": format_number(figure.worth.n)}
    whole = question.figure.sums.numerator if question.member is None else 0
    if whole <= 0 or figure.sums.numerator < 0:
        return ""
    return format_percent(decimal(Fraction(100 * figure.sums.numerator, whole)), 0)


def record_address(dimension: Dimension, member_id: int | None) -> str | None:
    """The page of a member that is a record."""
    if member_id is None or dimension.member_kind not in PAGES:
        return None
    return reverse(PAGES[dimension.member_kind], args=[member_id])
