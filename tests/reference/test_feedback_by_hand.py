"""KPIs of complaints and surveys worked out by hand from the definitions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from .company import (
    Answer,
    Company,
    Complaint,
    Customer,
    Interval,
    Invitation,
    Organisation,
    Response,
    Service,
    Survey,
)
from .feedback_kpis import normalised_mean
from .kpis import contributions

NOW = datetime(2025, 6, 15, 1, 30, tzinfo=UTC)
CUSTOMERS = (
    Customer("C", (Interval("segment", None, "a"), Interval("segment", date(2025, 3, 30), "b"))),
    Customer("D", merged_into="C"),
)


def at(month, day, hour=12, minute=0):
    """An instant of 2025, UTC."""
    return datetime(2025, month, day, hour, minute, tzinfo=UTC)


def found(kpi, *, zone="UTC", **records):
    """What a KPI holds in a company of these records."""
    company = Company(
        Organisation(time_zone=zone),
        customers=CUSTOMERS,
        services=(Service("S"), Service("T")),
        **{name: tuple(values) for name, values in records.items()},
    )
    return [one for one in contributions(company, now=NOW) if one.kpi == kpi]


def complaint(reference="K", received_at=None, **more):
    """A complaint, due after 48 hours."""
    received_at = received_at or at(3, 1)
    return Complaint(reference, received_at, received_at + timedelta(hours=48), **more)


def test_complaint_is_dated_in_the_organisations_zone():
    late = complaint(received_at=at(3, 31, 22, 30), customer="C")  # 00:30 on 1 April in Berlin
    assert found("complaints", complaints=[late])[0].occurred_on == date(2025, 3, 31)
    berlin = found("complaints", complaints=[late], zone="Europe/Berlin")
    assert berlin[0].occurred_on == date(2025, 4, 1)


def test_complaint_before_the_clocks_change():
    # 29 March 23:30 UTC is 30 March 00:30 in Berlin, whose clocks go forward at 2:00 that night.
    late = complaint(received_at=at(3, 29, 23, 30), customer="C")
    (row,) = found("complaints", complaints=[late], zone="Europe/Berlin")
    assert (row.occurred_on, row.dims["segment"]) == (date(2025, 3, 30), "b")
    (row,) = found("complaints", complaints=[late])
    assert (row.occurred_on, row.dims["segment"]) == (date(2025, 3, 29), "a")


def test_withdrawn_and_duplicates_are_left_out():
    records = [
        complaint("A", status="withdrawn", finding="upheld"),
        complaint("B", status="duplicate", finding="upheld"),
        complaint("D", status="closed", finding="partly"),
        complaint("E", status="closed", finding="upheld"),
        complaint("F", status="closed", finding="not_upheld"),
        complaint("G", deleted=True),
    ]
    expected = {"complaints": "DEF", "complaints_withdrawn": "A", "complaints_upheld": "DE"}
    for kpi, references in expected.items():
        rows = found(kpi, complaints=records)
        assert "".join(one.source_reference for one in rows) == references


def test_complaint_later_today_counts_and_tomorrows_does_not():
    records = [complaint("A", at(6, 15, 23, 59)), complaint("B", at(6, 16, 0, 0))]
    assert [one.source_reference for one in found("complaints", complaints=records)] == ["A"]


def test_dimensions_of_a_complaint():
    merged = complaint("A", customer="D", service="S", channel="email")
    nobody = complaint("B")
    rows = found("complaints", complaints=[merged, nobody])
    assert rows[0].dims == {
        "customer": "C",
        "segment": "a",
        "region": "unattributed",
        "manager": "unattributed",
        "service": "S",
        "channel": "email",
    }
    assert set(rows[1].dims.values()) == {"unattributed"}


@pytest.mark.parametrize(
    ("acknowledged_at", "numerator"),
    [(None, 0), (at(3, 1, 13), 1), (at(3, 3), 1), (at(3, 3, 12, 1), 0)],
)
def test_acknowledged_in_time(acknowledged_at, numerator):
    one = complaint(acknowledged_at=acknowledged_at)
    (row,) = found("complaints_acknowledged_in_time", complaints=[one])
    assert (row.numerator, row.denominator) == (numerator, 1)


def test_acknowledgement_counts_once_due():
    due_now = replace(complaint("A", at(6, 14)), due_at=NOW)
    due_later = replace(due_now, reference="B", due_at=NOW + timedelta(seconds=1))
    withdrawn = complaint("D", status="withdrawn")
    rows = found("complaints_acknowledged_in_time", complaints=[due_now, due_later, withdrawn])
    assert [one.source_reference for one in rows] == ["A"]


SURVEYS = [Survey("Q"), Survey("QS", "S", at(4, 30)), Survey("QX", deleted=True)]


def response(reference="R", survey="Q", score="4", **more):
    """A completed response on the scale 1 to 5."""
    more.setdefault("completed_at", at(5, 1))
    return Response(
        reference, survey, score=Decimal(score), scale_min=Decimal(1), scale_max=Decimal(5), **more
    )


def test_completed_responses():
    records = [
        response("A", customer="C"),
        response("B", test=True),
        response("D", partial=True),
        response("E", completed_at=None),
        response("F", deleted=True),
        response("G", survey="QX"),
        response("H", completed_at=at(6, 16)),
    ]
    for kpi in ("surveys_completed", "service_satisfaction", "satisfaction_score"):
        rows = found(kpi, surveys=SURVEYS, responses=records)
        assert [one.source_reference for one in rows] == ["A"]
        assert rows[0].dims["segment"] == "b"


def test_service_is_the_responses_else_the_surveys():
    records = [response("A", service="T", survey="QS"), response("B", survey="QS"), response("D")]
    rows = found("surveys_completed", surveys=SURVEYS, responses=records)
    assert [one.dims["service"] for one in rows] == ["T", "S", "unattributed"]
    rows = found("service_satisfaction", surveys=SURVEYS, responses=records)
    assert [(one.part, one.dims["service"]) for one in rows] == [
        ("T", "T"),
        ("S", "S"),
        ("", "unattributed"),
    ]


def test_closed_surveys():
    rows = found("surveys_closed", surveys=[*SURVEYS, Survey("QF", closed_at=at(6, 16))])
    assert [(one.source_reference, one.occurred_on) for one in rows] == [("QS", date(2025, 4, 30))]
    assert rows[0].dims == {"service": "S"}


@pytest.mark.parametrize(
    ("score", "worst", "best", "mean", "satisfied", "rounded"),
    [
        ("4", "1", "5", "0.75", 1, "0.75"),
        ("3.99", "1", "5", "0.7475", 0, "0.7475"),
        ("2", "5", "1", "0.75", 1, "0.75"),
        ("5", "1", "7", "0.666667", 0, "0.6667"),
        ("1", "-2", "2", "0.75", 1, "0.75"),
        ("74999.95", "0", "100000", "0.75", 1, "0.75"),
        ("74999.94", "0", "100000", "0.749999", 0, "0.75"),
        ("0", "0", "10", "0", 0, "0"),
    ],
)
def test_satisfaction(score, worst, best, mean, satisfied, rounded):
    scale = [Decimal(one) for one in (score, worst, best)]
    assert normalised_mean([Answer(None, *scale)]) == Decimal(mean)
    one = Response("R", "Q", None, None, None, at(5, 1), *scale)
    (row,) = found("service_satisfaction", surveys=SURVEYS, responses=[one])
    assert (row.numerator, row.denominator) == (satisfied, 1)
    (row,) = found("satisfaction_score", surveys=SURVEYS, responses=[one])
    assert (row.numerator, row.denominator) == (Decimal(rounded), 1)


def test_answers_about_several_services():
    def five(service, score):
        return Answer(service, Decimal(score), Decimal(1), Decimal(5))

    one = Response(
        *("R", "Q"), completed_at=at(5, 1), answers=(five("S", 5), five("T", 2), five("S", 3))
    )
    rows = found("service_satisfaction", surveys=SURVEYS, responses=[one])
    assert [(row.part, row.numerator) for row in rows] == [("S", 1), ("T", 0)]
    (row,) = found("surveys_completed", surveys=SURVEYS, responses=[one])
    assert row.dims["service"] == "unattributed"


def test_response_without_a_score_judges_nothing():
    one = Response("R", "Q", completed_at=at(5, 1))
    assert found("service_satisfaction", surveys=SURVEYS, responses=[one]) == []
    assert len(found("surveys_completed", surveys=SURVEYS, responses=[one])) == 1


def test_response_rate():
    invitations = [
        Invitation("A", "QS", "C", None, at(3, 29)),
        Invitation("B", "Q", "C", "T", at(3, 30)),
        Invitation("D", "Q", invited_at=at(3, 1), bounced=True),
        Invitation("E", "Q"),
        Invitation("F", "QX", invited_at=at(3, 1)),
        Invitation("G", "Q", invited_at=at(3, 1), deleted=True),
        Invitation("H", "Q", invited_at=at(6, 16)),
        Invitation("J", "Q", invited_at=at(3, 1)),
    ]
    responses = [response("A", invitation="A"), response("J", invitation="J", test=True)]
    rows = found(
        "survey_response_rate", surveys=SURVEYS, invitations=invitations, responses=responses
    )
    assert [(one.source_reference, one.numerator, one.occurred_on.day) for one in rows] == [
        ("A", 1, 29),
        ("B", 0, 30),
        ("J", 0, 1),
    ]
    assert rows[0].dims == {"service": "S", "segment": "a"}
    assert rows[1].dims == {"service": "T", "segment": "b"}
