"""The pages that every record has, over the registry."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from brm.core.crud import REGISTRY
from customers.models import Agreement, Customer
from feedback.models import Complaint
from tests.factories import (
    RECORD_FACTORIES,
    AgreementFactory,
    ComplaintFactory,
    CustomerFactory,
    ServiceFactory,
    UserFactory,
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
    assert admin.get(f"/{resource}/{record.pk}/").status_code == 404
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


# --- Two people at once --------------------------------------------------------------------------


def test_an_edit_on_a_stale_copy_shows_both_versions_and_can_be_kept(admin):
    customer = CustomerFactory(segment="public")
    mine = form_data(admin.get(f"/customers/{customer.pk}/edit/")) | {"segment": "mine"}
    customer.segment = "theirs"
    customer.save()
    response = admin.post(f"/customers/{customer.pk}/edit/", mine)
    assert response.status_code == 409
    assert response.context["conflict"] == {
        "theirs": [{"label": "Segment", "mine": "mine", "theirs": "theirs"}]
    }
    kept = form_data(response)
    assert admin.post(f"/customers/{customer.pk}/edit/", kept).status_code == 302
    customer.refresh_from_db()
    assert (customer.segment, customer.version) == ("mine", 3)


# --- Lists ---------------------------------------------------------------------------------------


def test_pages_of_a_list_lead_through_every_row_in_order(admin):
    for number in range(120):
        CustomerFactory(name=f"Customer {number:03d}")
    url, names, ranges = "/customers/?sort=-name", [], []
    while url:
        context = admin.get(url).context
        names += [row["cells"][0]["value"] for row in context["table"]["rows"]]
        page = context["page"]
        ranges.append((page["from"], page["to"], page["total"]))
        url, last = page["next_url"], url
    assert names == [f"Customer {number:03d}" for number in reversed(range(120))]
    assert ranges == [(1, 50, 120), (51, 100, 120), (101, 120, 120)]
    back = admin.get(admin.get(last).context["page"]["previous_url"]).context
    assert (back["page"]["from"], back["page"]["to"]) == (51, 100)


def test_the_last_page_says_where_it_is(admin):
    for number in range(60):
        CustomerFactory(name=f"{number:02d}")
    page = admin.get("/customers/?cursor=last").context["page"]
    assert (page["from"], page["to"], page["total"]) == (11, 60, 60)


def test_search_and_filters_narrow_the_list_and_are_shown_as_chips(admin):
    manager = UserFactory(name="Mei Chen")
    CustomerFactory(name="Kestrel Rail", tier="key", manager=manager)
    CustomerFactory(name="Kestrel Bank", tier="standard")
    context = admin.get(f"/customers/?q=kestrel&tier=key&manager={manager.pk}").context
    assert [row["cells"][0]["value"] for row in context["table"]["rows"]] == ["Kestrel Rail"]
    assert [(chip["label"], chip["value"]) for chip in context["chips"]] == [
        ("Tier", "Key"),
        ("Relationship manager", "Mei Chen"),
    ]
    removed = context["chips"][0]["remove_url"]
    assert removed == f"/customers/?q=kestrel&manager={manager.pk}"


def test_the_derived_status_filters_customers(admin):
    AgreementFactory(customer__name="Active", status="signed")
    CustomerFactory(name="Prospect")
    rows = admin.get("/customers/?status=prospect").context["table"]["rows"]
    assert [row["cells"][0]["value"] for row in rows] == ["Prospect"]


def test_nothing_matches_is_another_text_than_nothing_yet(admin):
    CustomerFactory()
    response = admin.get("/customers/?q=zzz")
    assert "Nothing matches" in text_of(response)
    assert response.context["nothing_yet"] is False


def test_htmx_gets_the_list_alone(admin):
    response = admin.get("/customers/", headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div id="list">')


@pytest.mark.parametrize(
    "query",
    [
        "?sort=manager__password",
        "?cursor=x",
        "?manager=abc",
        "?q=%00",
        "?at=x&cursor=y",
        "?received_at__gte=2025-99-99",
        "?sort=-",
        "?cursor=last&sort=-name",
        "?manager=99999999999999",
    ],
)
def test_odd_addresses_are_no_error(admin, query):
    CustomerFactory()
    assert admin.get(f"/customers/{query}").status_code == 200
    assert admin.get(f"/complaints/{query}").status_code == 200


def test_long_lists_of_records_are_searched_instead_of_listed(admin):
    for number in range(60):
        CustomerFactory(name=f"Unit-{number:02d}x")
    field = admin.get("/complaints/new/").context["form"]["customer"]
    assert field.field.widget.attrs["data-options-url"] == "/customers/options/"
    assert len(field.field.widget.choices) == 1
    options = admin.get("/customers/options/?q=unit-17").context["options"]
    assert [option["label"] for option in options] == ["Unit-17x"]


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


def test_a_manager_may_not_merge(as_role):
    client = as_role("brm")
    customer = CustomerFactory(manager=client.user)
    assert client.get(f"/customers/{customer.pk}/merge/").status_code == 403


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
