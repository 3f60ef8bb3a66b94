"""Columns of imported customers and agreements."""

from brm.core.imports import DatedImporter, Importer, column_of, columns_of, register
from brm.core.imports.dated import VALID_FROM
from brm.core.imports.parsers import choice

from .models import Agreement, AgreementStatus, Customer

# Whether a signed agreement is active or expired follows from its dates.
STATES = {state.value: state.value for state in AgreementStatus} | {
    "active": AgreementStatus.SIGNED.value,
    "expired": AgreementStatus.SIGNED.value,
}


@register
class CustomerImporter(DatedImporter):
    entity, model = "customers", Customer
    columns = (
        *columns_of(
            Customer,
            "reference* name* kind tier segment region parent manager deputy time_zone language",
        ),
        VALID_FROM,
    )


@register
class AgreementImporter(Importer):
    entity, model = "agreements", Agreement
    columns = (
        *columns_of(Agreement, "reference* customer* service* offering starts_on* ends_on"),
        *columns_of(Agreement, "signed_on notice_days annual_value currency"),
        column_of(Agreement, "status", parse=choice(STATES)),
        *columns_of(Agreement, "termination_reason counts_for_customer"),
    )
    defaults = {"status": AgreementStatus.SIGNED}
