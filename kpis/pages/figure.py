"""The figure of a KPI's page, with all that qualifies it."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from brm.core.formatting import format_date, format_instant, format_number

from ..definitions import find
from ..figures import Figure, Series, settle_days
from ..judging import Targets, Worth, status, worth
from ..models import Contribution
from ..periods import GRAINS, periods_between
from ..sums import NOTHING, visible
from .cards import delta, marks, part_of_whole, worth_text
from .question import Question
from .wording import (
    STATES,
    period_name,
    status_of,
    write,
    write_amount,
    write_interval,
    write_target,
)

NO_VALUE = Worth(None, "no_data", 0)


def filled(found: Series, start: int, end: int, of_member: bool, targets: Targets) -> list[Figure]:
    """Every period's figure: a member's answer leaves out those without contributions."""
    if not of_member:
        return found.figures
    kpi, run = found.kpi, found.run
    present = {figure.period: figure for figure in found.figures}
    any_figure = next(iter(found.figures), None)
    name = any_figure.member if any_figure else None
    figures = []
    for period in periods_between(start, end, found.grain):
        if period in present:
            figures.append(present[period])
            continue
        begun = period.starts_on <= run.date
        value = worth(kpi, NOTHING) if begun else Worth(None, "not_applicable", 0)
        provisional = run.date <= period.settled_after(settle_days(kpi))
        aims = targets.marks(period, run.date, found.dimension, name)
        figures.append(
            Figure(
                period=period,
                member=name,
                member_id=any_figure.member_id if any_figure else None,
                member_name=any_figure.member_name if any_figure else None,
                sums=NOTHING,
                worth=value,
                provisional=provisional,
                published=None,
                published_at=None,
                restated=False,
                marks=aims,
                status=status(kpi, value, aims, provisional=provisional),
            )
        )
    return figures


def figure_context(question: Question) -> dict[str, Any]:
    """`figure` as kpis/_figure.html takes it."""
    kpi, figure = question.kpi, question.figure
    return {
        "period": period_name(figure.period),
        "value": None if figure.worth.value is None else write(kpi, figure.worth.value),
        "words": str(STATES.get(figure.worth.state, "")),
        "status": None if figure.worth.value is None else status_of(figure),
        "delta": delta(kpi, figure, before(question)),
        "marks": marks(figure),
        "facts": [fact for fact in facts(question) if fact["value"]],
    }


def before(question: Question) -> Worth:
    """What the period before was worth, where the chart shows it."""
    index = next((i for i, one in enumerate(question.chart) if one is question.figure), 0)
    return question.chart[index - 1].worth if index else NO_VALUE


def fact(label: str, value: str, note: str = "") -> dict[str, str]:
    """A line below the figure."""
    return {"label": label, "value": value, "note": note}


def facts(question: Question) -> list[dict[str, str]]:
    """Target, n, interval, published value, lapsing customers, settlement."""
    kpi, figure = question.kpi, question.figure
    return [
        fact(_("Target"), write_target(kpi, figure), _bounds(question)),
        *_ratio_facts(question),
        *_money_facts(question),
        *_year(question),
        fact(_("Published"), _published(question), _published_note(figure)),
        *lapsing(question),
        *_settlement(question),
    ]


def _bounds(question: Question) -> str:
    """Where amber ends and red begins, when they differ from the target."""
    kpi, found = question.kpi, question.figure.marks
    if found is None or kpi.direction == "band" or found.red == found.target:
        return ""
    return _("red beyond %(red)s") % {"red": write(kpi, found.red)}


def _ratio_facts(question: Question) -> list[dict[str, str]]:
    kpi, figure = question.kpi, question.figure
    if not kpi.is_ratio or not figure.worth.n:
        return []
    interval = write_interval(kpi, figure.worth.interval)
    return [
        fact(_("95% interval"), interval, _("Wilson") if interval else ""),
        fact(_("n"), format_number(figure.worth.n)),
        fact(_("Numerator and denominator"), part_of_whole(kpi, figure)),
    ]


def _money_facts(question: Question) -> list[dict[str, str]]:
    if not question.kpi.is_money:
        return []
    exact = write_amount(question.kpi, question.figure.sums.numerator)
    return [fact(_("To the cent"), exact)]


def _year(question: Question) -> list[dict[str, str]]:
    """The same period a year before and, for what adds up, the sum of twelve months."""
    kpi, chart = question.kpi, question.chart
    index = next((i for i, one in enumerate(chart) if one is question.figure), -1)
    size = 12 // GRAINS[question.period.grain]
    if size == 1 or index < size:
        return []
    found = [fact(_("A year before"), worth_text(kpi, chart[index - size].worth))]
    if kpi.is_ratio or kpi.is_stock:
        return found
    values = [one.worth.value or 0 for one in chart[index - size + 1 : index + 1]]
    return [*found, fact(_("Sum of 12 months"), write(kpi, sum(values)))]


def _published(question: Question) -> str:
    figure = question.figure
    if figure.published is None:
        return ""
    value = worth_text(question.kpi, figure.published)
    return value if figure.restated else _("unchanged: %(value)s") % {"value": value}


def _published_note(figure: Figure) -> str:
    if figure.published_at is None:
        return ""
    return _("on %(instant)s") % {"instant": format_instant(figure.published_at)}


def _settlement(question: Question) -> list[dict[str, str]]:
    """Until when the figure is provisional."""
    if not question.figure.provisional:
        return []
    day = question.period.settled_after(settle_days(question.kpi))
    note = _("published by the first run after it")
    return [fact(_("Provisional until"), format_date(day), note)]


def lapsing(question: Question) -> list[dict[str, str]]:
    """Beside the active customers: those whose cover ended within the grace period.

    A loss in the ledger not longer ago than the grace is a customer who may still renew.
    """
    if question.kpi.key != "active_customers" or question.member is not None:
        return []
    day = min(question.period.ends_on, question.run.date)
    since = day - timedelta(days=settings.BRM.renewal_grace_days)
    count = (
        Contribution.objects.filter(visible(question.run), kpi=find("lost_customers").code)
        .filter(occurred_on__gt=since, occurred_on__lte=day)
        .count()
    )
    note = _("cover ended within the grace period; not counted")
    return [fact(_("Lapsing beside them"), format_number(count), note)]
