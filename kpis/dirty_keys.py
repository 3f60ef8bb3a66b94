"""Which writes put which keys into the dirty queue; the KPIs name the kinds they watch."""

from brm.core.dirty import register
from brm.core.models import User
from customers.models import Agreement, Customer, CustomerInterval
from feedback.models import Complaint, Invitation, Response, Survey
from finance.models import BudgetLine, BudgetRevision, CostEntry, Proposal
from services.models import Service, ServiceInterval
from strategy.models import Initiative, Objective

SOURCE = ("deleted_at", "reference")
DATES = ("starts_on", "ends_on")

register(
    Agreement,
    "spells",
    "customer_id",
    (*SOURCE, *DATES, "customer", "status", "counts_for_customer", "termination_reason"),
)
register(Customer, "customer", "id", SOURCE)
register(
    CustomerInterval,
    "customer",
    "customer_id",
    (*DATES, "customer", "manager", "segment", "region", "kind"),
)
register(ServiceInterval, "service", "service_id", (*DATES, "service", "owner"))
register(Service, "service_reference", "id", ("reference",))

register(
    Complaint,
    "complaint",
    "id",
    (
        *SOURCE,
        "status",
        "received_on",
        "acknowledge_due_at",
        "acknowledged_at",
        "finding",
        "customer",
        "service",
        "channel",
    ),
)
register(Survey, "survey", "id", (*SOURCE, "service", "closed_on"))
register(
    Invitation,
    "invitation",
    "id",
    (*SOURCE, "survey", "customer", "service", "status", "invited_on"),
)
ANSWER = ("deleted_at", "invitation", "survey", "completed_on", "is_test")
register(Response, "invitation", "invitation_id", ANSWER)
register(Response, "response", "id", (*ANSWER, "reference", "customer", "service", "satisfaction"))

register(
    BudgetLine,
    "budget_line",
    "id",
    (*SOURCE, "status", "service", "cost_type", "owner", "tolerance_percent", "budget_rate"),
)
register(BudgetRevision, "budget_line", "line_id", ("line", "effective_on", "amount", "is_first"))
register(
    CostEntry,
    "budget_line",
    "budget_line_id",
    ("deleted_at", "posted_on", "amount_line", "budget_line"),
)
register(
    Proposal,
    "proposal",
    "id",
    (
        *SOURCE,
        "kind",
        "status",
        "service",
        "submitted_on",
        "verified_on",
        "verified_saving_base",
    ),
)
register(Initiative, "initiative", "id", (*SOURCE, "kind", "objective", "sponsor", "started_on"))

# How members are called.
register(Customer, "customer_name", "id", ("reference", "name"))
register(Service, "service_name", "id", ("reference", "name"))
register(Objective, "objective_name", "id", ("reference", "title"))
register(User, "user_name", "id", ("username", "name"))
