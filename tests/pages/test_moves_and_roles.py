"""Lifecycle moves and merges from the pages, and who may do what."""

from datetime import date
from decimal import Decimal

import pytest

from brm.core.crud import REGISTRY
from customers.models import Customer
from feedback.models import Complaint
from tests.factories import (
    RECORD_FACTORIES,
    AgreementFactory,
    ComplaintFactory,
    CustomerFactory,
)

from .forms import text_of

pytestmark = pytest.mark.django_db
RESOURCES = sorted(set(REGISTRY) & set(RECORD_FACTORIES))


# --- Lifecycle -----------------------------------------------------------------------------------


def test_a_move_from_the_page(admin):
    complaint = ComplaintFactory()
    page = admin.get(complaint.get_absolute_url())
    assert [t["event"] for t in page.context["transitions"]] == [
        "acknowledged",
        "withdrawn",
        "duplicate",
    ]
    admin.post(f"/complaints/{complaint.pk}/move/acknowledged/")
    complaint.refresh_from_db()
    assert complaint.status == "acknowledged"
    assert complaint.acknowledged_at is not None


def test_a_move_without_its_reason_opens_the_dialog_again(admin):
    complaint = ComplaintFactory()
    response = admin.post(f"/complaints/{complaint.pk}/move/withdrawn/", {"withdrawn-reason": " "})
    assert response.status_code == 422
    opened = [t for t in response.context["transitions"] if t["open"]]
    assert [t["event"] for t in opened] == ["withdrawn"]
    assert opened[0]["fields"].errors == {"reason": ["This field is required."]}


def test_a_terminated_agreement_names_reason_and_day(admin):
    agreement = AgreementFactory(status="signed", annual_value=Decimal(5), currency="EUR")
    admin.post(
        f"/agreements/{agreement.pk}/move/terminated/",
        {"terminated-termination_reason": "price", "terminated-ends_on": "2025-12-31"},
    )
    agreement.refresh_from_db()
    assert (agreement.status, agreement.ends_on) == ("terminated", date(2025, 12, 31))


def test_a_move_that_someone_else_made_already_says_so(admin):
    complaint = ComplaintFactory(status="acknowledged")
    response = admin.post(f"/complaints/{complaint.pk}/move/acknowledged/", follow=True)
    assert "meanwhile" in text_of(response)


# --- Roles ---------------------------------------------------------------------------------------


def test_a_manager_sees_all_customers_and_edits_his_own(as_role):
    client = as_role("brm")
    own, other = CustomerFactory(manager=client.user), CustomerFactory()
    assert client.get(f"/customers/{own.pk}/edit/").status_code == 200
    assert client.get(f"/customers/{other.pk}/").status_code == 200
    assert client.get(f"/customers/{other.pk}/edit/").status_code == 403
    assert client.post(f"/customers/{other.pk}/edit/", {"name": "mine"}).status_code == 403


def test_complaints_of_other_portfolios_are_not_there_for_a_manager(as_role):
    client = as_role("brm")
    own = ComplaintFactory(customer=CustomerFactory(deputy=client.user))
    other = ComplaintFactory(customer=CustomerFactory())
    rows = client.get("/complaints/").context["table"]["rows"]
    assert [row["cells"][0]["value"] for row in rows] == [own.subject]
    for address in ("", "edit/", "delete/"):
        assert client.get(f"/complaints/{other.pk}/{address}").status_code in (403, 404)
    assert client.get(f"/complaints/{other.pk}/").status_code == 404
    assert client.post(f"/complaints/{other.pk}/move/acknowledged/").status_code == 404


def test_a_manager_cannot_create_a_record_for_a_customer_of_another_one(as_role):
    client = as_role("brm")
    other = CustomerFactory()
    response = client.post(
        "/complaints/new/",
        {
            "subject": "x",
            "customer": other.pk,
            "severity": "low",
            "received_at": "2025-01-01T10:00",
        },
    )
    assert response.status_code == 422
    assert Complaint.objects.count() == 0


def test_without_sign_in_every_page_leads_to_it(client):
    for resource in RESOURCES:
        assert client.get(f"/{resource}/").url == f"/accounts/login/?next=/{resource}/"


def test_someone_without_a_role_sees_no_record(as_role):
    client = as_role()
    assert {client.get(f"/{resource}/").status_code for resource in RESOURCES} == {404}


# --- Merging -------------------------------------------------------------------------------------


def test_a_merge_shows_what_moves_and_can_be_undone(as_role):
    client = as_role("lead")
    merged, survivor = CustomerFactory(name="Old"), CustomerFactory(name="New")
    AgreementFactory(customer=merged)
    preview = client.get(f"/customers/{merged.pk}/merge/?into={survivor.pk}")
    assert preview.context["moving"] == [{"label": "Agreements", "count": 1}]
    assert client.post(f"/customers/{merged.pk}/merge/", {"into": merged.pk}).status_code == 422
    response = client.post(f"/customers/{merged.pk}/merge/", {"into": survivor.pk})
    assert response.url == survivor.get_absolute_url()
    merge = client.get(response.url).context["merges"][0]
    client.post(f"/customers/{survivor.pk}/undo-merge/", {"merge": merge.pk})
    assert Customer.objects.get(pk=merged.pk).agreements.count() == 1


def test_a_merge_that_is_none_is_not_undone(as_role):
    client, customer = as_role("lead"), CustomerFactory()
    for key in ("", "x", "1", "9" * 30, "-1"):
        answer = client.post(f"/customers/{customer.pk}/undo-merge/", {"merge": key})
        assert answer.status_code == 404


def test_a_manager_may_not_merge(as_role):
    client = as_role("brm")
    customer = CustomerFactory(manager=client.user)
    assert client.get(f"/customers/{customer.pk}/merge/").status_code == 403
