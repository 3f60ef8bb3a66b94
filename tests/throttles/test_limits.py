"""Limits of the API: exact across processes, in the one error shape, blind to forged headers."""

import threading
from collections import Counter

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from brm.throttles.counting import count_request
from brm.throttles.models import RequestCount
from brm.tokens.actions import issue
from tests.factories import UserFactory

ADDRESS = "/api/v1/customers/"


@pytest.fixture
def rates(settings, time_machine):
    """Small limits, at the start of a minute."""
    time_machine.move_to("2025-05-05T10:00:10Z", tick=False)
    settings.API_RATES = {"address": 3, "user": 5, "token": 7}
    return time_machine


def client_of(user, *, token=False):
    client = APIClient()
    if token:
        _token, secret = issue(user, name="x", scopes=["*"], days=1, now=timezone.now())
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    else:
        client.force_login(user)
    return client


def passed(client, tries=20, **headers):
    return Counter(client.get(ADDRESS, **headers).status_code for _try in range(tries))


@pytest.mark.django_db
def test_users_tokens_and_addresses_have_limits_of_their_own(rates):
    user = UserFactory(roles=["lead"])
    assert passed(client_of(user)) == {200: 5, 429: 15}
    assert passed(client_of(user, token=True)) == {200: 7, 429: 13}
    assert passed(client_of(user, token=True)) == {200: 7, 429: 13}
    assert passed(APIClient()) == {401: 3, 429: 17}


@pytest.mark.django_db
def test_the_answer_says_when_to_come_back(rates):
    client = client_of(UserFactory(roles=["lead"]))
    passed(client, 5)
    refused = client.get(ADDRESS)
    assert (refused.status_code, refused["Retry-After"]) == (429, "50")
    assert {"type", "code", "detail", "errors"} == set(refused.json())
    assert (refused.json()["type"], refused.json()["code"]) == ("throttled", "throttled")
    rates.shift(50)
    assert client.get(ADDRESS).status_code == 200
    assert RequestCount.objects.get().count == 1


@pytest.mark.django_db
def test_wrong_tokens_are_counted(rates):
    replies = [
        APIClient().get(ADDRESS, HTTP_AUTHORIZATION=f"Bearer brm_{n}").status_code
        for n in range(10)
    ]
    assert replies == [401] * 3 + [429] * 7


@pytest.mark.django_db
def test_forged_headers_are_no_new_caller(rates, settings):
    client = APIClient()
    replies = [client.get(ADDRESS, HTTP_X_FORWARDED_FOR=f"1.2.3.{n}") for n in range(50)]
    assert Counter(reply.status_code for reply in replies) == {401: 3, 429: 47}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    replies = [client.get(ADDRESS, HTTP_X_FORWARDED_FOR=f"9.9.9.{n}, 1.2.3.4") for n in range(50)]
    assert Counter(reply.status_code for reply in replies) == {401: 3, 429: 47}
    assert client.get(ADDRESS, HTTP_X_FORWARDED_FOR="9.9.9.9, 1.2.3.5").status_code == 401


@pytest.mark.django_db
def test_a_refused_write_writes_nothing(rates):
    client = client_of(UserFactory(roles=["administrator"]))
    replies = [client.post(ADDRESS, {"name": str(n)}).status_code for n in range(10)]
    assert Counter(replies) == {201: 5, 429: 5}
    assert len(client.get(ADDRESS).json()) == 4
    rates.shift(60)
    assert len(client.get(ADDRESS).json()["results"]) == 5


@pytest.mark.django_db
def test_zero_is_no_limit(rates, settings):
    settings.API_RATES = {"address": 0, "user": 0, "token": 0}
    assert passed(APIClient(), 30) == {401: 30}
    assert not RequestCount.objects.exists()


@pytest.mark.django_db
def test_counters_of_callers_that_are_gone_are_removed():
    for caller in range(5):
        count_request(f"address:{caller}", 1003)
    assert count_request("address:new", 1020) == 1
    assert list(RequestCount.objects.values_list("caller", flat=True)) == ["address:new"]


@pytest.mark.django_db
def test_a_late_request_of_the_minute_before_is_counted_with_this_one():
    assert [count_request("user:1", minute) for minute in (10, 11, 10, 11)] == [1, 1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_every_parallel_request_is_counted_once():
    found = []

    def count():
        found.extend(count_request("token:1", 5000) for _try in range(25))
        connection.close()

    threads = [threading.Thread(target=count) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 201))


@pytest.mark.django_db(transaction=True)
def test_reading_goes_on_while_sqlite_is_written_to_for_long(monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no such lock")
    monkeypatch.setattr("brm.throttles.counting.PATIENCE_MS", 50)
    counts = []

    def count():
        counts.append(count_request("token:1", 5000))
        counts.append(connection.connection.execute("PRAGMA busy_timeout").fetchone()[0])
        connection.close()

    with transaction.atomic():
        UserFactory()
        other = threading.Thread(target=count)
        other.start()
        other.join(timeout=30)
    assert counts == [0, 20000]
