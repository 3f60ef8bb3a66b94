"""An import is taken back as a whole, or not at all."""

from datetime import date

import pytest

from brm.core.imports.undo import UndoRefused, undo
from brm.core.models import ExchangeRate, ImportRun, Transition
from customers.models import Customer, CustomerInterval
from feedback.models import Complaint, Invitation, Response
from tests.factories import ComplaintFactory, CustomerFactory, SurveyFactory, UserFactory

from .support import NOW, counted, run_import, write_csv

pytestmark = pytest.mark.django_db
HEADER = ["reference", "name", "segment"]


def refusal(run: ImportRun) -> str:
    with pytest.raises(UndoRefused) as refused:
        undo(run, by=UserFactory(), now=NOW)
    return str(refused.value)


def test_created_records_go_and_changed_ones_get_their_values_back(tmp_path):
    CustomerFactory(reference="A", name="Before", segment="banks")
    CustomerFactory(reference="D", name="Deleted").soft_delete()
    rows = ["A", "After", ""], ["B", "New", ""], ["D", "Back", ""]
    run = run_import(write_csv(tmp_path / "a.csv", HEADER, *rows)).run
    assert Customer.objects.count() == 3
    user = UserFactory()
    undo(run, by=user, now=NOW)
    assert list(Customer.objects.values_list("reference", "name", "segment")) == [
        ("A", "Before", "banks")
    ]
    run.refresh_from_db()
    assert (run.state, run.undone_by, run.undone_at) == ("undone", user, NOW)
    assert Customer.everything.get(reference="B").history.latest().history_user == user


def test_after_an_undo_the_same_file_can_be_imported_again(tmp_path):
    path = write_csv(tmp_path / "a.csv", HEADER, ["A", "Alpha", ""], ["B", "Beta", ""])
    undo(run_import(path).run, by=None, now=NOW)
    assert counted(run_import(path)) == (0, 2, 0, 0)
    assert Customer.objects.count() == 2


def test_a_record_changed_since_keeps_the_import(tmp_path):
    run = run_import(write_csv(tmp_path / "a.csv", HEADER, ["A", "Alpha", ""], ["B", "B", ""])).run
    customer = Customer.objects.get(reference="B")
    customer.name = "Changed"
    customer.save()
    assert refusal(run) == "Customer B was changed after the import."
    assert Customer.objects.count() == 2


def test_a_record_that_others_refer_to_keeps_the_import(tmp_path):
    run = run_import(write_csv(tmp_path / "a.csv", HEADER, ["A", "Alpha", ""])).run
    ComplaintFactory(reference="C", customer=Customer.objects.get())
    assert refusal(run) == "Complaint C refers to a record of this import."


def test_an_import_is_undone_once(tmp_path):
    run = run_import(write_csv(tmp_path / "a.csv", HEADER, ["A", "Alpha", ""])).run
    undo(run, by=None, now=NOW)
    assert refusal(run) == "This import is not finished, or was undone already."


def test_users_are_not_undone(tmp_path):
    path = write_csv(tmp_path / "a.csv", ["username", "name"], ["ann", "Ann"])
    run = run_import(path, "users").run
    assert refusal(run) == "An import of users cannot be undone."


def test_dated_values_are_taken_back_from_their_day(tmp_path):
    CustomerFactory(reference="A", segment="banks")
    header = ["reference", "name", "segment", "valid_from"]
    path = write_csv(tmp_path / "a.csv", header, ["A", "Alpha", "retail", "2025-03-01"])
    undo(run_import(path).run, by=None, now=NOW)
    customer = Customer.objects.get()
    assert customer.segment == "banks"
    intervals = CustomerInterval.objects.filter(customer=customer)
    assert {interval.segment for interval in intervals} == {"banks"}


def test_states_go_back_and_the_log_says_why(tmp_path):
    complaint = ComplaintFactory(reference="C")
    header = ["reference", "subject", "received_at", "status"]
    row = ["C", complaint.subject, complaint.received_at.isoformat(), "acknowledged"]
    undo(run_import(write_csv(tmp_path / "a.csv", header, row), "complaints").run, by=None, now=NOW)
    stored = Complaint.objects.get()
    assert (stored.status, stored.acknowledged_at) == ("received", None)
    last = Transition.objects.filter(object_id=complaint.pk).latest("pk")
    assert (last.source, last.target, last.reason) == (
        "acknowledged",
        "received",
        "undo of an import",
    )


def test_invitations_go_with_their_responses(tmp_path):
    SurveyFactory(reference="V")
    path = write_csv(
        tmp_path / "a.csv", ["reference", "survey", "invited_at"], ["R", "V", "2025-01-01T00:00Z"]
    )
    run = run_import(path, "survey_responses").run
    assert (Response.objects.count(), Invitation.objects.count()) == (1, 1)
    undo(run, by=None, now=NOW)
    assert (Response.objects.count(), Invitation.objects.count()) == (0, 0)


def test_several_entities_and_natural_keys(tmp_path):
    header = ["currency", "base", "on", "rate"]
    path = write_csv(tmp_path / "a.csv", header, ["USD", "EUR", date(2025, 1, 1), "0.9"])
    undo(run_import(path, "exchange_rates").run, by=None, now=NOW)
    assert not ExchangeRate.objects.exists()
