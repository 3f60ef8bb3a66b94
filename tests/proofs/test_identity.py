"""active at end = active at start + new + returned − lost − left out, for random histories."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from brm.core.writing import write_many
from customers.models import Agreement, Customer
from kpis import engine
from kpis.definitions import find
from kpis.figures import series
from kpis.models import Contribution
from tests.factories import ServiceFactory

KEYS = ("new_customers", "returned_customers", "lost_customers", "active_customers")
NEW, RETURNED, LOST, ACTIVE = (find(key).code for key in KEYS)
ORIGIN = date(2023, 11, 20)
NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
GRACE = django_settings.BRM.renewal_grace_days
REASONS = ("price", "merged", "moved_in_group", "closed_down")

gaps = st.one_of(
    st.sampled_from([0, 1, GRACE - 1, GRACE, GRACE + 1, 2 * GRACE, -1, -30]), st.integers(-50, 400)
)
lengths = st.one_of(st.none(), st.sampled_from([0, 1, 27, 30, 31]), st.integers(-2, 300))
statuses = st.sampled_from(["signed", "signed", "terminated", "draft", "negotiating"])
history = st.lists(
    st.tuples(gaps, lengths, statuses, st.sampled_from(REASONS), st.booleans()), max_size=6
)
companies = st.lists(history, min_size=1, max_size=25)


def store(company) -> None:
    """Customers with their agreements, each begun a gap after the end of the one before."""
    service = ServiceFactory()
    customers = [Customer(name=f"Customer {number}") for number in range(len(company))]
    write_many(customers)
    found = []
    for customer, rows in zip(customers, company, strict=True):
        day = ORIGIN
        for gap, length, status, reason, counts in rows:
            starts_on = day + timedelta(days=gap + 1)
            ends_on = None if length is None else starts_on + timedelta(days=length)
            early = ends_on is not None and ends_on < starts_on
            found.append(
                Agreement(
                    customer=customer,
                    service=service,
                    starts_on=starts_on,
                    ends_on=ends_on,
                    status="terminated" if early else status,
                    termination_reason=reason,
                    counts_for_customer=counts,
                )
            )
            day = max(starts_on, ends_on or starts_on)
    write_many(found)


def months_between(first: int, last: int) -> list[int]:
    months = range(first // 100 * 12 + first % 100 - 1, last // 100 * 12 + last % 100)
    return [month // 12 * 100 + month % 12 + 1 for month in months]


def check_each_customer() -> int:
    """The identity of every single customer in every month; returns how many moves it saw."""
    rows = Contribution.objects.filter(closed_run=None)
    counted = Counter(rows.values_list("kpi", "month", "customer_id"))
    assert set(counted.values()) <= {1, 2}
    seen = 0
    for customer in Customer.objects.values_list("id", flat=True):
        before = 0
        for month in months_between(202210, 202506):
            new, back, lost, active = (
                counted[code, month, customer] for code in (NEW, RETURNED, LOST, ACTIVE)
            )
            assert active == before + new + back - lost, (customer, month)
            assert active in (0, 1)
            before, seen = active, seen + new + back + lost
    return seen


def check_the_whole() -> None:
    """The identity of the figures that are shown."""
    window = {"start": 202210, "end": 202506}
    new, back, lost, active = (series(find(key), **window).figures for key in KEYS)
    before = 0
    for month, one in enumerate(active):
        left_out = lost[month].sums.row_count - int(lost[month].worth.value)
        gained = new[month].worth.value + back[month].worth.value
        assert one.worth.value == before + gained - lost[month].worth.value - left_out
        before = one.worth.value


def prove(company) -> int:
    store(company)
    engine.run(trigger="test", judged_at=NOW, kpis=KEYS)
    check_the_whole()
    return check_each_customer()


proof = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}


class Identity(TestCase):
    @settings(max_examples=12, **proof)
    @given(companies)
    def test_of_random_histories(self, company):
        prove(company)

    @pytest.mark.full
    @settings(max_examples=150, **proof)
    @given(companies)
    def test_of_many_random_histories(self, company):
        prove(company)


@pytest.mark.django_db
def test_the_histories_show_every_kind_of_move(settings):
    settings.BRM = dataclasses.replace(settings.BRM, renewal_grace_days=GRACE)
    company = [
        [(0, 30, "signed", "price", True), (GRACE, 30, "signed", "price", True)],
        [(0, 30, "signed", "price", True), (GRACE + 1, 30, "terminated", "merged", True)],
    ]
    # The first comes and is lost; the second comes, is lost, returns and is left out.
    assert prove(company) == 2 + 4
    lost = series(find("lost_customers"), start=202311, end=202506).figures
    assert sum(one.worth.value for one in lost) == 2
    assert sum(one.sums.row_count for one in lost) == 3
