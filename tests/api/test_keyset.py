"""Paging by key: any walk over any data is the whole list, in order, once."""

import datetime
from decimal import Decimal

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from brm.core.keyset import SALT, BadCursor, capped_count, paginate
from customers.models import Customer
from feedback.models import Complaint
from tests.factories import ComplaintFactory, CustomerFactory

INSTANTS = [
    datetime.datetime(2025, 1, 1, 0, 0, 0, microsecond, tzinfo=datetime.UTC)
    for microsecond in (0, 1, 500_000)
]
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "closed_at": st.sampled_from([None, None, *INSTANTS]),
            "answered_at": st.sampled_from([None, *INSTANTS]),
            "severity": st.sampled_from(["low", "high"]),
            "owner": st.sampled_from([None, "A", "b", "Ä"]),
        }
    ),
    max_size=14,
)
FIELDS = ["closed_at", "answered_at", "severity", "customer__segment", "received_at", "id"]
ORDERINGS = st.lists(
    st.tuples(st.sampled_from(FIELDS), st.booleans()), max_size=4, unique_by=lambda item: item[0]
)


def stored(rows: list[dict]) -> None:
    customers = {
        name: Customer.objects.filter(segment=name).first() or CustomerFactory(segment=name)
        for name in ("A", "b", "Ä")
    }
    instant = INSTANTS[0]
    Complaint.everything.bulk_create(
        Complaint(
            reference=f"R{number}",
            subject="x",
            received_at=instant,
            received_on=instant.date(),
            acknowledge_due_at=instant,
            closed_at=row["closed_at"],
            answered_at=row["answered_at"],
            severity=row["severity"],
            customer=customers.get(row["owner"]),
        )
        for number, row in enumerate(rows)
    )


def whole(ordering: list[str]) -> list[int]:
    """The ids in the order that the contract promises, as the database sorts plainly."""
    from django.db.models import F

    terms = [
        F(name[1:]).desc(nulls_last=True) if name.startswith("-") else F(name).asc(nulls_last=True)
        for name in [*ordering, "id"]
    ]
    return list(Complaint.objects.order_by(*terms).values_list("id", flat=True))


def forwards(queryset, ordering: list[str], size: int) -> list[int]:
    ids, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = paginate(queryset, ordering, cursor, size)
        ids += [item["id"] if isinstance(item, dict) else item.id for item in page.items]
        cursor, pages = page.next_cursor, pages + 1
        assert pages < 50
    return ids


def backwards(queryset, ordering: list[str], size: int) -> list[int]:
    ids, cursor, pages = [], "last", 0
    while cursor:
        page = paginate(queryset, ordering, cursor, size)
        ids = [item.id for item in page.items] + ids
        cursor, pages = page.previous_cursor, pages + 1
        assert pages < 50
    return ids


class WalkTest(TestCase):
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rows=ROWS, chosen=ORDERINGS, size=st.integers(1, 5))
    def test_both_ways_give_the_whole_list(self, rows, chosen, size):
        stored(rows)
        ordering = [("-" if descending else "") + name for name, descending in chosen]
        expected = whole(ordering)
        assert forwards(Complaint.objects.all(), ordering, size) == expected
        assert backwards(Complaint.objects.all(), ordering, size) == expected
        columns = Complaint.objects.values("id", *FIELDS)
        assert forwards(columns, ordering, size) == expected

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rows=ROWS, chosen=ORDERINGS, size=st.integers(1, 4))
    def test_turning_back_shows_the_page_before(self, rows, chosen, size):
        stored(rows)
        ordering = [("-" if descending else "") + name for name, descending in chosen]
        first = paginate(Complaint.objects.all(), ordering, None, size)
        assert first.previous_cursor is None
        if first.next_cursor:
            second = paginate(Complaint.objects.all(), ordering, first.next_cursor, size)
            back = paginate(Complaint.objects.all(), ordering, second.previous_cursor, size)
            assert back.items == first.items
            assert back.previous_cursor is None


@pytest.mark.django_db
class TestCursor:
    def cursor(self) -> str:
        for _number in range(3):
            ComplaintFactory()
        return paginate(Complaint.objects.all(), ["subject"], None, 1).next_cursor

    @pytest.mark.parametrize("bad", ["x", "a:b:c", "\x00", "é", "1" * 5000])
    def test_nonsense_is_refused(self, bad):
        with pytest.raises(BadCursor):
            paginate(Complaint.objects.all(), ["subject"], bad, 1)

    def test_changed_one_is_refused(self):
        cursor = self.cursor()
        for changed in (cursor[:-1], "A" + cursor[1:], cursor + "A"):
            with pytest.raises(BadCursor):
                paginate(Complaint.objects.all(), ["subject"], changed, 1)

    def test_one_of_another_ordering_is_refused(self):
        with pytest.raises(BadCursor):
            paginate(Complaint.objects.all(), ["-subject"], self.cursor(), 1)

    def test_signed_nonsense_is_refused(self):
        for content in ([], {}, 1, [["subject", "id"], 1, ["a", "b"]], [["subject", "id"], 1, []]):
            with pytest.raises(BadCursor):
                paginate(Complaint.objects.all(), ["subject"], signing.dumps(content, salt=SALT), 1)

    def test_empty_list(self):
        page = paginate(Complaint.objects.all(), ["subject"], None, 5)
        assert (page.items, page.next_cursor, page.previous_cursor) == ([], None, None)

    def test_rows_that_vanish_or_come_between(self):
        cursor = self.cursor()
        first, second, third = Complaint.objects.order_by("id")
        first.soft_delete()
        page = paginate(Complaint.objects.all(), ["subject"], cursor, 5)
        assert page.items == [second, third]


@pytest.mark.django_db
def test_money_pages_exactly():
    from tests.factories import CostEntryFactory

    for cents in (10, 10, 11, 9):
        CostEntryFactory(amount=Decimal(cents) / 100)
    from finance.models import CostEntry

    assert len(set(forwards(CostEntry.objects.all(), ["-amount"], 1))) == 4


@pytest.mark.django_db
def test_a_page_is_one_statement():
    for _number in range(3):
        ComplaintFactory()
    with CaptureQueriesContext(
        connection,
    ) as statements:
        paginate(Complaint.objects.all(), ["-received_at"], None, 2)
    assert len(statements) == 1


@pytest.mark.django_db
def test_capped_count():
    for _number in range(3):
        CustomerFactory()
    assert capped_count(Customer.objects.all()) == (3, True)
    assert capped_count(Customer.objects.all(), cap=3) == (3, True)
    assert capped_count(Customer.objects.order_by("name"), cap=2) == (2, False)
