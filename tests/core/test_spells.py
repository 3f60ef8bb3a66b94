"""Customer spells and the derived status against sets of days."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from brm.core.writing import write_many
from customers.models import Agreement, Customer, Spell
from customers.spells import refresh_spells
from tests.factories import AgreementFactory, CustomerFactory, ServiceFactory

GRACE = settings.BRM.renewal_grace_days
ORIGIN = date(2024, 1, 1)
starts = st.integers(0, 700)
lengths = st.one_of(st.none(), st.integers(-2, 200))
agreements = st.lists(
    st.tuples(starts, lengths, st.sampled_from(["signed", "terminated", "draft"]), st.booleans()),
    max_size=8,
)


def naive_spells(rows):
    """(first day, last day or None) of each spell, from sets of covered day numbers."""
    far = 3000
    covered = set()
    for start, length, status, counts in rows:
        if status != "draft" and counts and (length is None or length >= 0):
            covered |= set(range(start, far if length is None else start + length + 1))
    spells, last = [], None
    for day in sorted(covered):
        if last is None or day - last - 1 > GRACE:
            spells.append([day, day])
        spells[-1][1] = last = day
    return [(first, None if end == far - 1 else end) for first, end in spells]


def day(number):
    return None if number is None else ORIGIN + timedelta(days=number)


class SpellsOfRandomHistories(TestCase):
    @hypothesis_settings(max_examples=60, deadline=None)
    @given(agreements)
    def test_spells_and_status_equal_the_naive_reading(self, rows):
        customer, service = CustomerFactory(), ServiceFactory()
        write_many(
            [
                Agreement(
                    customer=customer,
                    service=service,
                    starts_on=day(start),
                    ends_on=None if length is None else day(start + length),
                    status="terminated" if length is not None and length < 0 else status,
                    termination_reason="price",
                    counts_for_customer=counts,
                )
                for start, length, status, counts in rows
            ]
        )
        rows = [
            (s, n, "terminated" if n is not None and n < 0 else status, c)
            for s, n, status, c in rows
        ]
        expected = naive_spells(rows)
        found = list(customer.spells.order_by("number").values_list("starts_on", "ends_on"))
        assert found == [(day(first), day(end)) for first, end in expected]
        for on in (0, 100, 350, 699, 900):
            status = Customer.objects.with_status(day(on)).get(pk=customer.pk).derived_status
            assert status == naive_status(expected, on)


def naive_status(spells, on):
    begun = [spell for spell in spells if spell[0] <= on]
    if not begun:
        return "prospect"
    end = begun[-1][1]
    if end is None or end >= on:
        return "active" if len(begun) == 1 else "returned"
    return "lapsing" if on - end <= GRACE else "lost"


@pytest.mark.django_db
def test_a_gap_of_exactly_the_grace_is_bridged_and_one_day_more_is_not():
    customer = CustomerFactory()
    first = AgreementFactory(customer=customer, status="signed", starts_on=day(0), ends_on=day(9))
    second = AgreementFactory(customer=customer, status="signed", starts_on=day(10 + GRACE))
    assert customer.spells.count() == 1
    second.starts_on += timedelta(days=1)
    second.save()
    assert [s.first_agreement_id for s in customer.spells.all()] == [first.pk, second.pk]


@pytest.mark.django_db
def test_the_lowest_reference_begins_and_ends_a_spell_on_ties():
    customer = CustomerFactory()
    for reference in ("B", "a", "A"):
        AgreementFactory(
            customer=customer,
            reference=reference,
            status="signed",
            starts_on=day(0),
            ends_on=day(5),
        )
    spell = customer.spells.get()
    assert (spell.first_agreement.reference, spell.last_agreement.reference) == ("A", "A")


@pytest.mark.django_db
def test_spells_take_the_same_statements_for_one_and_for_many():
    def statements(count):
        customers = [CustomerFactory() for _ in range(count)]
        for customer in customers:
            AgreementFactory(customer=customer, status="signed")
        with CaptureQueriesContext(connection) as captured:
            refresh_spells([customer.pk for customer in customers])
        return len(captured)

    assert statements(1) == statements(20) <= 5
    assert Spell.objects.count() == 21
