"""What the tests of every record need to know of the throw-away one."""

from datetime import date

import factory

from tests.factories import CustomerFactory, RecordFactory, ServiceFactory, make

from .models import Risk


class RiskFactory(RecordFactory):
    class Meta:
        model = Risk

    customer = factory.SubFactory(CustomerFactory)
    service = factory.SubFactory(ServiceFactory)
    title = factory.Sequence(lambda n: f"Risk {n}")
    identified_on = date(2025, 3, 10)


# Its part of the table of rights, as it would stand in tests/rights/matrix.txt.
MATRIX = {
    "administrator": "all all all all all all",
    "brm": "portfolio portfolio portfolio portfolio - portfolio",
    "lead": "all all all all all all",
    "service_owner": "services - - - - -",
    "executive": "all - - - - all",
    "auditor": "all - - - - all",
    "integration": "all all all all all all",
}
CHANGE = {"title": "Other", "loss": "12.50", "currency": "EUR"}


def payload() -> dict[str, object]:
    """The least that a POST needs."""
    customer, service = make("customers"), make("services")
    named = {"customer": customer.pk, "service_reference": service.reference}
    return {**named, "title": "Fire", "identified_on": "2025-03-01"}
