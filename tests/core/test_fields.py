"""Exact numbers and references."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from brm.core.fields import MoneyField, RateField, ReferenceField, round_half_up
from finance.models import CostEntry
from tests.factories import CostEntryFactory, CustomerFactory

money = st.decimals(min_value=-(10**14), max_value=10**14, places=2)


@given(money)
def test_money_survives_the_way_to_the_database_and_back(amount):
    field = MoneyField()
    stored = field.get_prep_value(amount)
    assert isinstance(stored, int)
    assert field.from_db_value(stored, None, None) == amount


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12.345", "places"),
        ("a", "invalid"),
        ("NaN", "invalid"),
        ("Infinity", "invalid"),
        ("1e30", "large"),
        ("", "invalid"),
    ],
)
def test_what_is_no_exact_amount_is_refused(text, code):
    with pytest.raises(ValidationError) as refused:
        MoneyField().to_python(text)
    assert refused.value.code == code


def test_a_rate_has_eight_places():
    assert RateField().get_prep_value(Decimal("1.12345678")) == 112345678


@pytest.mark.parametrize(
    ("number", "rounded"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("1", "1")]
)
def test_rounding_is_half_up(number, rounded):
    assert round_half_up(Decimal(number)) == Decimal(rounded)


@pytest.mark.django_db
def test_sums_are_exact_on_every_database():
    for _ in range(10):
        CostEntryFactory(amount=Decimal("0.10"))
    assert CostEntry.objects.aggregate(total=Sum("amount"))["total"] == Decimal("1.00")


@pytest.mark.django_db
def test_references_are_normalised_and_found_by_either_form():
    customer = CustomerFactory(reference="Cafe\u0301 ")
    assert type(customer).objects.get(reference="Caf\u00e9") == customer
    assert type(customer).objects.get(reference="Cafe\u0301") == customer


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "\x7f"])
def test_a_reference_is_one_printable_line(text):
    with pytest.raises(ValidationError):
        ReferenceField().run_validators(text)
