"""Columns of imported budget lines, costs and proposals."""

from typing import Any

from brm.core.imports import Column, Importer, columns_of, day, register

from .models import BudgetLine, BudgetLineStatus, CostEntry, Proposal


@register
class BudgetLineImporter(Importer):
    """Budget lines arrive approved; a later change of the amount revises them."""

    entity, model = "budget_lines", BudgetLine
    columns = (
        *columns_of(BudgetLine, "reference* name* service initiative cost_type"),
        *columns_of(BudgetLine, "starts_on* ends_on* amount*"),
        Column("effective_on", day),
        *columns_of(BudgetLine, "currency* tolerance_percent owner"),
    )
    defaults = {"status": BudgetLineStatus.APPROVED}

    def status_of(self, record: BudgetLine, values: dict[str, Any]) -> str | None:
        approved = record.status == BudgetLineStatus.APPROVED
        revised = record.stored and record.stored["amount"] != record.amount
        return BudgetLineStatus.REVISED if approved and revised else None


@register
class CostEntryImporter(Importer):
    entity, model = "cost_entries", CostEntry
    columns = columns_of(
        CostEntry,
        "reference* budget_line service posted_on* amount* currency* cost_type description",
    )


@register
class ProposalImporter(Importer):
    entity, model = "proposals", Proposal
    columns = columns_of(
        Proposal,
        "reference* kind title* service submitted_on status estimated_saving currency"
        " verified_saving verified_on",
    )
