"""Cells of a list changed in place."""

import json

import pytest

from brm.core.crud import REGISTRY
from brm.core.crud.cell_edits import cells_editable
from customers.models import Customer
from tests.factories import RECORD_FACTORIES, ComplaintFactory, CustomerFactory, UserFactory, make

RESOURCES = sorted(set(REGISTRY) & set(RECORD_FACTORIES))


def cell(record, name):
    return f"/{record.resource}/{record.pk}/cell/{name}/"


def test_a_cell_is_changed_with_its_history(admin):
    customer = CustomerFactory(tier="standard")
    form = admin.get(cell(customer, "tier")).context["form"]
    assert list(form.fields) == ["tier", "version"]
    response = admin.post(cell(customer, "tier"), {"tier": "key", "version": 1})
    assert response.status_code == 200
    assert response.content.decode().strip() == "Key"
    told = json.loads(response["HX-Trigger"])
    assert told["cellSaved"] == {"record": customer.pk, "version": 2}
    customer.refresh_from_db()
    newest = customer.history.latest("history_id")
    assert (customer.tier, newest.history_user, newest.door) == ("key", admin.user, "page")


def test_a_related_record_is_chosen_and_named(admin):
    manager, customer = UserFactory(name="Mei Chen"), CustomerFactory()
    sent = {"manager": manager.pk, "version": 1}
    assert "Mei Chen" in admin.post(cell(customer, "manager"), sent).content.decode()
    assert Customer.objects.get().manager == manager


def test_someone_elses_save_is_told_and_can_be_overruled(admin):
    customer = CustomerFactory(segment="public")
    customer.segment = "theirs"
    customer.save()
    sent = {"segment": "mine", "version": 1}
    response = admin.post(cell(customer, "segment"), sent)
    assert response.status_code == 409
    assert response.context["theirs"] == "theirs"
    assert Customer.objects.get().segment == "theirs"
    again = {"segment": "mine", "version": response.context["form"]["version"].value()}
    assert admin.post(cell(customer, "segment"), again).status_code == 200
    assert Customer.objects.get().segment == "mine"


def test_a_wrong_value_comes_back_with_its_reason(admin):
    complaint = ComplaintFactory()
    sent = {"received_at": "yesterday", "version": 1}
    response = admin.post(cell(complaint, "received_at"), sent)
    assert response.status_code == 422
    assert response.context["field"].errors
    old = complaint.version
    complaint.refresh_from_db()
    assert complaint.version == old


@pytest.mark.parametrize("name", ["status", "reference", "version", "created_at", "no_such"])
def test_only_fields_of_the_form_are_changed_in_place(admin, name):
    complaint = ComplaintFactory()
    assert admin.get(cell(complaint, name)).status_code == 404
    assert admin.post(cell(complaint, name), {name: "closed", "version": 1}).status_code == 404


def test_rights_are_those_of_the_record(as_role):
    manager = as_role("brm")
    mine, other = CustomerFactory(manager=manager.user), CustomerFactory()
    sent = {"tier": "key", "version": 1}
    assert manager.post(cell(mine, "tier"), sent).status_code == 200
    assert manager.post(cell(other, "tier"), sent).status_code == 403
    assert as_role("operations").post(cell(other, "tier"), sent).status_code == 403
    hidden = ComplaintFactory(customer=other)
    assert manager.get(cell(hidden, "severity")).status_code == 404
    handed_over = {"manager": UserFactory().pk, "version": 2}
    assert manager.post(cell(mine, "manager"), handed_over).status_code == 422
    assert Customer.objects.get(pk=mine.pk).manager == manager.user


def test_only_who_may_change_them_is_offered_the_cells(admin, as_role):
    CustomerFactory()
    assert 'data-field="tier"' in admin.get("/customers/").content.decode()
    assert "data-field" not in as_role("operations").get("/customers/").content.decode()


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_cell_of_every_record_opens(admin, resource):
    record = make(resource)
    names = cells_editable(REGISTRY[resource], admin.user)
    assert names or REGISTRY[resource].update_view
    for name in names:
        page = admin.get(cell(record, name))
        assert page.status_code == 200
        assert f'name="{name}"' in page.content.decode()
