from .budget import BudgetLine, BudgetLineStatus, BudgetRevision, CostType
from .cost import CostEntry
from .proposal import Proposal, ProposalKind, ProposalStatus

__all__ = [
    "BudgetLine",
    "BudgetLineStatus",
    "BudgetRevision",
    "CostEntry",
    "CostType",
    "Proposal",
    "ProposalKind",
    "ProposalStatus",
]
