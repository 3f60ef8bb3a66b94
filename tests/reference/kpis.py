"""All contributions of a company: what the ledger holds open after a run at an instant."""

from __future__ import annotations

from datetime import datetime

from .company import Company
from .contribution import Contribution, Reading
from .customer_kpis import customer_contributions
from .feedback_kpis import complaint_contributions, survey_contributions
from .finance_kpis import line_contributions, proposal_contributions
from .strategy_kpis import initiative_contributions

RECORDS = (
    customer_contributions,
    line_contributions,
    proposal_contributions,
    complaint_contributions,
    survey_contributions,
    initiative_contributions,
)


def contributions(company: Company, *, now: datetime) -> list[Contribution]:
    """Every contribution to every KPI, ordered by key, as a run that starts at `now` finds them.

    Raises ValueError for a naive instant and for customers merged in a circle.
    """
    reading = Reading(company, now)
    found = [contribution for of_record in RECORDS for contribution in of_record(reading)]
    return sorted(found, key=lambda contribution: contribution.key)
