"""A small company, computed by two nights: enough for every page of the KPIs to show something."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.test import Client

from kpis.engine import run
from kpis.models import Trigger
from tests.factories import (
    AgreementFactory,
    BudgetLineFactory,
    ComplaintFactory,
    CostEntryFactory,
    CustomerFactory,
    InitiativeFactory,
    ProposalFactory,
    ResponseFactory,
    ServiceFactory,
    SurveyFactory,
    UserFactory,
)

FIRST_NIGHT = datetime(2025, 4, 10, 1, 30, tzinfo=UTC)
SECOND_NIGHT = datetime(2025, 5, 20, 1, 30, tzinfo=UTC)
MARCH = date(2025, 3, 10)


def night(at: datetime):
    """Compute the KPIs as the run of that night would have."""
    return run(trigger=Trigger.TEST, judged_at=at, instant=at)


@pytest.fixture
def company(db):
    """Customers, a service with complaints and surveys, money; then a first night in April."""
    manager = UserFactory(username="mei", name="Mei Chen", roles=("brm",))
    owner = UserFactory(username="owner1", name="Ola Owner")
    service = ServiceFactory(reference="SVC-1", name="Mail", owner=owner)
    customers = [
        CustomerFactory(
            reference=f"CUS-{i}", name=f"Customer {i}", segment="Public", manager=manager
        )
        for i in range(3)
    ]
    for customer in customers:
        AgreementFactory(customer=customer, service=service, starts_on=MARCH, status="signed")
    complaints = [
        ComplaintFactory(
            customer=customers[i % 3],
            service=service,
            channel="phone",
            received_at=datetime(2025, 3, 5 + i, 9, tzinfo=UTC),
        )
        for i in range(6)
    ]
    survey = SurveyFactory(service=service)
    for i in range(3):
        ResponseFactory(
            survey=survey,
            customer=customers[i],
            completed_at=datetime(2025, 3, 12 + i, 9, tzinfo=UTC),
            score=Decimal(5 if i else 1),
            scale_min=Decimal(1),
            scale_max=Decimal(5),
        )
    line = BudgetLineFactory(service=service, amount=Decimal(100), owner=owner, status="approved")
    CostEntryFactory(budget_line=line, amount=Decimal(140))
    ProposalFactory(service=service, status="submitted", submitted_on=MARCH)
    InitiativeFactory(kind="strategic", status="in_progress", started_on=MARCH, sponsor=owner)
    first = night(FIRST_NIGHT)
    return SimpleNamespace(
        manager=manager,
        service=service,
        customers=customers,
        complaints=complaints,
        survey=survey,
        first=first,
    )


@pytest.fixture
def restated(company):
    """Two late complaints of March, found by a second night in May."""
    for day in (20, 21):
        ComplaintFactory(
            customer=company.customers[0],
            service=company.service,
            received_at=datetime(2025, 3, day, 9, tzinfo=UTC),
        )
    company.second = night(SECOND_NIGHT)
    return company


@pytest.fixture
def lead(as_role):
    """A client of a relationship lead, who sees everything."""
    return as_role("lead")


@pytest.fixture
def as_role(db):
    """Signs in a user with some roles."""

    def signed_in(*roles, user=None):
        client = Client()
        client.user = user or UserFactory(roles=roles)
        client.force_login(client.user)
        return client

    return signed_in
