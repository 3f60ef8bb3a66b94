"""KPIs of complaints and surveys."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from brm.core.dialect import month_of, unsought
from feedback.models import Complaint, Invitation, Response, Survey

from .declaration import OF_THE_CUSTOMER, Dirty, Kpi, contribution, customer_of_the_day, given

Only = Callable[[str], str]

# --- Complaints ----------------------------------------------------------------------------------

COMPLAINT_DIMENSIONS = ("customer", "service", "segment", "region", "manager", "channel")
COUNTED = "f.status NOT IN ('duplicate', 'withdrawn')"
COMPLAINT_WRITES = (
    Dirty("complaint"),
    Dirty("customer", "SELECT id FROM feedback_complaint WHERE customer_id IN ({keys})"),
)
RECEIVED = (
    "SELECT id FROM feedback_complaint WHERE received_on > %(since)s AND received_on <= %(today)s"
)
FALLEN_DUE = (
    "SELECT id FROM feedback_complaint"
    " WHERE acknowledge_due_at > %(since_now)s AND acknowledge_due_at <= %(now)s"
)


def _complaints(
    which: str, numerator: str = "10000", denominator: str | None = None
) -> Callable[[Only], str]:
    def select(only: Only) -> str:
        return contribution(
            f"FROM feedback_complaint f {customer_of_the_day('f.customer_id', 'f.received_on')}"
            f" WHERE f.deleted_at IS NULL AND {unsought('f.received_on')} <= %(today)s"
            f" AND {which} {only('f.id')}",
            source_id="f.id",
            part="''",
            subject_id="f.id",
            occurred_on="f.received_on",
            month=month_of("f.received_on"),
            numerator=numerator,
            **({"denominator": denominator} if denominator else {}),
            customer_id="f.customer_id",
            service_id="f.service_id",
            channel=given("f.channel"),
            reference="f.reference",
            **OF_THE_CUSTOMER,
        )

    return select


COMPLAINT_KPIS = (
    Kpi(
        key="complaints",
        code=7,
        name=_("Complaints"),
        formula=_("Complaints received, without duplicates and withdrawn ones."),
        unit="count",
        direction="down",
        dimensions=COMPLAINT_DIMENSIONS,
        source=Complaint,
        source_type="complaint",
        select=_complaints(COUNTED),
        dirty=COMPLAINT_WRITES,
        calendar=(RECEIVED,),
    ),
    Kpi(
        key="complaints_withdrawn",
        code=8,
        name=_("Complaints withdrawn"),
        formula=_("Complaints received and withdrawn, which the headline leaves out."),
        unit="count",
        direction="down",
        dimensions=COMPLAINT_DIMENSIONS,
        source=Complaint,
        source_type="complaint",
        select=_complaints("f.status = 'withdrawn'"),
        dirty=COMPLAINT_WRITES,
        calendar=(RECEIVED,),
    ),
    Kpi(
        key="complaints_upheld",
        code=9,
        name=_("Complaints upheld"),
        formula=_("Complaints found to be justified, wholly or partly."),
        unit="count",
        direction="down",
        dimensions=COMPLAINT_DIMENSIONS,
        source=Complaint,
        source_type="complaint",
        select=_complaints(f"{COUNTED} AND f.finding IN ('upheld', 'partly')"),
        dirty=COMPLAINT_WRITES,
        calendar=(RECEIVED,),
    ),
    Kpi(
        key="complaints_acknowledged_in_time",
        code=10,
        name=_("Complaints acknowledged in time"),
        formula=_(
            "Share of the complaints due for acknowledgement that were acknowledged by then; by"
            " the month in which they were received."
        ),
        unit="ratio",
        direction="up",
        dimensions=COMPLAINT_DIMENSIONS,
        source=Complaint,
        source_type="complaint",
        select=_complaints(
            f"{COUNTED} AND f.acknowledge_due_at <= %(now)s",
            "CASE WHEN f.acknowledged_at <= f.acknowledge_due_at THEN 10000 ELSE 0 END",
            "10000",
        ),
        dirty=COMPLAINT_WRITES,
        calendar=(RECEIVED, FALLEN_DUE),
        wilson=True,
    ),
)

# --- Surveys -------------------------------------------------------------------------------------

RESPONSE_DIMENSIONS = ("service", "segment", "region", "manager")
COMPLETED = (
    "{completed_on} <= %(today)s AND NOT r.is_test"
    " AND r.deleted_at IS NULL AND s.deleted_at IS NULL"
)
RESPONSE_WRITES = (
    Dirty("response"),
    Dirty("customer", "SELECT id FROM feedback_response WHERE customer_id IN ({keys})"),
    Dirty("survey", "SELECT id FROM feedback_response WHERE survey_id IN ({keys})"),
)
RENAMED_SERVICE = Dirty(
    "service_reference",
    "SELECT id FROM feedback_response WHERE service_id IN ({keys})"
    " UNION SELECT id FROM feedback_response"
    " WHERE survey_id IN (SELECT id FROM feedback_survey WHERE service_id IN ({keys}))",
)
ANSWERED = (
    "SELECT id FROM feedback_response WHERE completed_on > %(since)s AND completed_on <= %(today)s"
)
SERVICE = "COALESCE(r.service_id, s.service_id)"


def _responses(
    numerator: str = "10000",
    denominator: str | None = None,
    part: str = "''",
    which: str = "",
) -> Callable[[Only], str]:
    def select(only: Only) -> str:
        completed = COMPLETED.format(completed_on=unsought("r.completed_on"))
        return contribution(
            f"FROM feedback_response r JOIN feedback_survey s ON s.id = {unsought('r.survey_id')}"
            f" LEFT JOIN services_service v ON v.id = {SERVICE}"
            f" {customer_of_the_day('r.customer_id', 'r.completed_on')}"
            f" WHERE {completed} {which} {only('r.id')}",
            source_id="r.id",
            part=part,
            subject_id="r.id",
            occurred_on="r.completed_on",
            month=month_of("r.completed_on"),
            numerator=numerator,
            **({"denominator": denominator} if denominator else {}),
            customer_id="r.customer_id",
            service_id=SERVICE,
            reference="r.reference",
            **OF_THE_CUSTOMER,
        )

    return select


def _closed(only: Only) -> str:
    return contribution(
        "FROM feedback_survey s WHERE s.deleted_at IS NULL AND s.closed_on <= %(today)s"
        f" {only('s.id')}",
        source_id="s.id",
        part="''",
        subject_id="s.id",
        occurred_on="s.closed_on",
        month=month_of("s.closed_on"),
        numerator="10000",
        service_id="s.service_id",
        reference="s.reference",
    )


def _response_rate(only: Only) -> str:
    """Delivered invitations; completed when a response to one counts as completed."""
    answered = (
        "EXISTS (SELECT 1 FROM feedback_response r WHERE r.invitation_id = i.id"
        " AND r.completed_on <= %(today)s AND NOT r.is_test AND r.deleted_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM feedback_survey o"
        " WHERE o.id = r.survey_id AND o.deleted_at IS NOT NULL))"
    )
    return contribution(
        f"FROM feedback_invitation i JOIN feedback_survey s ON s.id = {unsought('i.survey_id')}"
        f" {customer_of_the_day('i.customer_id', 'i.invited_on')}"
        " WHERE i.deleted_at IS NULL AND s.deleted_at IS NULL AND i.status <> 'bounced'"
        f" AND {unsought('i.invited_on')} <= %(today)s {only('i.id')}",
        source_id="i.id",
        part="''",
        subject_id="i.id",
        occurred_on="i.invited_on",
        month=month_of("i.invited_on"),
        numerator=f"CASE WHEN {answered} THEN 10000 ELSE 0 END",
        denominator="10000",
        customer_id="i.customer_id",
        service_id="COALESCE(i.service_id, s.service_id)",
        reference="i.reference",
        **OF_THE_CUSTOMER,
    )


SURVEY_KPIS = (
    Kpi(
        key="surveys_completed",
        code=11,
        name=_("Surveys completed"),
        formula=_("Completed responses; partial and test responses never count."),
        unit="count",
        direction="up",
        dimensions=RESPONSE_DIMENSIONS,
        source=Response,
        source_type="response",
        select=_responses(),
        dirty=RESPONSE_WRITES,
        calendar=(ANSWERED,),
    ),
    Kpi(
        key="surveys_closed",
        code=12,
        name=_("Surveys closed"),
        formula=_("Surveys that closed; dated by their closing."),
        unit="count",
        direction="up",
        dimensions=("service",),
        source=Survey,
        source_type="survey",
        select=_closed,
        dirty=(Dirty("survey"),),
        calendar=(
            "SELECT id FROM feedback_survey WHERE closed_on > %(since)s AND closed_on <= %(today)s",
        ),
    ),
    Kpi(
        key="survey_response_rate",
        code=13,
        name=_("Survey response rate"),
        formula=_("Share of the delivered invitations that were answered in full."),
        unit="ratio",
        direction="up",
        dimensions=("service", "segment"),
        source=Invitation,
        source_type="invitation",
        select=_response_rate,
        dirty=(
            Dirty("invitation"),
            Dirty("customer", "SELECT id FROM feedback_invitation WHERE customer_id IN ({keys})"),
            Dirty("survey", "SELECT id FROM feedback_invitation WHERE survey_id IN ({keys})"),
            Dirty(
                "survey",
                "SELECT invitation_id FROM feedback_response"
                " WHERE invitation_id IS NOT NULL AND survey_id IN ({keys})",
            ),
        ),
        calendar=(
            "SELECT id FROM feedback_invitation"
            " WHERE invited_on > %(since)s AND invited_on <= %(today)s",
            "SELECT invitation_id FROM feedback_response WHERE invitation_id IS NOT NULL"
            " AND completed_on > %(since)s AND completed_on <= %(today)s",
        ),
        settle_days=30,
        wilson=True,
    ),
    Kpi(
        key="service_satisfaction",
        code=14,
        name=_("Service satisfaction"),
        formula=_(
            "Share of the completed responses that are satisfied with the service: three quarters"
            " of the way from the worst to the best score, or more. With a Wilson 95 % interval."
        ),
        unit="ratio",
        direction="up",
        dimensions=("service", "customer", "segment", "region", "manager"),
        source=Response,
        source_type="response",
        select=_responses(
            "CASE WHEN r.satisfaction >= 750000 THEN 10000 ELSE 0 END",
            "10000",
            "COALESCE(v.reference, '')",
            "AND r.satisfaction IS NOT NULL",
        ),
        dirty=(*RESPONSE_WRITES, RENAMED_SERVICE),
        calendar=(ANSWERED,),
        wilson=True,
    ),
    Kpi(
        key="satisfaction_score",
        code=15,
        name=_("Satisfaction score"),
        formula=_("Mean of the normalised scores: 0 % is the worst, 100 % the best."),
        unit="ratio",
        direction="up",
        dimensions=("service", "customer", "segment", "region", "manager"),
        source=Response,
        source_type="response",
        select=_responses(
            "(r.satisfaction + 50) / 100",
            "10000",
            "COALESCE(v.reference, '')",
            "AND r.satisfaction IS NOT NULL",
        ),
        dirty=(*RESPONSE_WRITES, RENAMED_SERVICE),
        calendar=(ANSWERED,),
    ),
)
