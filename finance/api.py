"""REST resources of financial management."""

from rest_framework import serializers

from brm.core.api import RecordViewSet

from .models import BudgetLine, CostEntry, Proposal


class BudgetLineViewSet(RecordViewSet):
    model = BudgetLine
    fields = (
        "name",
        "service",
        "initiative",
        "cost_type",
        "owner",
        "status",
        "starts_on",
        "ends_on",
        "amount",
        "currency",
        "tolerance_percent",
        "budget_rate",
    )
    extras = {
        "effective_on": serializers.DateField(
            required=False, write_only=True, help_text="The day from which a new amount holds."
        )
    }


class CostEntryViewSet(RecordViewSet):
    model = CostEntry
    fields = (
        "budget_line",
        "service",
        "posted_on",
        "amount",
        "currency",
        "cost_type",
        "description",
        "amount_base",
        "amount_line",
    )


class ProposalViewSet(RecordViewSet):
    model = Proposal
    fields = (
        "kind",
        "title",
        "service",
        "status",
        "submitted_on",
        "estimated_saving",
        "currency",
        "verified_saving",
        "verified_on",
        "verified_saving_base",
    )
