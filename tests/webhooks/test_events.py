"""The outbox: every door of writing, one transaction, nothing for nobody, rights of the owner."""

import base64
import hashlib
import hmac
import json

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from brm.core.writing import write_many
from brm.webhooks.events import choices, kind_of
from brm.webhooks.models import Delivery, Secret
from customers.models import Customer
from tests.factories import CustomerFactory, UserFactory, make
from tests.imports.support import write_csv
from tests.webhooks.conftest import deliver

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("event", "reference"))


def test_every_write_of_a_record_is_an_event(subscribe):
    subscribe("*")
    complaint = make("complaints", reference="K-1")
    complaint.subject = "Slower"
    complaint.save()
    complaint.save()
    complaint.move_to("acknowledged", by=None, now=timezone.now())
    complaint.soft_delete()
    complaint.restore()
    verbs = ["created", "updated", "moved", "deleted", "updated"]
    assert told() == [(f"complaint.{verb}", "K-1") for verb in verbs]
    changed = Delivery.objects.order_by("pk").values_list("changed", flat=True)
    assert list(changed)[:2] == [[], ["subject"]]
    versions = Delivery.objects.order_by("pk").values_list("version", flat=True)
    assert list(versions) == [1, 2, 3, 4, 5]


def test_bulk_writes_are_events_too(subscribe, admin):
    subscribe("customer.*")
    write_many([Customer(reference="A", name="a"), Customer(reference="B", name="b")])
    items = [{"reference": "C", "name": "c"}, {"id": Customer.objects.get(reference="A").pk}]
    items[1]["name"] = "new"
    assert admin.post("/api/v1/customers/bulk/", {"items": items}).status_code == 200
    assert told() == [
        ("customer.created", "A"), ("customer.created", "B"),
        ("customer.created", "C"), ("customer.updated", "A"),
    ]  # fmt: skip


def test_imports_are_events_too(subscribe, tmp_path):
    from django.core.management import call_command

    subscribe("customer.created")
    file = write_csv(tmp_path / "c.csv", ["reference", "name"], ["A", "a"], ["B", "b"])
    call_command("import_records", "customers", str(file))
    assert sorted(told()) == [("customer.created", "A"), ("customer.created", "B")]


def test_nothing_is_written_when_nobody_wants_it(subscribe):
    subscribe("complaint.created")
    subscribe("*", is_active=False)
    CustomerFactory()
    assert not Delivery.objects.exists()


def test_one_statement_more_whatever_the_number_of_records(subscribe):
    counts = []
    for wanted in (False, True):
        if wanted:
            subscribe("customer.*")
        for number in (1, 50):
            records = [Customer(name=f"{wanted} {n}") for n in range(number)]
            with CaptureQueriesContext(connection) as queries:
                write_many(records)
            asked = [q["sql"] for q in queries.captured_queries if "webhooks_" in q["sql"]]
            counts.append(len(asked))
    assert counts == [1, 1, 2, 2]
    assert Delivery.objects.count() == 51


def test_what_is_rolled_back_was_never_an_event(subscribe):
    subscribe("*")
    with transaction.atomic():
        CustomerFactory()
        assert Delivery.objects.count() == 1
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


def test_the_signature_is_that_of_standard_webhooks(subscribe, receiver):
    """Checked as the specification says, without the product's own code."""
    webhook = subscribe("customer.created")
    CustomerFactory(name="Größe 客户")
    deliver()
    [(headers, body)] = receiver.received
    secret = Secret.objects.get(webhook=webhook).value
    kind, _mark, key = secret.partition("_")
    assert kind == "whsec"
    assert 24 <= len(base64.b64decode(key)) <= 64
    signed = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body]
    )
    digest = hmac.new(base64.b64decode(key), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60
    assert headers["content-type"] == "application/json"
    sent = json.loads(body)
    assert (sent["type"], sent["data"]["record"]["name"]) == ("customer.created", "Größe 客户")


def test_an_event_holds_what_its_owner_sees(subscribe, receiver, caller):
    brm = UserFactory(roles=["brm"])
    subscribe("complaint.*", owner=brm)
    own = CustomerFactory(manager=brm)
    seen = make("complaints", customer=own, subject="mine")
    make("complaints", customer=CustomerFactory(), subject="hidden")
    deliver()
    sent = [json.loads(body)["data"]["record"] for _headers, body in receiver.received]
    assert [record["subject"] for record in sent] == ["mine"]
    states = list(Delivery.objects.order_by("pk").values_list("state", "body"))
    assert states[1] == ("withheld", "")
    client = caller()
    client.force_login(brm)
    shown = client.get(f"/api/v1/complaints/{seen.pk}/").json()
    shown.pop("transitions")
    assert sent == [shown]


def test_rights_count_when_it_is_sent(subscribe, receiver):
    owner = UserFactory(roles=["lead"])
    subscribe("customer.*", owner=owner)
    customer = CustomerFactory()
    owner.groups.clear()
    deliver()
    owner.groups.set([])
    customer.soft_delete()
    owner.is_active = False
    owner.save()
    deliver()
    assert receiver.received == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {"withheld"}


def test_a_deleted_record_is_told_by_its_key(subscribe, receiver):
    subscribe("customer.deleted")
    customer = CustomerFactory(reference="C-1")
    customer.soft_delete()
    deliver()
    [(_headers, body)] = receiver.received
    assert json.loads(body)["data"]["record"] == {"id": customer.pk, "reference": "C-1"}


def test_names_of_events():
    assert [kind_of(r) for r in ("complaints", "cost-entries", "services", "survey-responses")] == [
        "complaint", "cost-entry", "service", "survey-response",
    ]  # fmt: skip
    names = choices()
    assert {"*", "complaint.*", "complaint.moved", "cost-entry.created"} <= set(names)
    assert not any("webhook" in name for name in names)
