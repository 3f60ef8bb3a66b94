"""Imported states: new rows arrive in any, existing ones move as the lifecycle allows."""

from datetime import date
from decimal import Decimal

import pytest

from brm.core.models import Transition
from customers.models import Agreement
from feedback.models import Complaint, Invitation, Response, Survey
from tests.factories import (
    ComplaintFactory,
    CustomerFactory,
    ServiceFactory,
    SurveyFactory,
)

from .support import NOW, counted, run_import, said

pytestmark = pytest.mark.django_db


def test_a_new_row_arrives_in_any_state_and_is_logged_once(file):
    path = file(
        ["reference", "subject", "received_at", "status"],
        ["C", "Slow", "2025-01-01T00:00:00Z", "closed"],
        ["D", "Late", "2025-01-01T00:00:00Z", ""],
    )
    assert counted(run_import(path, "complaints"), "complaints") == (2, 0, 0, 0)
    states = dict(Complaint.objects.values_list("reference", "status"))
    assert states == {"C": "closed", "D": "received"}
    entry = Transition.objects.get(object_id=Complaint.objects.get(reference="C").pk)
    assert (entry.source, entry.target, entry.reason, entry.door, entry.at) == (
        "",
        "closed",
        "import",
        "import",
        NOW,
    )


def test_an_existing_row_moves_by_the_shortest_legal_chain(file):
    complaint = ComplaintFactory(reference="C")
    path = file(
        ["reference", "subject", "received_at", "status"],
        ["C", "Slow", "2025-01-01T00:00:00Z", "answered"],
    )
    assert counted(run_import(path, "complaints"), "complaints") == (0, 1, 0, 0)
    assert counted(run_import(path, "complaints"), "complaints") == (0, 0, 1, 0)
    moves = Transition.objects.filter(object_id=complaint.pk).order_by("pk")
    assert [(m.source, m.target) for m in moves] == [
        ("received", "acknowledged"),
        ("acknowledged", "investigating"),
        ("investigating", "answered"),
    ]
    complaint.refresh_from_db()
    assert (complaint.status, complaint.answered_at) == ("answered", NOW)


def test_an_unreachable_state_is_refused_with_the_legal_ones(file):
    ComplaintFactory(reference="C", status="withdrawn")
    ComplaintFactory(reference="D", status="investigating")
    path = file(
        ["reference", "subject", "received_at", "status"],
        ["C", "Slow", "2025-01-01T00:00:00Z", "closed"],
        ["D", "Slow", "2025-01-01T00:00:00Z", "received"],
        ["E", "Slow", "2025-01-01T00:00:00Z", "lost"],
    )
    report = run_import(path, "complaints")
    assert said(report) == [
        (2, "status", "“closed” cannot be reached from “withdrawn”; legal: none."),
        (
            3,
            "status",
            "“received” cannot be reached from “investigating”; legal: answered, duplicate, "
            "waiting_customer, withdrawn.",
        ),
        (
            4,
            "status",
            "“lost” is none of received, acknowledged, investigating, waiting_customer, answered, "
            "disputed, accepted, closed, withdrawn, duplicate.",
        ),
    ]


def test_a_move_needs_what_the_import_has_a_column_for(file):
    ComplaintFactory(reference="C", status="accepted")
    header = ["reference", "subject", "received_at", "status", "finding"]
    row = ["C", "Slow", "2025-01-01T00:00:00Z", "closed"]
    report = run_import(file(header, [*row, ""]), "complaints")
    assert said(report) == [(2, "finding", "This is needed for the state “closed”.")]
    assert run_import(file(header, [*row, "upheld"]), "complaints").refused_rows == 0


def test_agreements_are_signed_and_changed_terms_are_versions(file):
    CustomerFactory(reference="A")
    ServiceFactory(reference="S")
    header = ["reference", "customer", "service", "starts_on", "annual_value", "currency", "status"]
    row = ["G", "A", "S", "2025-01-01", "100", "EUR"]
    run_import(file(header, [*row, ""]), "agreements")
    agreement = Agreement.objects.get()
    assert (agreement.status, agreement.signed_on) == ("signed", date(2025, 1, 1))
    row[4] = "120"
    assert counted(run_import(file(header, [*row, "active"]), "agreements"), "agreements") == (
        0,
        1,
        0,
        0,
    )
    assert [v.annual_value for v in agreement.versions.all()] == [
        Decimal("100.00"),
        Decimal("120.00"),
    ]
    report = run_import(file(header, [*row, "terminated"]), "agreements")
    assert (2, "termination_reason") in {(row, column) for row, column, _m in said(report)}


def test_surveys_follow_their_dates(file):
    header = ["reference", "name", "opened_at", "closed_at"]
    opened, closed = "2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"
    path = file(header, ["X", "X", "", ""], ["Y", "Y", opened, ""], ["Z", "Z", opened, closed])
    run_import(path, "surveys")
    states = dict(Survey.objects.values_list("reference", "status"))
    assert states == {"X": "draft", "Y": "open", "Z": "closed"}
    report = run_import(file(header, ["Z", "Z", opened, ""]), "surveys")
    assert said(report) == [
        (2, "", "“open” cannot be reached from “closed”; legal: published."),
    ]


def test_responses_make_their_invitations(file):
    SurveyFactory(reference="V")
    header = ["reference", "survey", "invited_at", "bounced", "completed_at", "score", "scale_min"]
    header += ["scale_max"]
    day = "2025-01-01T00:00:00Z"
    path = file(
        header,
        ["R1", "V", day, "", day, "4", "1", "5"],
        ["R2", "V", day, "true", "", "", "", ""],
        ["R3", "V", day, "", "", "", "", ""],
        ["R4", "V", "", "", day, "", "", ""],
        ["R5", "V", "", "", day, "1", "5", "1"],
    )
    report = run_import(path, "survey_responses")
    assert counted(report, "survey_responses") == (4, 0, 0, 1)
    assert said(report) == [
        (5, "score", "A completed answer needs a score and both ends of its scale."),
    ]
    states = dict(Invitation.objects.values_list("reference", "status"))
    assert states == {"INV/R1": "completed", "INV/R2": "bounced", "INV/R3": "sent"}
    assert Response.objects.get(reference="R1").satisfaction == Decimal("0.75")
    assert Response.objects.get(reference="R5").satisfaction == Decimal(1)
    again = run_import(path, "survey_responses")
    assert counted(again, "survey_responses") == (0, 0, 4, 1)
