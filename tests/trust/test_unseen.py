"""A record that names one out of sight: its name is hidden, and an edit leaves it as it is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brm.core.origin import acting
from tests.exports.fetching import csv_rows, fetch
from tests.factories import ComplaintFactory, CustomerFactory, UserFactory
from tests.pages.conftest import signed_in
from tests.pages.forms import form_data, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    """A relationship manager whose complaint duplicates one of a stranger's customer."""
    client = signed_in("brm")
    stranger = CustomerFactory(manager=UserFactory(roles=("brm",)))
    foreign = ComplaintFactory(customer=stranger, subject="Secret affair")
    own = CustomerFactory(manager=client.user)
    client.complaint = ComplaintFactory(customer=own, duplicate_of=foreign)
    client.foreign = foreign
    return client


def test_the_page_and_the_file_say_that_something_is_there(manager):
    page = text_of(manager.get(f"/complaints/{manager.complaint.pk}/"))
    assert "not visible to you" in page
    assert "Secret affair" not in page
    for wording in ("words", "codes"):
        rows = csv_rows(
            fetch(manager, "complaints", "columns=reference,duplicate_of", wording=wording)
        )
        assert rows[1][1] == {"words": "not visible to you", "codes": ""}[wording]


def test_over_rest_the_id_stands_without_its_reference(manager):
    shown = manager.get(f"/api/v1/complaints/{manager.complaint.pk}/").json()
    assert (shown["duplicate_of"], shown["duplicate_of_reference"]) == (manager.foreign.pk, None)


def test_who_sees_all_reads_the_name(manager):
    lead = signed_in("lead")
    assert "Secret affair" in text_of(lead.get(f"/complaints/{manager.complaint.pk}/"))
    shown = lead.get(f"/api/v1/complaints/{manager.complaint.pk}/").json()
    assert shown["duplicate_of_reference"] == manager.foreign.reference


def test_an_edit_keeps_what_is_out_of_sight(manager):
    address = f"/complaints/{manager.complaint.pk}/edit/"
    data = form_data(manager.get(address))
    assert "duplicate_of" not in data
    assert manager.post(address, data | {"subject": "Other"}).status_code == 302
    manager.complaint.refresh_from_db()
    assert (manager.complaint.subject, manager.complaint.duplicate_of) == ("Other", manager.foreign)
    for method in (manager.get, manager.post):
        cell = f"/complaints/{manager.complaint.pk}/cell/duplicate_of/"
        assert method(cell).status_code == 404


def test_the_history_does_not_tell_it_either(manager):
    with acting(user=manager.user):
        manager.complaint.duplicate_of = None
        manager.complaint.save()
    page = text_of(manager.get(f"/complaints/{manager.complaint.pk}/"))
    assert "Secret affair" not in page
    assert "not visible to you" in page


def test_names_cost_the_same_for_many_records(manager):
    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            manager.get("/complaints/?columns=reference,duplicate_of")
        return len(found)

    manager.get("/complaints/")
    once = statements()
    for _number in range(10):
        ComplaintFactory(customer=manager.complaint.customer, duplicate_of=manager.foreign)
    assert statements() == once
