"""Customer KPIs worked out by hand from the definitions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from .company import Agreement, AgreementVersion, Company, Customer, Interval, Organisation
from .contribution import Reading
from .kpis import contributions
from .spells import all_spells, derived_status

NOW = datetime(2025, 6, 15, 1, 30, tzinfo=UTC)


ONE_CUSTOMER = (Customer("C"),)


def found(kpi, *agreements, customers=ONE_CUSTOMER, grace=90, now=NOW, show="source day"):
    """What a KPI holds: (source, day), or other columns, in the order of dates."""
    organisation = Organisation(grace_days=grace)
    company = Company(organisation, customers=customers, agreements=agreements)
    rows = [one for one in contributions(company, now=now) if one.kpi == kpi]
    columns = {
        "source day": lambda one: (one.source_reference, one.occurred_on),
        "part": lambda one: one.part,
        "numerator": lambda one: one.numerator,
        "dims": lambda one: one.dims,
    }
    return [columns[show](one) for one in sorted(rows, key=lambda one: one.occurred_on)]


def agreement(reference, start, end=None, customer="C", **more):
    """An agreement of one version; dates are (year, month, day)."""
    return Agreement.simple(reference, customer, date(*start), date(*end) if end else None, **more)


FIRST = agreement("A", (2024, 1, 1), (2024, 3, 31))


def test_first_spell_is_a_new_customer_on_its_first_day():
    assert found("new_customers", FIRST) == [("A", date(2024, 1, 1))]


def test_ties_at_the_start_go_to_the_lowest_code_point():
    rows = found("new_customers", agreement("b", (2024, 1, 1)), agreement("Z", (2024, 1, 1)))
    assert rows == [("Z", date(2024, 1, 1))]


def test_gap_of_exactly_grace_is_bridged():
    # 31 March + 90 uncovered days (1 April … 29 June): covered again on 30 June.
    after = agreement("B", (2024, 6, 30), (2025, 5, 31))
    assert found("returned_customers", FIRST, after) == []
    assert found("lost_customers", FIRST, after) == [("B", date(2025, 6, 1))]


def test_gap_of_one_day_more_is_a_loss_and_a_return():
    after = agreement("B", (2024, 7, 1))
    assert found("returned_customers", FIRST, after) == [("B", date(2024, 7, 1))]
    assert found("lost_customers", FIRST, after) == [("A", date(2024, 4, 1))]


def test_without_grace_only_adjacent_days_join():
    adjacent, later = agreement("B", (2024, 4, 1)), agreement("B", (2024, 4, 2))
    assert found("returned_customers", FIRST, adjacent, grace=0) == []
    assert found("returned_customers", FIRST, later, grace=0) == [("B", date(2024, 4, 2))]


def test_end_on_the_last_of_january_is_a_loss_of_february():
    rows = found("lost_customers", agreement("A", (2024, 1, 1), (2025, 1, 31)))
    assert rows == [("A", date(2025, 2, 1))]


def test_loss_counts_once_its_first_uncovered_day_has_come():
    assert found("lost_customers", agreement("A", (2024, 1, 1), (2025, 6, 14))) == [
        ("A", date(2025, 6, 15))
    ]
    assert found("lost_customers", agreement("A", (2024, 1, 1), (2025, 6, 15))) == []


def test_future_renewal_within_grace_retracts_the_loss():
    old, renewal = agreement("A", (2024, 1, 1), (2025, 5, 31)), agreement("B", (2025, 8, 30))
    assert found("lost_customers", old) == [("A", date(2025, 6, 1))]
    assert found("lost_customers", old, renewal) == []
    assert found("active_customers", old, renewal, show="part")[-1] == "2025-06"


def test_future_renewal_after_grace_leaves_the_loss_and_does_not_count_yet():
    old, renewal = agreement("A", (2024, 1, 1), (2025, 5, 31)), agreement("B", (2025, 8, 31))
    assert found("lost_customers", old, renewal) == [("A", date(2025, 6, 1))]
    assert found("returned_customers", old, renewal) == []


def test_spell_that_starts_tomorrow_is_left_out():
    assert found("new_customers", agreement("A", (2025, 6, 16))) == []
    assert found("new_customers", agreement("A", (2025, 6, 15))) == [("A", date(2025, 6, 15))]


def test_drafts_and_negotiations_and_non_counting_ones_make_nobody_a_customer():
    refused = [
        agreement("A", (2024, 1, 1), status="draft"),
        agreement("B", (2024, 1, 1), status="negotiating"),
        agreement("D", (2024, 1, 1), counts_for_customer=False),
        agreement("E", (2024, 1, 1), deleted=True),
    ]
    assert found("new_customers", *refused) == []
    assert found("active_customers", *refused) == []


def test_termination_ends_the_agreement_on_its_effective_day():
    ended = agreement(
        *("A", (2024, 1, 1), (2025, 12, 31)),
        status="terminated",
        terminated_on=date(2025, 2, 10),
        termination_reason="price",
    )
    assert found("lost_customers", ended) == [("A", date(2025, 2, 11))]
    assert found("lost_customers", ended, show="dims")[0]["reason"] == "price"


def test_termination_before_the_start_never_was_a_customer():
    more = {"status": "terminated", "terminated_on": date(2023, 12, 31)}
    assert found("new_customers", agreement("A", (2024, 1, 1), **more)) == []
    more["terminated_on"] = date(2024, 1, 1)
    assert found("new_customers", agreement("A", (2024, 1, 1), **more)) == [("A", date(2024, 1, 1))]
    assert found("lost_customers", agreement("A", (2024, 1, 1), **more)) == [
        ("A", date(2024, 1, 2))
    ]


def test_merged_and_moved_in_group_are_rows_with_numerator_zero():
    for reason, numerator in (("merged", 0), ("moved_in_group", 0), ("closed_down", 1)):
        ended = agreement(
            *("A", (2024, 1, 1)),
            status="terminated",
            terminated_on=date(2024, 5, 1),
            termination_reason=reason,
        )
        assert found("lost_customers", ended, show="numerator") == [Decimal(numerator)]


def test_reason_of_ties_is_that_of_the_lowest_reference():
    expired = agreement("B", (2024, 1, 1), (2024, 5, 1))
    moved = agreement(
        *("A", (2024, 2, 1)),
        status="terminated",
        terminated_on=date(2024, 5, 1),
        termination_reason="moved_in_group",
    )
    assert found("lost_customers", expired, moved) == [("A", date(2024, 5, 2))]
    assert found("lost_customers", expired, moved, show="numerator") == [Decimal(0)]


def test_expired_and_terminated_without_code():
    ended = agreement("A", (2024, 1, 1), status="terminated", terminated_on=date(2024, 5, 1))
    assert found("lost_customers", FIRST, show="dims")[0]["reason"] == "expired"
    assert found("lost_customers", ended, show="dims")[0]["reason"] == "unattributed"


def test_latest_signed_version_holds():
    versions = (
        AgreementVersion(1, date(2024, 1, 1), date(2024, 3, 31)),
        AgreementVersion(2, date(2024, 2, 1), date(2024, 12, 31)),
        AgreementVersion(3, date(2023, 1, 1), None, signed=False),
    )
    held = Agreement("A", "C", versions)
    assert found("new_customers", held) == [("A", date(2024, 2, 1))]
    assert found("lost_customers", held) == [("A", date(2025, 1, 1))]


def test_active_on_month_ends_and_on_the_runs_date():
    held = agreement("A", (2025, 2, 28), (2025, 6, 15))
    rows = found("active_customers", held)
    assert rows == [
        ("C", date(2025, 2, 28)),
        ("C", date(2025, 3, 31)),
        ("C", date(2025, 4, 30)),
        ("C", date(2025, 5, 31)),
        ("C", date(2025, 6, 30)),
    ]
    assert found("active_customers", held, show="part")[-1] == "2025-06"


def test_lapsing_customer_is_not_active():
    held = agreement("A", (2025, 3, 31), (2025, 4, 29))
    assert found("active_customers", held) == [("C", date(2025, 3, 31))]


def test_leap_day_is_a_day():
    until, again = agreement("A", (2024, 1, 1), (2024, 2, 28)), agreement("B", (2024, 3, 1))
    assert found("lost_customers", until, again, grace=0) == [("A", date(2024, 2, 29))]
    assert found("lost_customers", until, again, grace=1) == []


def test_deleted_customer_has_no_spells():
    gone = (Customer("C", deleted=True),)
    assert found("new_customers", FIRST, customers=gone) == []
    assert found("active_customers", FIRST, customers=gone) == []


def test_merge_is_neither_a_gain_nor_a_loss_and_follows_chains():
    customers = (Customer("C"), Customer("D", merged_into="C"), Customer("E", merged_into="D"))
    other = agreement("B", (2024, 4, 1), (2024, 6, 30), customer="E")
    assert found("new_customers", FIRST, other, customers=customers) == [("A", date(2024, 1, 1))]
    assert found("lost_customers", FIRST, other, customers=customers) == [("B", date(2024, 7, 1))]
    parts = found("active_customers", FIRST, other, customers=customers, show="part")
    assert parts == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]


def test_merged_facts_have_the_survivors_dimensions():
    survivor = Customer("C", (Interval("segment", None, "retail"),))
    loser = Customer("D", (Interval("segment", None, "public"),), merged_into="C")
    dims = found(
        *("new_customers", agreement("A", (2024, 1, 1), customer="D")),
        customers=(survivor, loser),
        show="dims",
    )
    assert dims[0]["segment"] == "retail"


def test_dimensions_are_those_of_the_day():
    intervals = (
        Interval("manager", date(2024, 1, 1), "mia"),
        Interval("manager", date(2024, 4, 1), "noah"),
        Interval("segment", None, None),
        Interval("segment", date(2024, 1, 2), "retail"),
        Interval("region", date(2025, 1, 1), "north"),
        Interval("kind", None, "external"),
    )
    customers = (Customer("C", intervals),)
    gain = found("new_customers", FIRST, customers=customers, show="dims")
    assert gain == [
        {"segment": "unattributed", "region": "north", "manager": "mia", "kind": "external"}
    ]
    loss = found("lost_customers", FIRST, customers=customers, show="dims")[0]
    assert (loss["manager"], loss["segment"]) == ("noah", "retail")
    stock = found("active_customers", FIRST, customers=customers, show="dims")
    assert [one["manager"] for one in stock] == ["mia", "mia", "mia"]


def test_written_later_before_an_existing_start_lasts_until_it():
    intervals = (
        Interval("manager", None, "mia"),
        Interval("manager", date(2024, 3, 1), "noah"),
        Interval("manager", date(2024, 2, 1), "li"),
        Interval("manager", date(2024, 2, 1), None),
    )
    stock = found("active_customers", FIRST, customers=(Customer("C", intervals),), show="dims")
    assert [one["manager"] for one in stock] == ["mia", "unattributed", "noah"]


def test_current_month_is_dimensioned_by_the_runs_date():
    intervals = (Interval("segment", None, "old"), Interval("segment", date(2025, 6, 16), "new"))
    stock = found(
        *("active_customers", agreement("A", (2025, 6, 1))),
        customers=(Customer("C", intervals),),
        show="dims",
    )
    assert [one["segment"] for one in stock] == ["old"]


def test_spells_know_the_future_and_far_ends():
    held = [agreement("A", (2024, 1, 1), (9999, 12, 31)), agreement("B", (2026, 1, 1))]
    company = Company(customers=(Customer("C"),), agreements=tuple(held[:1]))
    (spell,) = all_spells(Reading(company, NOW))
    assert (spell.starts_on, spell.ends_on) == (date(2024, 1, 1), date(9999, 12, 31))
    company = Company(customers=(Customer("C"),), agreements=tuple(held))
    (spell,) = all_spells(Reading(company, NOW))
    assert (spell.ends_on, spell.last_agreement) == (None, None)


def test_derived_status():
    after = agreement("B", (2024, 7, 1), (2024, 8, 31))
    company = Company(customers=(Customer("C"),), agreements=(FIRST, after))
    spells = all_spells(Reading(company, NOW))
    expected = {
        date(2023, 12, 31): "prospect",
        date(2024, 1, 1): "active",
        date(2024, 3, 31): "active",
        date(2024, 4, 1): "lapsing",
        date(2024, 6, 29): "lapsing",
        date(2024, 6, 30): "lost",
        date(2024, 7, 1): "returned",
        date(2024, 11, 29): "lapsing",
        date(2024, 11, 30): "lost",
    }
    assert {day: derived_status(spells, day, 90) for day in expected} == expected
