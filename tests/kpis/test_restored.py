"""A restored record counts again, in figures and in the spells of its customer."""

from datetime import UTC, date, datetime

import pytest

from brm.core import restoring
from brm.core.models import DirtyKey
from customers.models import Agreement, Customer
from feedback.models import Complaint
from kpis import engine
from kpis.definitions import find
from kpis.figures import series
from tests.factories import AgreementFactory, ComplaintFactory, CustomerFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
WINDOW = {"start": 202503, "end": 202503}


def complaints():
    return series(find("complaints"), **WINDOW).figures[0].worth.value


def test_customer_agreement_and_complaint_come_back_with_spells_and_figures():
    customer = CustomerFactory()
    agreement = AgreementFactory(
        customer=customer, status="signed", starts_on=date(2025, 1, 1), ends_on=None
    )
    complaint = ComplaintFactory(customer=customer)
    engine.run(trigger="test", judged_at=NOW)
    spells = list(customer.spells.values_list("starts_on", "ends_on"))
    assert (len(spells), complaints()) == (1, 1)
    for record in (complaint, agreement, customer):
        record.soft_delete()
    engine.run(trigger="test", judged_at=NOW)
    assert (customer.spells.count(), complaints()) == (0, 0)
    for model in (Customer, Agreement, Complaint):
        restoring.restore(model.everything.get())
    assert DirtyKey.objects.exists()
    engine.run(trigger="test", judged_at=NOW)
    assert (list(customer.spells.values_list("starts_on", "ends_on")), complaints()) == (spells, 1)
