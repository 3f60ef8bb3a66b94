"""The strategy-stage KPIs. To add one, declare it beside its like and list it here."""

import hashlib

from .customers import CUSTOMER_KPIS
from .declaration import DIMENSIONS, SUBJECTS, Dimension, Dirty, Kpi
from .feedback import COMPLAINT_KPIS, SURVEY_KPIS
from .finance import LINE_KPIS, PROPOSAL_KPIS
from .strategy import STRATEGY_KPIS

__all__ = [
    "DIMENSIONS",
    "HEADLINES",
    "KPIS",
    "SUBJECTS",
    "Dimension",
    "Dirty",
    "Kpi",
    "by_code",
    "digest",
    "find",
]

# In the order in which pages list them.
KPIS: tuple[Kpi, ...] = (
    *CUSTOMER_KPIS,
    *LINE_KPIS,
    *COMPLAINT_KPIS,
    *SURVEY_KPIS,
    *PROPOSAL_KPIS,
    *STRATEGY_KPIS,
)

# The eight of the scorecard; the others are their companions.
HEADLINES = (
    "new_customers",
    "lost_customers",
    "budget_overruns",
    "complaints",
    "surveys_completed",
    "service_satisfaction",
    "cost_optimisations",
    "strategic_initiatives",
)

_BY_KEY = {kpi.key: kpi for kpi in KPIS}
_BY_CODE = {kpi.code: kpi for kpi in KPIS}


def find(key: str) -> Kpi | None:
    """The KPI with this key, if there is one."""
    return _BY_KEY.get(key)


def by_code(code: int) -> Kpi:
    """The KPI with this code."""
    return _BY_CODE[code]


def digest() -> str:
    """A short text that changes with any definition's contributions or dimensions."""
    texts = [
        f"{kpi.key} {kpi.code} {kpi.dimensions} {kpi.settle_days} {kpi.select(lambda column: '')}"
        for kpi in KPIS
    ]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
