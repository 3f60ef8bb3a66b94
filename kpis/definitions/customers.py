"""New, returned, lost and active customers: KPIs of customer spells."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from brm.core.dialect import add_days, first_of_month, kept, last_day_of, month_of, unsought
from customers.models import Agreement, Customer

from .declaration import OF_THE_CUSTOMER, Dirty, Kpi, contribution, customer_of_the_day, given

DIMENSIONS = ("segment", "region", "manager", "kind")
Only = Callable[[str], str]

LIVING_CUSTOMER = "JOIN customers_customer c ON c.id = s.customer_id AND c.deleted_at IS NULL"
WRITES = (Dirty("spells"), Dirty("customer"))
BEGINNING = (
    "SELECT customer_id FROM customers_spell WHERE starts_on > %(since)s AND starts_on <= %(today)s"
)
ENDING = (
    "SELECT customer_id FROM customers_spell WHERE ends_on >= %(since)s AND ends_on < %(today)s"
)


def _gained(numbers: str) -> Callable[[Only], str]:
    def select(only: Only) -> str:
        return contribution(
            f"FROM customers_spell s {LIVING_CUSTOMER}"
            " JOIN customers_agreement a ON a.id = s.first_agreement_id"
            f" {customer_of_the_day('s.customer_id', 's.starts_on')}"
            f" WHERE s.number {numbers} AND {unsought('s.starts_on')} <= %(today)s"
            f" {only('s.customer_id')}",
            source_id="s.first_agreement_id",
            part="''",
            subject_id="s.customer_id",
            occurred_on="s.starts_on",
            month=month_of("s.starts_on"),
            numerator="10000",
            customer_id="s.customer_id",
            reference="a.reference",
            **OF_THE_CUSTOMER,
        )

    return select


def _lost(only: Only) -> str:
    """Spells that are over, dated by the first uncovered day."""
    day = add_days("s.ends_on", "1")
    reason = (
        "CASE WHEN a.status = 'terminated' THEN " + given("a.termination_reason") + " ELSE"
        " 'expired' END"
    )
    left_out = "a.status = 'terminated' AND a.termination_reason IN ('merged', 'moved_in_group')"
    return contribution(
        f"FROM customers_spell s {LIVING_CUSTOMER}"
        " JOIN customers_agreement a ON a.id = s.last_agreement_id"
        f" {customer_of_the_day('s.customer_id', day)}"
        f" WHERE {unsought('s.ends_on')} < %(today)s {only('s.customer_id')}",
        source_id="s.last_agreement_id",
        part="''",
        subject_id="s.customer_id",
        occurred_on=day,
        month=month_of(day),
        numerator=f"CASE WHEN {left_out} THEN 0 ELSE 10000 END",
        customer_id="s.customer_id",
        reason=reason,
        reference="a.reference",
        **OF_THE_CUSTOMER,
    )


def _active(only: Only) -> str:
    """A row a month for each customer in a spell at its end; the current month ends today."""
    last_day, following = last_day_of("m.month"), first_of_month("first_day", 1)
    judged_on = f"CASE WHEN {last_day} < %(today)s THEN {last_day} ELSE %(today)s END"
    return f"""WITH RECURSIVE begun (first_day) AS (
    SELECT {first_of_month("MIN(s.starts_on)")} FROM customers_spell s
    WHERE s.starts_on <= %(today)s {only("s.customer_id")}
    UNION ALL SELECT {following} FROM begun WHERE {following} <= %(today)s
), months AS (
    SELECT {month_of("first_day")} AS month FROM begun WHERE first_day IS NOT NULL
), judged AS {kept()} (
    SELECT m.month, {last_day} AS last_day, {judged_on} AS day FROM months m
) """ + contribution(
        f"FROM judged m JOIN customers_spell s ON {unsought('s.starts_on')} <= m.day"
        f" AND ({unsought('s.ends_on')} IS NULL OR {unsought('s.ends_on')} >= m.day)"
        f" {only('s.customer_id')}"
        f" {LIVING_CUSTOMER} {customer_of_the_day('s.customer_id', 'm.day')}",
        source_id="s.customer_id",
        part="SUBSTR(CAST(m.last_day AS text), 1, 7)",
        subject_id="s.customer_id",
        occurred_on="m.last_day",
        month="m.month",
        numerator="10000",
        customer_id="s.customer_id",
        reference="c.reference",
        **OF_THE_CUSTOMER,
    )


ACTIVE_CALENDAR = (
    BEGINNING,
    ENDING,
    # What holds today: dimensions that came into force.
    "SELECT customer_id FROM customers_customerinterval"
    " WHERE starts_on > %(since)s AND starts_on <= %(today)s",
    # A new month: everybody who was active in the last one.
    "SELECT customer_id FROM customers_spell WHERE starts_on <= %(today)s"
    " AND (ends_on IS NULL OR ends_on >= %(since)s) AND %(new_month)s",
)

CUSTOMER_KPIS = (
    Kpi(
        key="new_customers",
        code=1,
        name=_("New customers"),
        formula=_("Customers whose first spell began; dated by its first day."),
        unit="count",
        direction="up",
        dimensions=DIMENSIONS,
        source=Agreement,
        source_type="agreement",
        select=_gained("= 1"),
        dirty=WRITES,
        calendar=(BEGINNING,),
        settle_days=None,
    ),
    Kpi(
        key="returned_customers",
        code=2,
        name=_("Returned customers"),
        formula=_("Customers who came back after a loss; dated by the first day of the spell."),
        unit="count",
        direction="up",
        dimensions=DIMENSIONS,
        source=Agreement,
        source_type="agreement",
        select=_gained("> 1"),
        dirty=WRITES,
        calendar=(BEGINNING,),
        settle_days=None,
    ),
    Kpi(
        key="lost_customers",
        code=3,
        name=_("Lost customers"),
        formula=_(
            "Customers whose spell ended, dated by the first day without an agreement: one that"
            " ends on the last day of January is a loss of February. A renewal within the grace"
            " period takes the loss back. Customers merged or moved within their group are listed"
            " and not counted."
        ),
        unit="count",
        direction="down",
        dimensions=(*DIMENSIONS, "reason"),
        source=Agreement,
        source_type="agreement",
        select=_lost,
        dirty=WRITES,
        calendar=(ENDING,),
        settle_days=None,
    ),
    Kpi(
        key="active_customers",
        code=4,
        name=_("Active customers"),
        formula=_(
            "Customers in a spell on the last day of the month, in the current month today. A"
            " quarter or year shows its last month that has begun."
        ),
        unit="stock",
        direction="up",
        dimensions=DIMENSIONS,
        source=Customer,
        source_type="customer",
        select=_active,
        dirty=WRITES,
        calendar=ACTIVE_CALENDAR,
        settle_days=None,
    ),
)
