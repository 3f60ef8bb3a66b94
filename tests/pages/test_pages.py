"""The pages that every record has, over the registry."""

import re

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from brm.core.crud import REGISTRY
from customers.models import Agreement, Customer
from tests.factories import (
    RECORD_FACTORIES,
    AgreementFactory,
    CustomerFactory,
    ServiceFactory,
    make,
)

from .forms import form_data, text_of

pytestmark = pytest.mark.django_db
RESOURCES = sorted(set(REGISTRY) & set(RECORD_FACTORIES))
EDITABLE = [resource for resource in RESOURCES if REGISTRY[resource].fields]


def test_every_record_of_this_project_has_pages():
    assert set(RECORD_FACTORIES) <= set(REGISTRY) | {"kpi-targets"}


@pytest.mark.parametrize("resource", RESOURCES)
def test_an_empty_list_says_what_such_records_are_for(admin, resource):
    response = admin.get(f"/{resource}/")
    assert response.status_code == 200
    assert str(REGISTRY[resource].empty_text) in text_of(response)
    assert REGISTRY[resource].empty_text


@pytest.mark.parametrize("resource", RESOURCES)
def test_list_and_page_show_the_record(admin, resource):
    record = make(resource)
    assert record.reference in text_of(admin.get(f"/{resource}/"))
    page = admin.get(record.get_absolute_url())
    assert page.status_code == 200
    assert str(record) in text_of(page)


@pytest.mark.parametrize("resource", RESOURCES)
def test_statements_of_a_list_do_not_depend_on_the_rows(admin, resource):
    make(resource)
    admin.get(f"/{resource}/")  # fills caches of the process
    with CaptureQueriesContext(
        connection,
    ) as one:
        admin.get(f"/{resource}/")
    for _ in range(7):
        make(resource)
    with CaptureQueriesContext(connection) as many:
        response = admin.get(f"/{resource}/")
    assert len(response.context["table"]["rows"]) == 8
    assert len(many) == len(one)


@pytest.mark.parametrize("resource", EDITABLE)
def test_a_record_is_edited_and_the_change_is_in_its_history(admin, resource):
    record = make(resource)
    field = next(
        f
        for f in ("name", "title", "subject", "description", "comment", "reference")
        if f in REGISTRY[resource].fields
    )
    data = form_data(admin.get(f"/{resource}/{record.pk}/edit/")) | {field: "Quite another text"}
    response = admin.post(f"/{resource}/{record.pk}/edit/", data)
    assert response.status_code == 302, response.context["form"].errors
    record.refresh_from_db()
    assert getattr(record, field) == "Quite another text"
    newest = admin.get(record.get_absolute_url()).context["history"][0]
    assert (newest["actor"], newest["summary"]) == (str(admin.user), "Changed")
    assert [change["after"] for change in newest["changes"]] == ["Quite another text"]


def test_a_record_without_history_has_its_page(admin):
    """A load past the product's own doors leaves none."""
    record = make("initiatives")
    record.history.all().delete()
    page = admin.get(record.get_absolute_url())
    assert (page.status_code, page.context["history"]) == (200, [])


@pytest.mark.parametrize("resource", EDITABLE)
def test_a_record_is_deleted(admin, resource):
    record = make(resource)
    assert admin.get(f"/{resource}/{record.pk}/delete/").status_code == 200
    response = admin.post(f"/{resource}/{record.pk}/delete/")
    assert response.url == f"/{resource}/"
    assert admin.get(f"/{resource}/{record.pk}/").templates[0].name == "generic/deleted.html"
    assert type(record).everything.filter(pk=record.pk).exists()


def test_a_record_that_others_refer_to_is_not_deleted(admin):
    agreement = AgreementFactory()
    response = admin.post(f"/customers/{agreement.customer_id}/delete/")
    assert response.status_code == 409
    assert response.context["hindrance"] == "Other records refer to this one: agreements."
    assert Customer.objects.filter(pk=agreement.customer_id).exists()


def test_a_record_is_created_with_a_generated_reference(admin):
    response = admin.post("/customers/new/", {"name": "Kestrel", "kind": "external", "tier": "key"})
    customer = Customer.objects.get()
    assert response.url == customer.get_absolute_url()
    assert re.fullmatch(r"CUS-\d{5}", customer.reference)


def test_a_wrong_form_comes_back_with_its_errors_and_loses_nothing(admin):
    response = admin.post("/agreements/new/", {"starts_on": "2025-02-31", "annual_value": "12"})
    assert response.status_code == 422
    form = response.context["form"]
    assert {"customer", "service", "starts_on"} <= set(form.errors)
    assert form["annual_value"].value() == "12"
    assert Agreement.objects.count() == 0


def test_the_rules_of_the_model_are_told_at_the_field(admin):
    service, customer = ServiceFactory(), CustomerFactory()
    response = admin.post(
        "/agreements/new/",
        {
            "customer": customer.pk,
            "service": service.pk,
            "starts_on": "2025-03-01",
            "ends_on": "2025-02-01",
            "annual_value": "5",
        },
    )
    assert response.context["form"].errors == {
        "currency": ["A value needs a currency."],
        "__all__": ["An agreement cannot end before it starts."],
    }


def test_a_duplicate_reference_is_told_at_the_field(admin):
    CustomerFactory(reference="A-1")
    response = admin.post(
        "/customers/new/", {"name": "x", "reference": "A-1", "kind": "external", "tier": "key"}
    )
    assert response.context["form"].errors == {
        "reference": ["Customer with this Reference already exists."]
    }


def test_every_field_of_a_record_is_on_its_page_or_left_out_on_purpose():
    """A new field must be shown, or named here with its reason."""
    left_out = {
        "id",
        "created_at",
        "updated_at",
        "version",
        "deleted_at",
        "status",
        "merged_into",  # the survivor's page tells it
        "received_on",
        "invited_on",
        "completed_on",
        "closed_on",  # the day of a shown instant
    }
    for resource in RESOURCES:
        crud = REGISTRY[resource]
        shown = {c if isinstance(c, str) else c.name for c in (*crud.fields, *crud.shown)}
        fields = {f.name for f in crud.model._meta.concrete_fields if isinstance(f, models.Field)}
        assert fields - shown - left_out == set(), resource


# --- Two people at once --------------------------------------------------------------------------


def test_an_edit_on_a_stale_copy_shows_both_versions_and_can_be_kept(admin):
    customer = CustomerFactory(segment="public")
    mine = form_data(admin.get(f"/customers/{customer.pk}/edit/")) | {"segment": "mine"}
    customer.segment = "theirs"
    customer.save()
    response = admin.post(f"/customers/{customer.pk}/edit/", mine)
    assert response.status_code == 409
    row = {"name": "segment", "label": "Segment", "take": "mine"}
    assert response.context["conflict"] == {
        "theirs": [{**row, "start": "public", "mine": "mine", "theirs": "theirs"}],
        "by": "System",
        "at": customer.history.latest().history_date,
        "has_start": True,
    }
    kept = form_data(response)
    assert admin.post(f"/customers/{customer.pk}/edit/", kept).status_code == 302
    customer.refresh_from_db()
    assert (customer.segment, customer.version) == ("mine", 3)
