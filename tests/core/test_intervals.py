"""Dated dimensions against a naive day-by-day reading of the rule."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from brm.core.intervals import BEGINNING, Stretch, in_force, set_value
from brm.core.writing import write_many
from customers.models import Customer
from tests.factories import CustomerFactory

FIRST = date(2025, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(12)]
edits = st.lists(
    st.tuples(
        st.sampled_from(["segment", "region"]), st.sampled_from(DAYS), st.sampled_from("abc")
    ),
    max_size=12,
)


def by_day(changes, attribute, on):
    """The value on a day: that of the last edit of the latest set day not after it."""
    starts = {}
    for name, day, value in changes:
        if name == attribute:
            starts[day] = value
    earlier = [day for day in starts if day <= on]
    return starts[max(earlier)] if earlier else "first"


@given(edits)
def test_each_attribute_holds_from_its_day_until_its_next_set_day(changes):
    values = {"segment": "first", "region": "first"}
    stretches = [Stretch(BEGINNING, values, frozenset(values))]
    for name, day, value in changes:
        stretches = set_value(stretches, name, day, value)
    for day in DAYS:
        expected = {name: by_day(changes, name, day) for name in values}
        assert in_force(stretches, day) == expected
    starts = [stretch.starts_on for stretch in stretches]
    assert starts == sorted(set(starts))
    assert starts[0] == BEGINNING


def rows(customer):
    return list(
        customer.intervals.order_by("starts_on").values_list("starts_on", "ends_on", "segment")
    )


@pytest.mark.django_db
def test_the_first_value_reaches_back_to_the_beginning():
    customer = CustomerFactory(segment="public")
    assert rows(customer) == [(date.min, None, "public")]


@pytest.mark.django_db
def test_a_change_holds_from_its_day_on():
    customer = CustomerFactory(segment="public")
    customer.segment, customer.valid_from = "finance", date(2025, 5, 1)
    customer.save()
    assert rows(customer) == [
        (date.min, date(2025, 5, 1), "public"),
        (date(2025, 5, 1), None, "finance"),
    ]


@pytest.mark.django_db
def test_an_empty_first_value_is_a_value():
    customer = CustomerFactory(segment="")
    customer = Customer.objects.get(pk=customer.pk)
    customer.segment, customer.valid_from = "finance", date(2025, 5, 1)
    customer.save()
    assert rows(customer)[0] == (date.min, date(2025, 5, 1), "")


@pytest.mark.django_db
def test_the_same_day_replaces():
    customer = CustomerFactory(segment="public")
    for segment in ("finance", "health"):
        customer.segment, customer.valid_from = segment, date(2025, 5, 1)
        customer.save()
    assert [row[2] for row in rows(customer)] == ["public", "health"]


@pytest.mark.django_db
def test_a_back_dated_value_ends_where_the_next_one_was_set_and_leaves_the_others_alone():
    customer = CustomerFactory(segment="public", region="north")
    for name, value, day in (
        ("segment", "finance", date(2025, 6, 1)),
        ("region", "south", date(2025, 4, 1)),
        ("segment", "health", date(2025, 3, 1)),
    ):
        setattr(customer, name, value)
        customer.valid_from = day
        customer.save()
    assert customer.segment == "finance"
    found = customer.intervals.order_by("starts_on").values_list("starts_on", "segment", "region")
    assert list(found) == [
        (date.min, "public", "north"),
        (date(2025, 3, 1), "health", "north"),
        (date(2025, 4, 1), "health", "south"),
        (date(2025, 6, 1), "finance", "south"),
    ]


@pytest.mark.django_db
def test_the_present_value_can_be_back_dated():
    customer = CustomerFactory(segment="public")
    customer.segment, customer.valid_from = "finance", date(2025, 6, 1)
    customer.save()
    customer.valid_from, customer.dated = date(2025, 2, 1), ["segment"]
    customer.save()
    assert [(row[0], row[2]) for row in rows(customer)] == [
        (date.min, "public"),
        (date(2025, 2, 1), "finance"),
        (date(2025, 6, 1), "finance"),
    ]


def statements_of_dating(count):
    """How many statements it takes to date a value of so many customers."""
    customers = [CustomerFactory(segment="public") for _ in range(count)]
    for customer in customers:
        customer.segment, customer.valid_from = "finance", date(2025, 5, 1)
    with CaptureQueriesContext(connection) as captured:
        write_many(customers)
    assert Customer.objects.filter(intervals__segment="finance").count() == count
    Customer.objects.filter(pk__in=[customer.pk for customer in customers]).delete()
    return len(captured)


@pytest.mark.django_db
def test_dating_takes_the_same_statements_for_one_and_for_many():
    assert statements_of_dating(1) == statements_of_dating(20) <= 15
