"""The page of one KPI."""

from typing import Any

from django.utils.translation import gettext as _

from ..definitions import DIMENSIONS, Kpi
from ..figures import series
from ..judging import Targets
from ..models import Run
from .address import Address
from .behind import part_context, tabs_context
from .breakdown import breakdown_context, record_address
from .charting import chart_context, chart_months
from .controls import controls_context
from .figure import figure_context, filled
from .question import Question
from .standing import Standing
from .topics import topic_of
from .wording import dimension_name, member_text


def kpi_context(kpi: Kpi, address: Address, standing: Standing, user: Any) -> dict[str, Any]:
    """All that kpis/kpi.html needs; without a run only the head."""
    topic = topic_of(kpi)
    head = {
        "name": str(kpi.name),
        "topic": str(topic.title),
        "icon": topic.icon,
        "sentence": "",
        "member": None,
        "scorecard_url": address.other("/kpis/"),
    }
    if standing.run is None:
        return {"kpi": head}
    question = ask(kpi, address, standing.run, user)
    head["sentence"] = sentence(kpi)
    head["member"] = _member(question)
    return {
        "kpi": head,
        "controls": controls_context(address, question.period, standing.run),
        "figure": figure_context(question),
        "chart": chart_context(question),
        "breakdown": breakdown_context(question),
        "tabs": tabs_context(question),
        **part_context(question),
    }


def ask(kpi: Kpi, address: Address, run: Run, user: Any) -> Question:
    """What the address asks, with the figures of the chart's periods."""
    period = address.period(run.date)
    dimension, member = address.member(kpi)
    start, end = chart_months(period, run)
    targets = Targets(kpi, address.at)
    options = {
        "grain": period.grain,
        "dimension": dimension if member else None,
        "member": member,
        "at": address.at,
        "run": run,
        "targets": targets,
    }
    found = series(kpi, start=start, end=end, **options)
    chart = filled(found, start, end, member is not None, targets)
    figure = next((one for one in chart if one.period == period), None)
    if figure is None:
        alone = series(kpi, start=period.first, end=period.first, **options)
        figure = filled(alone, period.first, period.first, member is not None, targets)[0]
    return Question(
        kpi=kpi,
        address=address,
        run=run,
        user=user,
        period=period,
        dimension=dimension or (kpi.dimensions[0] if kpi.dimensions else None),
        member=member,
        targets=targets,
        figure=figure,
        chart=chart,
    )


def sentence(kpi: Kpi) -> str:
    """What a reader of this KPI must know."""
    if kpi.key == "lost_customers":
        return _(
            "A loss is dated by the first day without an agreement: one that ends on the last day"
            " of January is a loss of February."
        )
    return ""


def _member(question: Question) -> dict[str, Any] | None:
    """The member the page is filtered by, as a chip."""
    if question.member is None:
        return None
    named = question.figure.member_name or question.member
    dimension = DIMENSIONS[question.dimension]
    return {
        "dimension": dimension_name(question.dimension),
        "name": member_text(question.dimension, named),
        "remove_url": question.address.link(member=None, after=None),
        "url": record_address(dimension, question.figure.member_id),
    }
