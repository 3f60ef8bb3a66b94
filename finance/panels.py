"""What finance shows on the pages of services, initiatives and budget lines."""

from brm.core.crud import register_panel
from services.models import Service
from strategy.models import Initiative

from .models import BudgetLine
from .views import BudgetLineViews, CostEntryViews, ProposalViews

LINE = ("name", "status", "amount", "starts_on", "ends_on")
register_panel(Service, BudgetLineViews, "service", order=50, columns=LINE)
register_panel(Initiative, BudgetLineViews, "initiative", order=50, columns=LINE)
register_panel(
    BudgetLine,
    CostEntryViews,
    "budget_line",
    order=10,
    columns=("reference", "posted_on", "amount", "amount_line"),
)
register_panel(
    Service,
    ProposalViews,
    "service",
    order=60,
    columns=("title", "kind", "status", "submitted_on"),
)
