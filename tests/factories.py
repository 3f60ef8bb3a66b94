"""One factory for each record: the least that is valid, everything else by argument.

Related records are made only where a record cannot be without one. Text, amounts and dates are
fixed; a sequence keeps names apart. `make(resource)` builds the record of an API resource.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth.models import Group

from brm.core.models import ExchangeRate, User
from customers.models import Agreement, Customer
from feedback.models import Complaint, Invitation, Response, Survey
from finance.models import BudgetLine, CostEntry, Proposal
from services.models import Service, ServiceOffering
from strategy.models import Initiative, Objective

DAY = date(2025, 3, 10)
INSTANT = datetime(2025, 3, 10, 9, tzinfo=UTC)


class UserFactory(factory.django.DjangoModelFactory):
    """A user; `roles=("lead", …)` puts him into these roles."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    name = factory.Sequence(lambda n: f"User {n}")

    @factory.post_generation
    def roles(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create and extracted:
            groups = [Group.objects.get_or_create(name=key)[0] for key in extracted]
            self.groups.set(groups)


class RecordFactory(factory.django.DjangoModelFactory):
    """Base: goes through `Record.save`, so that history and all that follows is written."""

    class Meta:
        abstract = True


class ExchangeRateFactory(RecordFactory):
    class Meta:
        model = ExchangeRate

    currency = "USD"
    base = "EUR"
    on = factory.Sequence(lambda n: date.fromordinal(date(2020, 1, 1).toordinal() + n))
    rate = Decimal("0.9")


class ServiceFactory(RecordFactory):
    class Meta:
        model = Service

    name = factory.Sequence(lambda n: f"Service {n}")
    status = "catalogue"


class ServiceOfferingFactory(RecordFactory):
    class Meta:
        model = ServiceOffering

    service = factory.SubFactory(ServiceFactory)
    name = factory.Sequence(lambda n: f"Offering {n}")


class CustomerFactory(RecordFactory):
    class Meta:
        model = Customer

    name = factory.Sequence(lambda n: f"Customer {n}")


class AgreementFactory(RecordFactory):
    class Meta:
        model = Agreement

    customer = factory.SubFactory(CustomerFactory)
    service = factory.SubFactory(ServiceFactory)
    starts_on = DAY


class ObjectiveFactory(RecordFactory):
    class Meta:
        model = Objective

    title = factory.Sequence(lambda n: f"Objective {n}")


class InitiativeFactory(RecordFactory):
    class Meta:
        model = Initiative

    title = factory.Sequence(lambda n: f"Initiative {n}")


class ComplaintFactory(RecordFactory):
    class Meta:
        model = Complaint

    subject = factory.Sequence(lambda n: f"Complaint {n}")
    received_at = INSTANT


class SurveyFactory(RecordFactory):
    class Meta:
        model = Survey

    name = factory.Sequence(lambda n: f"Survey {n}")


class InvitationFactory(RecordFactory):
    class Meta:
        model = Invitation

    survey = factory.SubFactory(SurveyFactory)


class ResponseFactory(RecordFactory):
    class Meta:
        model = Response

    survey = factory.SubFactory(SurveyFactory)


class BudgetLineFactory(RecordFactory):
    class Meta:
        model = BudgetLine

    name = factory.Sequence(lambda n: f"Budget line {n}")
    starts_on = date(2025, 1, 1)
    ends_on = date(2025, 12, 31)
    amount = Decimal("1000.00")
    currency = "EUR"


class CostEntryFactory(RecordFactory):
    class Meta:
        model = CostEntry

    posted_on = DAY
    amount = Decimal("10.00")
    currency = "EUR"


class ProposalFactory(RecordFactory):
    class Meta:
        model = Proposal

    title = factory.Sequence(lambda n: f"Proposal {n}")


RECORD_FACTORIES: dict[str, type[RecordFactory]] = {
    made._meta.model.resource: made for made in RecordFactory.__subclasses__()
}


def make(resource: str, **values: Any) -> Any:
    """A stored record of an API resource, such as `make("complaints", severity="high")`."""
    return RECORD_FACTORIES[resource](**values)
