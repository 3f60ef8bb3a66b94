"""As of an instant a record is what was saved then, whatever happened to it before and after."""

import contextlib
import random
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.test import APIClient

from brm.bulk_changes import actions as bulk
from brm.bulk_changes.models import BulkChange
from brm.core import restoring, undoing
from brm.core.api import REGISTRY as RESOURCES
from brm.core.lifecycle import IllegalTransition
from brm.core.models import Transition
from brm.core.origin import Door, acting
from brm.core.past import as_record, at_instant, told_fields
from brm.core.writing import write_many
from customers.models import Customer
from tests.factories import RECORD_FACTORIES, CustomerFactory, UserFactory, make
from tests.imports.support import run_import, write_csv

pytestmark = pytest.mark.django_db
START = datetime(2025, 3, 1, 8, tzinfo=UTC)
TEXTS = ("name", "title", "subject", "description", "comment", "reference")


def text_field(model):
    return next(n for n in TEXTS if any(f.name == n for f in model._meta.concrete_fields))


class Life:
    """A record that is written at random; `saved` holds what stood there after each write."""

    def __init__(self, resource, seed):
        self.random, self.at = random.Random(seed), START
        self.user = UserFactory(roles=["administrator"])
        self.saved = []
        with acting(user=self.user, door=Door.PAGE, at=self.at):
            self.record = make(resource)
        self.model = type(self.record)
        self.fields = told_fields(self.model)
        self.remember()

    def stored(self):
        return self.model.everything.get(pk=self.record.pk)

    def remember(self):
        record = self.stored()
        values = {f.attname: getattr(record, f.attname) for f in self.fields}
        self.saved.append((self.at, values, record.deleted_at is not None, record.version))

    def write(self):
        """One random write, at its own instant; what the product refuses changes nothing."""
        self.at += timedelta(seconds=self.random.randint(1, 10**6))
        verb = self.random.choice([self.edit, self.edit, self.many, self.move, self.delete,
                                   self.restore, self.undo])  # fmt: skip
        with acting(user=self.user, at=self.at):
            verb(self.stored())
        self.remember()

    def edit(self, record):
        setattr(record, text_field(self.model), f"text {self.random.randint(1, 3)}")
        record.save()

    def many(self, record):
        setattr(record, text_field(self.model), f"many {self.random.randint(1, 3)}")
        write_many([record])

    def move(self, record):
        steps = record.legal_moves() if hasattr(record, "Status") else []
        if steps:
            target = self.random.choice(steps).target
            with contextlib.suppress(ValidationError, IllegalTransition):
                record.move_to(target, by=self.user, now=self.at, reason="because")

    def delete(self, record):
        if record.deleted_at is None:
            record.soft_delete()

    def restore(self, record):
        restoring.restore(record)

    def undo(self, record):
        with contextlib.suppress(undoing.UndoRefused):
            undoing.undo(record, record.version)


@pytest.mark.parametrize("resource", sorted(RECORD_FACTORIES))
def test_as_of_each_instant_a_record_is_what_was_saved_then(resource):
    life = Life(resource, seed=resource)
    for _write in range(25):
        life.write()
    client = Client()
    client.force_login(life.user)
    api = APIClient()
    api.force_login(life.user)
    address = life.record.get_absolute_url()
    for number, (at, values, deleted, version) in enumerate(life.saved):
        until = life.saved[number + 1][0] if number + 1 < len(life.saved) else at
        for instant in (at, at + (until - at) / 2):
            row = at_instant(life.record, instant).get()
            assert {f.attname: getattr(row, f.attname) for f in life.fields} == values
            assert (row.deleted_at is not None, row.version) == (deleted, version)
            then = as_record(row, life.model)
            assert {f.attname: getattr(then, f.attname) for f in life.fields} == values
        if number % 5 == 0:
            page = client.get(address, {"as_of": at.isoformat()})
            assert (page.status_code, page.context["was_deleted"]) == (200, deleted)
            then = page.context["then"]
            assert {f.attname: getattr(then, f.attname) for f in life.fields} == values
            sent = api.get(f"/api/v1/{resource}/{life.record.pk}/", {"as_of": at.isoformat()})
            assert (sent.status_code, sent.has_header("ETag")) == (200, False)
            assert sent.json()["version"] == version
            assert sent.json()["reference"] == values["reference"]
            assert (sent.json()["deleted_at"] is not None) == deleted
    before = (START - timedelta(microseconds=1)).isoformat()
    assert client.get(address, {"as_of": before}).context["then"] is None
    assert api.get(f"/api/v1/{resource}/{life.record.pk}/", {"as_of": before}).status_code == 404


@pytest.mark.parametrize("resource", sorted(RECORD_FACTORIES))
def test_as_of_now_the_api_sends_what_it_sends_at_present(resource):
    """What is derived is left out and named, never passed off as the past."""
    record = make(resource)
    api = APIClient()
    api.force_login(UserFactory(roles=["administrator"]))
    address = f"/api/v1/{resource}/{record.pk}/"
    present = api.get(address).json()
    present.pop("transitions", None)
    past = api.get(address, {"as_of": datetime.now(UTC).isoformat()}).json()
    unknown, deleted_at = past.pop("unknown"), past.pop("deleted_at")
    assert past.pop("as_of")
    assert unknown == list(RESOURCES[resource].derived)
    assert deleted_at is None
    assert past == {name: value for name, value in present.items() if name not in unknown}


def test_what_an_import_and_a_bulk_change_wrote_is_told_too(tmp_path):
    user = UserFactory(roles=["administrator"])
    customer = CustomerFactory(reference="A", name="Alpha", segment="first")
    moments = [(datetime.now(UTC), "Alpha", "first")]
    path = write_csv(tmp_path / "a.csv", ["reference", "name"], ["A", "Imported"])
    run_import(path, now=datetime.now(UTC))
    moments.append((datetime.now(UTC), "Imported", "first"))
    customer.refresh_from_db()
    change = BulkChange.objects.create(
        records="customers",
        keys=[[customer.pk, customer.version]],
        by=user,
        created_at=START,
        values={"segment": "second"},
    )
    bulk.start(change, now=datetime.now(UTC))
    moments.append((datetime.now(UTC), "Imported", "second"))
    bulk.start_undo(change, now=datetime.now(UTC))
    moments.append((datetime.now(UTC), "Imported", "first"))
    for at, name, segment in moments:
        row = at_instant(customer, at).get()
        assert (row.name, row.segment) == (name, segment)


# --- Restoring -----------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", sorted(RECORD_FACTORIES))
def test_a_deleted_record_comes_back_through_pages_and_api(resource):
    record = make(resource)
    user = UserFactory(roles=["administrator"])
    client, api = Client(), APIClient()
    client.force_login(user)
    api.force_login(user)
    record.soft_delete()
    listed = client.get(f"/{resource}/deleted/")
    assert [row["url"] for row in listed.context["rows"]] == [record.get_absolute_url()]
    gone = api.get(f"/api/v1/{resource}/", {"deleted": "true"}).json()["results"]
    assert [each["id"] for each in gone] == [record.pk]
    assert client.post(f"/{resource}/{record.pk}/restore/").status_code == 302
    assert type(record).objects.get(pk=record.pk).version == 3
    type(record).objects.get(pk=record.pk).soft_delete()
    for _again in range(2):
        back = api.post(f"/api/v1/{resource}/{record.pk}/restore/")
        assert (back.status_code, back.json()["version"]) == (200, 5)
    assert api.get(f"/api/v1/{resource}/", {"deleted": "true"}).json()["results"] == []


def test_no_lifecycle_has_a_state_that_is_an_address_of_every_record():
    for view in RESOURCES.values():
        states = set(getattr(view.model, "Status", type("None", (), {"values": ()})).values)
        assert not states & {"restore", "history", "bulk"}, view.model


def test_a_record_whose_customer_is_deleted_waits_for_it():
    customer = CustomerFactory(name="Kestrel")
    complaint = make("complaints", customer=customer)
    complaint.soft_delete()
    customer.soft_delete()
    with pytest.raises(ValidationError, match="customer Kestrel"):
        restoring.restore(type(complaint).everything.get(pk=complaint.pk))
    restoring.restore(Customer.everything.get(pk=customer.pk))
    restoring.restore(type(complaint).everything.get(pk=complaint.pk))
    assert type(complaint).objects.filter(pk=complaint.pk).exists()


# --- Undo ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", sorted(RECORD_FACTORIES))
def test_an_edit_is_undone_while_nobody_changed_the_record_since(resource):
    record = make(resource)
    name = text_field(type(record))
    former = getattr(record, name)
    setattr(record, name, "Another")
    record.save()
    record.refresh_from_db()
    assert undoing.undo(record, 2) == "updated"
    stored = type(record).objects.get(pk=record.pk)
    assert (getattr(stored, name), stored.version) == (former, 3)
    with pytest.raises(undoing.UndoRefused, match="changed the record since"):
        undoing.undo(stored, 2)


def test_the_reason_of_an_undo_is_kept():
    from brm.audit.models import AuditEntry

    customer = CustomerFactory(name="Alpha")
    customer.name = "Beta"
    customer.save()
    undoing.undo(Customer.objects.get(), 2)
    assert AuditEntry.objects.latest("pk").reason == "undo of version 2"


def test_a_move_and_a_new_record_are_not_undone():
    complaint = make("complaints")
    with pytest.raises(undoing.UndoRefused, match="not undone"):
        undoing.undo(complaint, 1)
    complaint.move_to("acknowledged", by=None, now=datetime.now(UTC))
    with pytest.raises(undoing.UndoRefused, match="not undone"):
        undoing.undo(type(complaint).objects.get(), 2)
    assert Transition.objects.filter(object_id=complaint.pk).count() == 1


def test_an_edit_is_not_undone_to_what_is_deleted():
    first, second = CustomerFactory(name="First"), CustomerFactory(name="Second")
    complaint = make("complaints", customer=first)
    complaint.customer = second
    complaint.save()
    first.soft_delete()
    with pytest.raises(undoing.UndoRefused, match="customer First"):
        undoing.undo(type(complaint).objects.get(), 2)
    assert type(complaint).objects.get().customer == second


def test_a_restored_record_that_others_name_is_not_deleted_again():
    customer = CustomerFactory()
    customer.soft_delete()
    restoring.restore(Customer.everything.get())
    make("complaints", customer=customer)
    with pytest.raises(undoing.UndoRefused, match="complaints"):
        undoing.undo(Customer.objects.get(), 3)


def test_a_dated_value_is_given_back_from_the_day_of_the_undo():
    customer = CustomerFactory(segment="banks")
    customer.segment = "retail"
    customer.save()
    undoing.undo(Customer.objects.get(), 2)
    assert Customer.objects.get().segment == "banks"
    assert set(customer.intervals.values_list("segment", flat=True)) == {"banks"}
