from .agreement import Agreement, AgreementStatus, AgreementVersion, TerminationReason
from .customer import Customer, CustomerInterval, CustomerKind, CustomerMerge, CustomerTier
from .spell import Spell

__all__ = [
    "Agreement",
    "AgreementStatus",
    "AgreementVersion",
    "Customer",
    "CustomerInterval",
    "CustomerKind",
    "CustomerMerge",
    "CustomerTier",
    "Spell",
    "TerminationReason",
]
