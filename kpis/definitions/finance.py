"""Budget overruns, cost optimisations and verified savings."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from brm.core.dialect import at_rate, exact, last_day_of, month_of, unsought
from finance.models import BudgetLine, Proposal

from .declaration import Dirty, Kpi, contribution, given

Only = Callable[[str], str]

# --- Budget lines --------------------------------------------------------------------------------

LINE_WRITES = (Dirty("budget_line"),)
LINE_CALENDAR = (
    "SELECT budget_line_id FROM finance_costentry WHERE budget_line_id IS NOT NULL"
    " AND posted_on > %(since)s AND posted_on <= %(today)s",
    "SELECT line_id FROM finance_budgetrevision"
    " WHERE effective_on > %(since)s AND effective_on <= %(today)s",
)


def _days(only: Only) -> str:
    """Common tables up to `days`: per line and day of an event, what was spent by its end
    (`actual`) and what was allowed (`allowed`), in cents of the line's currency."""
    return f"""
WITH events AS (
    SELECT e.budget_line_id AS line_id, e.posted_on AS day, e.amount_line AS spent,
           CAST(NULL AS bigint) AS revised
    FROM finance_costentry e
    WHERE e.deleted_at IS NULL AND {unsought("e.posted_on")} <= %(today)s
      AND e.budget_line_id IS NOT NULL
      {only("e.budget_line_id")}
    UNION ALL
    SELECT v.line_id, v.effective_on, 0, v.amount FROM finance_budgetrevision v
    WHERE NOT v.is_first AND v.effective_on <= %(today)s {only("v.line_id")}
), by_day AS (
    SELECT line_id, day, SUM(spent) AS spent, MAX(revised) AS revised
    FROM events GROUP BY line_id, day
), running AS (
    SELECT line_id, day, revised,
           SUM(spent) OVER until_now AS actual, COUNT(revised) OVER until_now AS revisions
    FROM by_day WINDOW until_now AS (PARTITION BY line_id ORDER BY day)
), days AS (
    SELECT r.line_id, r.day, r.actual,
           COALESCE(MAX(r.revised) OVER (PARTITION BY r.line_id, r.revisions), f.amount) AS allowed
    FROM running r
    JOIN finance_budgetrevision f ON f.line_id = r.line_id AND f.is_first
)"""


# Looked up by its key: a common table of lines SQLite would read anew for each day.
LINE = "finance_budgetline l ON l.status <> 'draft' AND l.deleted_at IS NULL AND l.id ="
OF_THE_LINE = {
    "source_id": "l.id",
    "subject_id": "l.id",
    "service_id": "l.service_id",
    "owner_id": "l.owner_id",
    "cost_type": given("l.cost_type"),
    "reference": "l.reference",
}


def _crossings(only: Only) -> str:
    """The first day at whose end the actual exceeds the amount and its tolerance."""
    exceeded = f"{exact('d.actual')} * 10000 > {exact('d.allowed')} * (10000 + l.tolerance_percent)"
    return (
        f"{_days(only)}, crossed AS (SELECT d.line_id, MIN(d.day) AS day FROM days d"
        f" JOIN {LINE} d.line_id WHERE {exceeded} GROUP BY d.line_id) "
        + contribution(
            f"FROM crossed x JOIN {LINE} x.line_id",
            part="''",
            occurred_on="x.day",
            month=month_of("x.day"),
            numerator="10000",
            **OF_THE_LINE,
        )
    )


def _overrun_months(only: Only) -> str:
    """What a line's overrun grew by from one month's end to the next, where it changed."""
    month, last_day = month_of("d.day"), last_day_of("m.month")
    over = "CASE WHEN m.actual > m.allowed THEN m.actual - m.allowed ELSE 0 END"
    return f"""{_days(only)}, numbered AS (
    SELECT d.*, {month} AS month,
           ROW_NUMBER() OVER (PARTITION BY d.line_id, {month} ORDER BY d.day DESC) AS from_end
    FROM days d
), ends AS (
    SELECT m.line_id, m.month, {last_day} AS last_day,
           {at_rate(f"({over})", "l.budget_rate")} AS overrun
    FROM numbered m JOIN {LINE} m.line_id WHERE m.from_end = 1
), changes AS (
    SELECT e.line_id, e.month, e.last_day, e.overrun - COALESCE(
        LAG(e.overrun) OVER (PARTITION BY e.line_id ORDER BY e.month), 0) AS change
    FROM ends e
) """ + contribution(
        f"FROM changes m JOIN {LINE} m.line_id WHERE m.change <> 0",
        part="SUBSTR(CAST(m.last_day AS text), 1, 7)",
        occurred_on="m.last_day",
        month="m.month",
        numerator="m.change * 100",
        **OF_THE_LINE,
    )


LINE_KPIS = (
    Kpi(
        key="budget_overruns",
        code=5,
        name=_("Budget overruns"),
        formula=_(
            "Budget lines whose spending first exceeded the amount in force and its tolerance at"
            " the end of a day; dated by that day. A later credit does not undo it."
        ),
        unit="count",
        direction="down",
        dimensions=("service", "cost_type", "owner"),
        source=BudgetLine,
        source_type="budget_line",
        select=_crossings,
        dirty=LINE_WRITES,
        calendar=LINE_CALENDAR,
    ),
    Kpi(
        key="budget_overrun_amount",
        code=6,
        name=_("Budget overrun amount"),
        formula=_(
            "By how much the lines' overruns grew in the month, without tolerance, in the base"
            " currency at the line's budget rate. The months add up to the overrun."
        ),
        unit="money",
        direction="down",
        dimensions=("service", "cost_type", "owner"),
        source=BudgetLine,
        source_type="budget_line",
        select=_overrun_months,
        dirty=LINE_WRITES,
        calendar=LINE_CALENDAR,
    ),
)

# --- Proposals -----------------------------------------------------------------------------------

PROPOSAL_WRITES = (
    Dirty("proposal"),
    Dirty("service", "SELECT id FROM finance_proposal WHERE service_id IN ({keys})"),
)


def _proposals(day: str, which: str, numerator: str) -> Callable[[Only], str]:
    def select(only: Only) -> str:
        return contribution(
            "FROM finance_proposal p LEFT JOIN services_serviceinterval o"
            f" ON o.service_id = p.service_id AND o.starts_on <= {day}"
            f" AND (o.ends_on IS NULL OR o.ends_on > {day})"
            f" WHERE p.deleted_at IS NULL AND {day} <= %(today)s AND {which} {only('p.id')}",
            source_id="p.id",
            part="''",
            subject_id="p.id",
            occurred_on=day,
            month=month_of(day),
            numerator=numerator,
            service_id="p.service_id",
            owner_id="o.owner_id",
            reference="p.reference",
        )

    return select


def _proposed(day: str) -> str:
    return f"SELECT id FROM finance_proposal WHERE {day} > %(since)s AND {day} <= %(today)s"


PROPOSAL_KPIS = (
    Kpi(
        key="cost_optimisations",
        code=16,
        name=_("Cost optimisations proposed"),
        formula=_("Cost-optimisation proposals, dated by their first submission."),
        unit="count",
        direction="up",
        dimensions=("service", "owner"),
        source=Proposal,
        source_type="proposal",
        select=_proposals("p.submitted_on", "p.kind = 'cost_optimisation'", "10000"),
        dirty=PROPOSAL_WRITES,
        calendar=(_proposed("submitted_on"),),
    ),
    Kpi(
        key="cost_savings_verified",
        code=17,
        name=_("Cost savings verified"),
        formula=_("Verified savings of implemented proposals, dated by their verification."),
        unit="money",
        direction="up",
        dimensions=("service", "owner"),
        source=Proposal,
        source_type="proposal",
        select=_proposals(
            "p.verified_on",
            "p.status IN ('implemented', 'verified') AND p.verified_saving_base IS NOT NULL",
            "p.verified_saving_base * 100",
        ),
        dirty=PROPOSAL_WRITES,
        calendar=(_proposed("verified_on"),),
    ),
)
