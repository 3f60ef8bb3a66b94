"""The KPIs in DuckDB's SQL, family by family, from the normalised records to monthly sums."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kpis.definitions import DIMENSIONS, find

from .volume import NOW, TODAY

RESULT = (
    "CREATE TABLE sums (kpi BIGINT, dimension BIGINT, month BIGINT, member_id BIGINT,"
    " member_text VARCHAR, numerator BIGINT, denominator BIGINT, row_count BIGINT, nonzero BIGINT)"
)
DAY, INSTANT = f"DATE '{TODAY}'", f"TIMESTAMP '{NOW:%Y-%m-%d %H:%M:%S}'"


@dataclass(frozen=True)
class Measure:
    """One KPI of a family: which of its records count, and their numerator and denominator."""

    key: str
    condition: str = "TRUE"
    numerator: str = "10000"
    denominator: str = "0"


@dataclass(frozen=True)
class Family:
    """KPIs of the same records. `records` selects them with `day`, the columns of the dimensions
    and whatever the measures refer to."""

    records: str
    dimensions: Sequence[str]
    measures: Sequence[Measure]

    def statements(self) -> Iterator[str]:
        """Statements that add the family's sums to the table `sums`."""
        columns = [DIMENSIONS[name].column for name in self.dimensions]
        sets = ", ".join(["(month)", *(f"(month, {column})" for column in columns)])
        sums = ", ".join(
            term for number, m in enumerate(self.measures) for term in _sums(number, m)
        )
        listed = ", ".join(columns)
        yield (
            f"CREATE OR REPLACE TEMP TABLE grouped AS SELECT GROUPING({listed}) AS place, month,"
            f" {listed}, {sums} FROM (SELECT *, year(day) * 100 + month(day) AS month"
            f" FROM ({self.records})) GROUP BY GROUPING SETS ({sets})"
        )
        whole = 2 ** len(columns) - 1
        for number, measure in enumerate(self.measures):
            kpi = find(measure.key)
            taken = f"numerator{number}, denominator{number}, rows{number}, nonzero{number}"
            places = [(whole, 0, "0", "''")]
            for index, name in enumerate(self.dimensions):
                if name in kpi.dimensions:
                    member = _member(name)
                    places.append((whole - 2 ** (len(columns) - 1 - index), *member))
            for place, code, member_id, member_text in places:
                yield (
                    f"INSERT INTO sums SELECT {kpi.code}, {code}, month, {member_id},"
                    f" {member_text}, {taken} FROM grouped"
                    f" WHERE place = {place} AND rows{number} > 0"
                )


def _member(name: str) -> tuple[int, str, str]:
    dimension = DIMENSIONS[name]
    if dimension.member_kind:
        return dimension.code, f"COALESCE({dimension.column}, 0)", "''"
    return dimension.code, "0", f"COALESCE({dimension.column}, '')"


def _sums(number: int, measure: Measure) -> list[str]:
    where = f"FILTER (WHERE {measure.condition})"
    return [
        f"SUM({measure.numerator}) {where} AS numerator{number}",
        f"COALESCE(SUM({measure.denominator}) {where}, 0) AS denominator{number}",
        f"COUNT(*) {where} AS rows{number}",
        f"COUNT(*) FILTER (WHERE ({measure.condition}) AND ({measure.numerator}) <> 0)"
        f" AS nonzero{number}",
    ]


def of_the_day(customer: str, day: str) -> str:
    """A join `d` to the customer's dimensions in force on a day."""
    return (
        f"ASOF LEFT JOIN customers_customerinterval d"
        f" ON d.customer_id = {customer} AND {day} >= d.starts_on"
    )


OF_CUSTOMER = "d.manager_id, d.segment, d.region, d.kind"

# --- Customers -----------------------------------------------------------------------------------

LIVING = "JOIN customers_customer c ON c.id = s.customer_id AND c.deleted_at IS NULL"
GAINED = Family(
    f"SELECT s.starts_on AS day, s.number, {OF_CUSTOMER} FROM customers_spell s {LIVING}"
    f" {of_the_day('s.customer_id', 's.starts_on')} WHERE s.starts_on <= {DAY}",
    ("manager", "segment", "region", "kind"),
    (Measure("new_customers", "number = 1"), Measure("returned_customers", "number > 1")),
)
LOST = Family(
    f"SELECT s.day, {OF_CUSTOMER}, CASE WHEN a.status = 'terminated' THEN a.termination_reason"
    " ELSE 'expired' END AS reason FROM (SELECT *, ends_on + 1 AS day FROM customers_spell) s"
    f" {LIVING} JOIN customers_agreement a ON a.id = s.last_agreement_id"
    f" {of_the_day('s.customer_id', 's.day')} WHERE s.ends_on < {DAY}",
    ("manager", "segment", "region", "kind", "reason"),
    (
        Measure(
            "lost_customers",
            numerator="CASE WHEN reason IN ('merged', 'moved_in_group') THEN 0 ELSE 10000 END",
        ),
    ),
)
MONTHS = (
    "SELECT last_day(CAST(first AS DATE)) AS day, least(last_day(CAST(first AS DATE)),"
    f" {DAY}) AS judged FROM (SELECT unnest(generate_series(date_trunc('month',"
    f" (SELECT MIN(starts_on) FROM customers_spell)), {DAY}, INTERVAL 1 MONTH)) AS first)"
)
ACTIVE = Family(
    f"SELECT s.day, {OF_CUSTOMER} FROM (SELECT m.day, m.judged, x.customer_id"
    f" FROM ({MONTHS}) m JOIN customers_spell x ON x.starts_on <= m.judged"
    f" AND (x.ends_on IS NULL OR x.ends_on >= m.judged)) s {LIVING}"
    f" {of_the_day('s.customer_id', 's.judged')}",
    ("manager", "segment", "region", "kind"),
    (Measure("active_customers"),),
)

# --- Feedback ------------------------------------------------------------------------------------

COUNTED = "status NOT IN ('duplicate', 'withdrawn')"
COMPLAINTS = Family(
    "SELECT f.received_on AS day, f.service_id, f.channel, f.status, f.finding,"
    f" f.acknowledge_due_at, f.acknowledged_at, {OF_CUSTOMER} FROM feedback_complaint f"
    f" {of_the_day('f.customer_id', 'f.received_on')}"
    f" WHERE f.deleted_at IS NULL AND f.received_on <= {DAY}",
    ("service", "segment", "region", "manager", "channel"),
    (
        Measure("complaints", COUNTED),
        Measure("complaints_withdrawn", "status = 'withdrawn'"),
        Measure("complaints_upheld", f"{COUNTED} AND finding IN ('upheld', 'partly')"),
        Measure(
            "complaints_acknowledged_in_time",
            f"{COUNTED} AND acknowledge_due_at <= {INSTANT}",
            "CASE WHEN acknowledged_at <= acknowledge_due_at THEN 10000 ELSE 0 END",
            "10000",
        ),
    ),
)
JUDGED = "satisfaction IS NOT NULL"
RESPONSES = Family(
    "SELECT r.completed_on AS day, COALESCE(r.service_id, v.service_id) AS service_id,"
    f" r.satisfaction, {OF_CUSTOMER} FROM feedback_response r"
    " JOIN feedback_survey v ON v.id = r.survey_id AND v.deleted_at IS NULL"
    f" {of_the_day('r.customer_id', 'r.completed_on')}"
    f" WHERE r.completed_on <= {DAY} AND NOT r.is_test AND r.deleted_at IS NULL",
    ("service", "segment", "region", "manager"),
    (
        Measure("surveys_completed"),
        Measure(
            "service_satisfaction",
            JUDGED,
            "CASE WHEN satisfaction >= 750000 THEN 10000 ELSE 0 END",
            "10000",
        ),
        Measure("satisfaction_score", JUDGED, "(satisfaction + 50) // 100", "10000"),
    ),
)
CLOSED = Family(
    "SELECT closed_on AS day, service_id FROM feedback_survey"
    f" WHERE deleted_at IS NULL AND closed_on <= {DAY}",
    ("service",),
    (Measure("surveys_closed"),),
)
INVITATIONS = Family(
    "SELECT i.invited_on AS day, COALESCE(i.service_id, v.service_id) AS service_id, d.segment,"
    " r.invitation_id IS NOT NULL AS answered FROM feedback_invitation i"
    " JOIN feedback_survey v ON v.id = i.survey_id AND v.deleted_at IS NULL"
    " LEFT JOIN (SELECT r.invitation_id FROM feedback_response r JOIN feedback_survey o"
    " ON o.id = r.survey_id AND o.deleted_at IS NULL"
    f" WHERE r.completed_on <= {DAY} AND NOT r.is_test AND r.deleted_at IS NULL"
    " AND r.invitation_id IS NOT NULL) r ON r.invitation_id = i.id"
    f" {of_the_day('i.customer_id', 'i.invited_on')}"
    f" WHERE i.deleted_at IS NULL AND i.status <> 'bounced' AND i.invited_on <= {DAY}",
    ("service", "segment"),
    (Measure("survey_response_rate", "TRUE", "CASE WHEN answered THEN 10000 ELSE 0 END", "10000"),),
)

# --- Finance and strategy ------------------------------------------------------------------------

DAYS = f"""
WITH lines AS (
    SELECT * FROM finance_budgetline WHERE status <> 'draft' AND deleted_at IS NULL
), by_day AS (
    SELECT line_id, day, CAST(SUM(spent) AS BIGINT) AS spent, MAX(revised) AS revised FROM (
        SELECT budget_line_id AS line_id, posted_on AS day, amount_line AS spent,
               CAST(NULL AS BIGINT) AS revised
        FROM finance_costentry
        WHERE deleted_at IS NULL AND posted_on <= {DAY} AND budget_line_id IS NOT NULL
        UNION ALL
        SELECT line_id, effective_on, 0, amount FROM finance_budgetrevision
        WHERE NOT is_first AND effective_on <= {DAY}
    ) GROUP BY ALL
), days AS (
    SELECT b.line_id, b.day, l.service_id, l.owner_id, l.cost_type, l.tolerance_percent,
           l.budget_rate, CAST(SUM(b.spent) OVER until_now AS BIGINT) AS actual,
           COALESCE(LAST_VALUE(b.revised IGNORE NULLS) OVER until_now, f.amount) AS allowed
    FROM by_day b JOIN lines l ON l.id = b.line_id
    JOIN finance_budgetrevision f ON f.line_id = b.line_id AND f.is_first
    WINDOW until_now AS (PARTITION BY b.line_id ORDER BY b.day
                         ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
"""
OF_LINE = "ANY_VALUE(service_id) AS service_id, ANY_VALUE(owner_id) AS owner_id"
OF_LINE += ", ANY_VALUE(cost_type) AS cost_type"
LINE_DIMENSIONS = ("service", "cost_type", "owner")
OVERRUNS = Family(
    f"{DAYS} SELECT line_id, MIN(day) AS day, {OF_LINE} FROM days"
    " WHERE CAST(actual AS HUGEINT) * 10000 > CAST(allowed AS HUGEINT) * (10000 +"
    " tolerance_percent) GROUP BY line_id",
    LINE_DIMENSIONS,
    (Measure("budget_overruns"),),
)
AMOUNTS = Family(
    f"""{DAYS}, ends AS (
    SELECT line_id, last_day(day) AS day, {OF_LINE}, CAST((CAST(greatest(0,
        arg_max(actual - allowed, day)) AS HUGEINT) * ANY_VALUE(budget_rate) + 50000000)
        // 100000000 AS BIGINT) AS overrun
    FROM days GROUP BY line_id, last_day(day)
) SELECT * FROM (SELECT *, overrun - COALESCE(LAG(overrun) OVER (
    PARTITION BY line_id ORDER BY day), 0) AS change FROM ends) WHERE change <> 0""",
    LINE_DIMENSIONS,
    (Measure("budget_overrun_amount", numerator="change * 100"),),
)


def _proposals(key: str, day: str, which: str, numerator: str) -> Family:
    return Family(
        f"SELECT p.{day} AS day, p.service_id, o.owner_id, p.verified_saving_base"
        " FROM finance_proposal p ASOF LEFT JOIN services_serviceinterval o"
        f" ON o.service_id = p.service_id AND p.{day} >= o.starts_on"
        f" WHERE p.deleted_at IS NULL AND p.{day} <= {DAY} AND {which}",
        ("service", "owner"),
        (Measure(key, numerator=numerator),),
    )


PROPOSED = _proposals("cost_optimisations", "submitted_on", "p.kind = 'cost_optimisation'", "10000")
SAVED = _proposals(
    "cost_savings_verified",
    "verified_on",
    "p.status IN ('implemented', 'verified') AND p.verified_saving_base IS NOT NULL",
    "verified_saving_base * 100",
)
INITIATIVES = Family(
    "SELECT started_on AS day, objective_id, sponsor_id AS owner_id FROM strategy_initiative"
    f" WHERE deleted_at IS NULL AND kind = 'strategic' AND started_on <= {DAY}",
    ("objective", "owner"),
    (Measure("strategic_initiatives"),),
)

FAMILIES = (
    *(GAINED, LOST, ACTIVE, COMPLAINTS, RESPONSES, CLOSED, INVITATIONS),
    *(OVERRUNS, AMOUNTS, PROPOSED, SAVED, INITIATIVES),
)
