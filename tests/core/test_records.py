"""What every record does: versions, history, references, soft delete, bulk writing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from brm.core.lifecycle import IllegalTransition
from brm.core.models import Transition
from brm.core.origin import Door, acting
from brm.core.writing import Written, write_many
from customers.actions import merge_customers, undo_merge
from customers.models import Agreement, Customer
from finance.models import BudgetRevision
from tests.factories import (
    RECORD_FACTORIES,
    AgreementFactory,
    BudgetLineFactory,
    ComplaintFactory,
    CostEntryFactory,
    CustomerFactory,
    ExchangeRateFactory,
    ServiceFactory,
    ServiceOfferingFactory,
    SurveyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("resource", sorted(RECORD_FACTORIES))
def test_every_record_keeps_version_and_history(resource):
    user = UserFactory()
    with acting(user=user, door=Door.PAGE, request_id="abc"):
        record = RECORD_FACTORIES[resource]()
        record.soft_delete()
    rows = list(record.history.order_by("history_id"))
    assert record.version == 2
    assert [row.version for row in rows] == [1, 2]
    assert {(row.history_user, row.door, row.request_id) for row in rows} == {(user, "page", "abc")}
    assert record.reference


@pytest.mark.parametrize("resource", sorted(RECORD_FACTORIES))
def test_a_deleted_record_is_hidden_and_can_come_back(resource):
    record = RECORD_FACTORIES[resource]()
    model = type(record)
    record.soft_delete()
    assert not model.objects.filter(pk=record.pk).exists()
    assert model.everything.filter(pk=record.pk).exists()
    record.restore()
    assert model.objects.filter(pk=record.pk).exists()


def test_a_save_that_changes_nothing_writes_nothing(django_assert_num_queries):
    customer = Customer.objects.get(pk=CustomerFactory().pk)
    with django_assert_num_queries(2):  # the savepoint alone
        customer.save()
    assert (customer.version, customer.history.count()) == (1, 1)


def test_bulk_writing_equals_single_writing():
    old = CustomerFactory(segment="a")
    same = CustomerFactory()
    old.segment = "b"
    new = [Customer(name="x"), Customer(name="y", reference="Y-1")]
    assert write_many([old, same, *new]) == Written(created=2, updated=1, unchanged=1)
    old.refresh_from_db()
    assert (old.segment, old.version, old.history.count()) == ("b", 2, 2)
    assert Customer.objects.get(reference="Y-1").history.count() == 1
    assert all(customer.intervals.count() == 1 for customer in new)


def test_generated_references_pass_over_those_taken_by_hand():
    first = CustomerFactory()
    number = int(first.reference.split("-")[1])
    CustomerFactory(reference=f"CUS-{number + 1:05d}")
    assert CustomerFactory().reference == f"CUS-{number + 2:05d}"


# --- Lifecycles -----------------------------------------------------------------------------------


def test_a_move_is_logged_with_its_time_in_the_former_state():
    user = UserFactory()
    complaint = ComplaintFactory(received_at=datetime(2025, 6, 1, tzinfo=UTC))
    complaint.move_to("acknowledged", by=user, now=NOW)
    complaint.move_to("investigating", by=user, now=NOW.replace(hour=13))
    last = Transition.objects.order_by("pk").last()
    assert (last.source, last.target, last.seconds_in_source) == (
        "acknowledged",
        "investigating",
        3600,
    )
    assert complaint.acknowledged_at == NOW


def test_an_illegal_move_names_the_legal_ones():
    complaint = ComplaintFactory()
    with pytest.raises(IllegalTransition) as refused:
        complaint.move_to("closed", by=None, now=NOW)
    assert refused.value.allowed == ["acknowledged", "duplicate", "withdrawn"]
    complaint.refresh_from_db()
    assert complaint.status == "received"


def test_a_move_asks_for_its_reason_and_fields():
    agreement = AgreementFactory(status="signed")
    with pytest.raises(ValidationError) as refused:
        agreement.move_to("terminated", by=None, now=NOW)
    assert set(refused.value.message_dict) == {"termination_reason", "ends_on"}
    with pytest.raises(ValidationError) as refused:
        ComplaintFactory().move_to("withdrawn", by=None, now=NOW)
    assert set(refused.value.message_dict) == {"reason"}


def test_a_stale_copy_cannot_move_twice():
    complaint = ComplaintFactory()
    stale = type(complaint).objects.get(pk=complaint.pk)
    complaint.move_to("acknowledged", by=None, now=NOW)
    with pytest.raises(IllegalTransition):
        stale.move_to("acknowledged", by=None, now=NOW)


def test_a_service_with_agreements_in_force_does_not_retire():
    agreement = AgreementFactory(status="signed", customer__name="Kestrel")
    service = agreement.service
    service.move_to("retiring", by=None, now=NOW)
    with pytest.raises(ValidationError, match="Kestrel"):
        service.move_to("retired", by=None, now=NOW)
    agreement.ends_on = date(2025, 3, 31)
    agreement.save()
    service.move_to("retired", by=None, now=NOW)
    assert service.status == "retired"


def test_the_catalogue_needs_a_priced_offering():
    service = ServiceFactory(status="in_transition")
    with pytest.raises(ValidationError, match="offering"):
        service.move_to("catalogue", by=None, now=NOW)
    ServiceOfferingFactory(service=service, price=Decimal(5), currency="EUR")
    service.move_to("catalogue", by=None, now=NOW)
    assert service.status == "catalogue"


# --- Agreements and budgets -----------------------------------------------------------------------


def test_changed_terms_of_a_signed_agreement_become_its_next_version():
    agreement = AgreementFactory(status="draft", annual_value=Decimal(100), currency="EUR")
    assert agreement.versions.count() == 0
    agreement.move_to("signed", by=None, now=NOW)
    agreement.annual_value = Decimal(120)
    agreement.save()
    agreement.signed_on = date(2025, 7, 1)
    agreement.save()
    versions = agreement.versions.values_list("number", "annual_value")
    assert list(versions) == [(1, Decimal("100.00")), (2, Decimal("120.00"))]


def test_an_agreement_cannot_end_before_it_starts():
    agreement = AgreementFactory.build(
        customer=CustomerFactory(),
        service=ServiceFactory(),
        starts_on=date(2025, 2, 1),
        ends_on=date(2025, 1, 31),
    )
    with pytest.raises(ValidationError, match="before it starts"):
        agreement.full_clean()


def test_amounts_of_an_approved_line_become_revisions():
    line = BudgetLineFactory(status="draft", amount=Decimal(10))
    line.amount = Decimal(20)
    line.save()
    line.move_to("approved", by=None, now=NOW)
    line.amount, line.effective_on = Decimal(30), date(2025, 5, 1)
    line.save()
    assert list(
        BudgetRevision.objects.filter(line=line)
        .order_by("-is_first")
        .values_list("is_first", "effective_on", "amount")
    ) == [
        (True, line.starts_on, Decimal("20.00")),
        (False, date(2025, 5, 1), Decimal("30.00")),
    ]


def test_costs_are_frozen_at_the_rate_of_their_day():
    ExchangeRateFactory(currency="USD", on=date(2025, 1, 1), rate=Decimal("0.9"))
    ExchangeRateFactory(currency="GBP", on=date(2025, 1, 1), rate=Decimal("1.2"))
    line = BudgetLineFactory(currency="GBP")
    cost = CostEntryFactory(budget_line=line, amount=Decimal("10.01"), currency="USD")
    assert (cost.amount_base, cost.amount_line) == (Decimal("9.01"), Decimal("7.51"))
    ExchangeRateFactory(currency="USD", on=date(2025, 3, 1), rate=Decimal(2))
    cost.description = "later"
    cost.save()
    assert cost.amount_base == Decimal("9.01")


def test_a_cost_without_a_rate_is_refused():
    cost = CostEntryFactory.build(currency="JPY")
    with pytest.raises(ValidationError, match="JPY"):
        cost.full_clean()


# --- Merging --------------------------------------------------------------------------------------


def test_the_survivor_of_a_merge_has_all_facts_and_undo_brings_them_back():
    merged, survivor = CustomerFactory(), CustomerFactory()
    ours = AgreementFactory(customer=survivor, status="signed", ends_on=date(2025, 4, 1))
    theirs = AgreementFactory(customer=merged, status="signed", starts_on=date(2025, 4, 2))
    child = CustomerFactory(parent=merged)
    complaint = ComplaintFactory(customer=merged)
    merge = merge_customers(merged=merged, survivor=survivor, by=None, now=NOW)
    assert set(survivor.agreements.all()) == {ours, theirs}
    assert survivor.spells.count() == 1
    assert list(survivor.complaints.all()) == [complaint]
    assert list(survivor.children.all()) == [child]
    assert not Customer.objects.filter(pk=merged.pk).exists()
    undo_merge(merge, now=NOW)
    assert list(Agreement.objects.filter(customer=merged)) == [theirs]
    assert Customer.objects.get(pk=merged.pk).spells.count() == 1
    with pytest.raises(ValidationError, match="undone"):
        undo_merge(merge, now=NOW)


def test_no_merge_with_itself_and_none_twice():
    merged, survivor = CustomerFactory(), CustomerFactory()
    with pytest.raises(ValidationError, match="itself"):
        merge_customers(merged=merged, survivor=merged, by=None, now=NOW)
    merge_customers(merged=merged, survivor=survivor, by=None, now=NOW)
    with pytest.raises(ValidationError, match="already"):
        merge_customers(merged=merged, survivor=survivor, by=None, now=NOW)


def test_merging_a_customer_into_its_child_makes_no_loop():
    parent = CustomerFactory()
    child = CustomerFactory(parent=parent)
    merge_customers(merged=parent, survivor=child, by=None, now=NOW)
    child.refresh_from_db()
    assert child.parent is None


def test_a_customer_cannot_stand_below_itself():
    top = CustomerFactory()
    middle = CustomerFactory(parent=top)
    top.parent = CustomerFactory(parent=middle)
    with pytest.raises(ValidationError, match="below itself"):
        top.full_clean()


def test_business_dates_are_those_of_the_organisation(settings):
    from zoneinfo import ZoneInfo

    from django.utils import timezone

    with timezone.override(ZoneInfo("Asia/Shanghai")):
        survey = SurveyFactory(closed_at=datetime(2025, 1, 31, 17, tzinfo=UTC))
    assert survey.closed_on == date(2025, 1, 31)
