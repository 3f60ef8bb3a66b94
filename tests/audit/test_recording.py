"""Every write leaves an entry: who, when, which record, what changed, by which door."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from brm.audit.models import AuditEntry
from brm.core.origin import Door, acting
from brm.core.writing import write_many
from brm.tokens.actions import issue, revoke
from customers.actions import merge_customers, undo_merge
from customers.models import Customer
from tests.factories import (
    RECORD_FACTORIES,
    AgreementFactory,
    BudgetLineFactory,
    ComplaintFactory,
    CustomerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


def entries(record):
    found = AuditEntry.objects.filter(kind=record.resource, object_id=record.pk)
    return list(found.order_by("id"))


@pytest.mark.parametrize("resource", sorted(RECORD_FACTORIES))
def test_every_record_is_audited_from_birth_to_return(resource):
    user = UserFactory()
    origin = {"user": user, "door": Door.API, "request_id": "abc", "import_id": 7, "token_id": 8}
    with acting(**origin):
        record = RECORD_FACTORIES[resource]()
        record.soft_delete()
        record.restore()
    found = entries(record)
    assert [entry.event for entry in found] == ["created", "deleted", "restored"]
    for entry in found:
        assert (entry.actor_id, entry.actor_name) == (user.pk, user.username)
        assert (entry.door, entry.request_id, entry.import_id, entry.token_id) == (
            "api",
            "abc",
            7,
            8,
        )
        assert entry.reference == record.reference


@pytest.mark.parametrize("resource", sorted(RECORD_FACTORIES))
def test_an_entry_stands_beside_every_history_row(resource):
    record = RECORD_FACTORIES[resource]()
    same = type(record).objects.get(pk=record.pk)
    same.save()
    assert record.history.count() == len(entries(record)) == 1


def test_a_created_record_is_kept_with_its_values():
    line = BudgetLineFactory(amount=Decimal("1234.50"), starts_on=date(2025, 1, 1))
    changes = entries(line)[0].changes
    assert changes["amount"] == 123450
    assert changes["starts_on"] == "2025-01-01"
    assert "owner" not in changes
    assert not {"id", "reference", "version", "updated_at"} & set(changes)


def test_a_change_is_kept_field_by_field_from_what_to_what():
    manager = UserFactory()
    customer = CustomerFactory(segment="Retail")
    customer.segment, customer.manager = "Energy", manager
    customer.save()
    assert entries(customer)[-1].event == "updated"
    assert entries(customer)[-1].changes == {
        "segment": ["Retail", "Energy"],
        "manager": [None, manager.pk],
    }


def test_amounts_and_days_are_kept_as_the_created_record_has_them():
    line = BudgetLineFactory(amount=Decimal("1000.00"))
    line.amount, line.ends_on = Decimal("2000.00"), date(2025, 11, 30)
    line.save()
    changes = entries(line)[-1].changes
    assert changes["amount"] == [100000, 200000]
    assert changes["ends_on"] == ["2025-12-31", "2025-11-30"]


def test_a_backdated_change_that_leaves_the_row_as_it_is():
    customer = Customer.objects.get(pk=CustomerFactory(segment="a").pk)
    customer.segment, customer.valid_from = "b", date(2024, 1, 1)
    customer.save()
    assert entries(customer)[-1].changes == {
        "segment": ["a", "b"],
        "valid_from": [None, "2024-01-01"],
    }
    customer = Customer.objects.get(pk=customer.pk)
    customer.dated, customer.valid_from = ["segment"], date(2023, 1, 1)
    customer.save()
    assert entries(customer)[-1].changes == {"valid_from": [None, "2023-01-01"]}


def test_a_move_is_kept_with_its_reason():
    user = UserFactory()
    complaint = ComplaintFactory()
    complaint.move_to("withdrawn", by=user, now=NOW, reason="The customer took it back.")
    entry = entries(complaint)[-1]
    assert (entry.event, entry.reason) == ("moved", "The customer took it back.")
    assert entry.changes["status"] == ["received", "withdrawn"]
    complaint.severity = "high"
    complaint.save()
    assert entries(complaint)[-1].reason == ""


def test_bulk_writing_is_audited_as_single_writing():
    old, same = CustomerFactory(segment="a"), CustomerFactory()
    old.segment = "b"
    new = [Customer(name="x"), Customer(name="y")]
    write_many([old, same, *new])
    assert [entry.event for entry in entries(old)] == ["created", "updated"]
    assert [entry.event for entry in entries(same)] == ["created"]
    assert [entries(one)[0].changes["name"] for one in new] == ["x", "y"]


def test_bulk_writing_needs_the_same_statements_for_any_number():
    def count(number):
        with CaptureQueriesContext(connection) as made:
            write_many([Customer(name=f"n{i}") for i in range(number)])
        with CaptureQueriesContext(connection) as changed:
            records = list(Customer.objects.all())
            for record in records:
                record.name += "!"
            write_many(records)
        return len(made), len(changed)

    count(1)  # fills caches of the process
    assert count(2) == count(40)


def test_a_write_that_is_taken_back_leaves_no_entry():
    from django.db import transaction

    with transaction.atomic():
        CustomerFactory()
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == 0


def test_a_private_field_is_told_but_never_shown(monkeypatch):
    monkeypatch.setattr(Customer, "private_fields", ("segment",))
    customer = CustomerFactory(segment="secret one")
    customer.segment = "secret two"
    customer.save()
    first, second = entries(customer)
    assert (first.changes["segment"], second.changes["segment"]) == ("•••", ["•••", "•••"])


def test_a_merge_and_its_undoing_are_entries():
    user = UserFactory()
    survivor, merged = CustomerFactory(), CustomerFactory()
    agreement = AgreementFactory(customer=merged)
    merge = merge_customers(merged=merged, survivor=survivor, by=user, now=NOW)
    undo_merge(merge, now=NOW)
    events = [entry.event for entry in entries(merged)]
    assert events == ["created", "deleted", "merged", "restored", "unmerged"]
    assert entries(merged)[2].changes == {"into": [None, survivor.reference]}
    moves = [e.changes["customer"] for e in entries(agreement)[1:]]
    assert moves == [[merged.pk, survivor.pk], [survivor.pk, merged.pk]]


# --- Accounts ------------------------------------------------------------------------------------


def test_sign_ins_are_audited(client):
    user = UserFactory(username="kate")
    user.set_password("a long enough password")
    user.save()
    AuditEntry.objects.all().delete()
    page = "/accounts/login/"
    client.post(page, {"login": "kate", "password": "wrong"})
    client.post(page, {"login": "kate", "password": "a long enough password"})
    client.post("/accounts/logout/")
    assert authenticate(username="my-password-typed-here", password="x") is None
    told = [(e.event, e.object_id, e.reference, e.actor_name) for e in AuditEntry.objects.all()]
    assert told == [
        ("sign_in_failed", user.pk, "kate", ""),
        ("signed_in", user.pk, "kate", "kate"),
        ("signed_out", user.pk, "kate", "kate"),
        ("sign_in_failed", None, "", ""),
    ]


def test_roles_and_fields_of_users_are_audited():
    administrator = UserFactory()
    with acting(user=administrator, door=Door.PAGE):
        user = UserFactory(roles=("brm",))
        user.name, user.is_active = "Other", False
        user.save()
        user.groups.set(Group.objects.filter(name__in=["brm", "lead"]))
        Group.objects.get(name="brm").user_set.remove(user)
        user.groups.clear()
        user.set_password("another long password")
        user.save()
    found = entries(user)
    assert [entry.event for entry in found] == [
        "created",
        "roles_changed",
        "updated",
        "roles_changed",
        "roles_changed",
        "roles_changed",
        "password_changed",
    ]
    assert found[2].changes == {
        "name": [found[0].changes["name"], "Other"],
        "is_active": [True, False],
    }
    assert [entry.changes["roles"] for entry in found if entry.event == "roles_changed"] == [
        ["", "brm"],
        ["brm", "brm, lead"],
        ["brm, lead", "lead"],
        ["lead", ""],
    ]
    assert {entry.actor_id for entry in found} == {administrator.pk}
    assert "password" not in str([entry.changes for entry in found])


def test_the_request_of_a_page_is_kept():
    client = Client()
    user = UserFactory(roles=("administrator",))
    client.force_login(user)
    reply = client.post("/customers/new/", {"name": "Kestrel", "kind": "external", "tier": "key"})
    entry = AuditEntry.objects.get(kind="customers")
    assert (entry.door, entry.actor_id, entry.request_id) == (
        "page",
        user.pk,
        reply["X-Request-ID"],
    )


def test_tokens_and_what_is_written_by_them_are_audited():
    owner = UserFactory(roles=("administrator",))
    token, secret = issue(
        owner, name="ERP", scopes=["customers:write"], days=30, now=timezone.now()
    )
    caller = Client(headers={"Authorization": f"Bearer {secret}"})
    made = caller.post("/api/v1/customers/", {"name": "x"}, content_type="application/json")
    entry = AuditEntry.objects.get(kind="customers", object_id=made.json()["id"])
    assert (entry.token_id, entry.actor_id, entry.door) == (token.pk, owner.pk, "api")
    assert revoke(token, by=owner, now=NOW)
    assert not revoke(token, by=owner, now=NOW)
    told = AuditEntry.objects.filter(kind="tokens", object_id=token.pk).order_by("id")
    assert [(e.event, e.reference) for e in told] == [("created", "ERP"), ("revoked", "ERP")]
    assert secret not in str([e.changes for e in told])
