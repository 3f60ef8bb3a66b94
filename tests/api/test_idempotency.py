"""The same key gives the same answer, once."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from brm.core.models import IdempotencyKey
from customers.models import Customer
from tests.factories import UserFactory, make

ADDRESS = "/api/v1/customers/"
KEY = {"Idempotency-Key": "order 66"}


@pytest.mark.django_db
def test_the_answer_is_given_again(admin):
    first = admin.post(ADDRESS, {"name": "A"}, headers=KEY)
    again = admin.post(ADDRESS, {"name": "A"}, headers=KEY)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert (first["ETag"], first["Location"]) == (again["ETag"], again["Location"])
    assert again["Idempotent-Replayed"] == "true"
    assert Customer.objects.count() == 1


@pytest.mark.django_db
def test_another_body_or_address_is_refused(admin):
    admin.post(ADDRESS, {"name": "A"}, headers=KEY)
    for address, body in ((ADDRESS, {"name": "B"}), ("/api/v1/services/", {"name": "A"})):
        reply = admin.post(address, body, headers=KEY)
        assert (reply.status_code, reply.json()["code"]) == (422, "key_reused")


@pytest.mark.django_db
def test_keys_belong_to_their_user(admin, caller):
    admin.post(ADDRESS, {"name": "A"}, headers=KEY)
    other = caller("lead").post(ADDRESS, {"name": "A"}, headers=KEY)
    assert other.status_code == 201
    assert Customer.objects.count() == 2


@pytest.mark.django_db
def test_a_refused_request_may_be_mended(admin):
    assert admin.post(ADDRESS, {}, headers=KEY).status_code == 400
    assert admin.post(ADDRESS, {"name": "A"}, headers=KEY).status_code == 201


@pytest.mark.django_db
def test_moves_and_bulk_writes_are_repeated_safely(admin):
    complaint = make("complaints")
    address = f"/api/v1/complaints/{complaint.pk}/acknowledged/"
    replies = [admin.post(address, headers=KEY) for _number in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]
    bulk = {"items": [{"name": "A"}, {"name": "B"}]}
    key = {"Idempotency-Key": "bulk"}
    replies = [admin.post(f"{ADDRESS}bulk/", bulk, headers=key) for _number in range(2)]
    assert replies[0].content == replies[1].content
    assert Customer.objects.count() == 2
    refused = {"items": [{"name": "A"}, {}]}
    key = {"Idempotency-Key": "atomic"}
    assert admin.post(f"{ADDRESS}bulk/?atomic=1", refused, headers=key).status_code == 400
    assert not IdempotencyKey.objects.filter(key="atomic").exists()


@pytest.mark.django_db
def test_a_day_later_the_key_is_free(admin):
    admin.post(ADDRESS, {"name": "A"}, headers=KEY)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        admin.force_login(admin.user)
        assert admin.post(ADDRESS, {"name": "B"}, headers=KEY).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "ä", "a\tb"])
def test_malformed_keys(admin, key):
    reply = admin.post(ADDRESS, {"name": "A"}, headers={"Idempotency-Key": key})
    assert reply.status_code == 400


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_record():
    user = UserFactory(roles=("administrator",))
    statuses: list[int] = []

    def post() -> None:
        client = APIClient()
        client.force_login(user)
        statuses.append(client.post(ADDRESS, {"name": "A"}, headers=KEY).status_code)
        connection.close()

    threads = [threading.Thread(target=post) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Customer.objects.count() == 1
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
