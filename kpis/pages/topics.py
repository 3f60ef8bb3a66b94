"""The topics under which pages list the KPIs."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..definitions import KPIS, Kpi


@dataclass(frozen=True)
class Topic:
    """A heading of the scorecard; `keys` in the order of its cards."""

    key: str
    title: Any
    icon: str
    keys: tuple[str, ...]

    @property
    def kpis(self) -> list[Kpi]:
        by_key = {kpi.key: kpi for kpi in KPIS}
        return [by_key[key] for key in self.keys]


TOPICS = (
    Topic(
        "customers",
        _("Customers"),
        "building-2",
        ("new_customers", "lost_customers", "returned_customers", "active_customers"),
    ),
    Topic(
        "finance",
        _("Finance"),
        "wallet",
        ("budget_overruns", "budget_overrun_amount", "cost_optimisations", "cost_savings_verified"),
    ),
    Topic(
        "complaints",
        _("Feedback: complaints"),
        "message-square-warning",
        (
            "complaints",
            "complaints_acknowledged_in_time",
            "complaints_upheld",
            "complaints_withdrawn",
        ),
    ),
    Topic(
        "satisfaction",
        _("Feedback: satisfaction"),
        "smile",
        ("service_satisfaction", "satisfaction_score"),
    ),
    Topic(
        "surveys",
        _("Feedback: surveys"),
        "clipboard-list",
        ("surveys_completed", "survey_response_rate", "surveys_closed"),
    ),
    Topic("strategy", _("Strategy"), "flag", ("strategic_initiatives",)),
)


def page_of(kpi: Kpi) -> str:
    """The address of a KPI's page."""
    return reverse("kpi-page", args=[kpi.key])


def topic_of(kpi: Kpi) -> Topic:
    """The topic a KPI is listed under."""
    return next(topic for topic in TOPICS if kpi.key in topic.keys)
