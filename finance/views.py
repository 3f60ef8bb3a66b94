"""Pages of budgets, costs, proposals and exchange rates."""

from django.utils.translation import gettext_lazy as _

from brm.core.crud import CrudViews, written_fields
from brm.core.models import ExchangeRate
from brm.core.navigation import FINANCE

from .models import BudgetLine, CostEntry, Proposal


class BudgetLineViews(CrudViews):
    model = BudgetLine
    icon = "wallet"
    group, order = FINANCE, 10
    columns = ["name", "service", "status", "amount", "starts_on", "ends_on", "owner", "reference"]
    shown = [*written_fields(BudgetLine), "budget_rate"]
    ordering = "-starts_on"
    empty_text = _("A budget line is an approved amount for a time; costs are posted to it.")


class CostEntryViews(CrudViews):
    model = CostEntry
    icon = "receipt"
    group, order = FINANCE, 20
    columns = ["reference", "budget_line", "service", "posted_on", "amount", "amount_base"]
    shown = [*written_fields(CostEntry), "amount_base", "amount_line"]
    ordering = "-posted_on"
    empty_text = _("Cost entries say what was spent; they come by import or by hand.")


class ProposalViews(CrudViews):
    model = Proposal
    icon = "lightbulb"
    group, order = FINANCE, 30
    columns = [
        "title",
        "kind",
        "service",
        "status",
        "submitted_on",
        "estimated_saving",
        "reference",
    ]
    shown = [*written_fields(Proposal), "verified_saving_base"]
    empty_text = _("A proposal says how to spend less, or what to buy, and what came of it.")


class ExchangeRateViews(CrudViews):
    model = ExchangeRate
    icon = "arrow-left-right"
    group, order = FINANCE, 40
    columns = ["reference", "currency", "base", "on", "rate"]
    ordering = "-on"
    empty_text = _("Amounts in other currencies are converted at the rate of their day.")
