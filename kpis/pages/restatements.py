"""Published figures that are no longer what was published."""

from typing import Any

from brm.core.instants import write_instant

from ..definitions import Kpi
from ..judging import Worth
from .cards import worth_text
from .question import Question
from .wording import period_name, write, write_difference


def restatements_context(question: Question) -> dict[str, Any]:
    """`restatements` as kpis/_restatements.html takes it, the latest period first."""
    kpi = question.kpi
    return {
        "items": [
            {
                "period": period_name(figure.period),
                "published": exact(kpi, figure.published),
                "now": exact(kpi, figure.worth),
                "difference": _difference(kpi, figure.published, figure.worth),
                "published_at": figure.published_at,
                "url": question.address.link(
                    part="comparison",
                    period=figure.period,
                    since=write_instant(figure.published_at),
                    until=None,
                    after=None,
                ),
            }
            for figure in reversed(question.chart)
            if figure.restated
        ]
    }


def exact(kpi: Kpi, worth: Worth) -> str:
    """A value with all its cents, or why there is none."""
    if worth.value is None:
        return worth_text(kpi, worth)
    return write(kpi, worth.value, places=2) if kpi.is_money else write(kpi, worth.value)


def _difference(kpi: Kpi, before: Worth, after: Worth) -> str:
    if before.value is None or after.value is None:
        return ""
    return write_difference(kpi, after.value - before.value)
