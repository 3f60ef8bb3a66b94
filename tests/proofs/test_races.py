"""Many at once: nothing is done twice, nothing gets lost, everyone is told the truth."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from rest_framework.test import APIClient

from brm.core.models import Job, User
from customers.models import Customer
from kpis import engine, nights
from kpis.definitions import find
from kpis.figures import series
from kpis.models import Run
from tests import factories

NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
CUSTOMERS = "/api/v1/customers/"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("one writer at a time: a race on SQLite proves nothing")


def at_once(count: int, work: Callable[[int], None]) -> None:
    """Calls `work(number)` in so many threads that start together; raises what one raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(count)

    def call(number: int) -> None:
        try:
            start.wait(30)
            work(number)
        except Exception as error:  # noqa: BLE001 — handed to the test
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def administrator() -> User:
    return factories.UserFactory(roles=("administrator",))


def test_four_schedulers_and_three_marks_make_three_runs():
    for number in range(3):
        mark = NOW + timedelta(days=number)
        at_once(4, lambda _number, mark=mark: nights.start_night(mark))
    assert list(Run.objects.order_by("night").values_list("night", flat=True)) == [
        (NOW + timedelta(days=number)).date() for number in range(3)
    ]
    assert Job.objects.filter(kind="kpi-run").count() == 3


def test_schedulers_that_catch_up_at_once_make_one_run():
    engine.run(trigger="test", judged_at=NOW - timedelta(days=3))
    at_once(4, lambda _number: nights.catch_up(NOW))
    caught = Run.objects.get(state="queued")
    assert caught.missed_nights == ["2025-06-13", "2025-06-14", "2025-06-15"]
    assert Job.objects.filter(kind="kpi-run").count() == 1


@pytest.mark.parametrize(
    ("writers", "edits"), [(6, 5), pytest.param(10, 20, marks=pytest.mark.full)]
)
def test_no_edit_is_lost(administrator, writers, edits):
    """Each reads, adds its mark and writes if nobody was faster; as many marks as yeses."""
    customer = factories.CustomerFactory(name="start")
    address = f"{CUSTOMERS}{customer.pk}/"
    answers: Counter = Counter()

    def edit(number: int) -> None:
        client = client_of(administrator)
        for turn in range(edits):
            read = client.get(address)
            name = f"{read.json()['name']} {number}-{turn}"[-290:]
            reply = client.patch(address, {"name": name}, headers={"If-Match": read["ETag"]})
            answers[reply.status_code] += 1
            if reply.status_code == 412:
                assert reply.json()["version"] > read.json()["version"]

    at_once(writers, edit)
    assert set(answers) <= {200, 412}
    assert sum(answers.values()) == writers * edits
    customer.refresh_from_db()
    assert customer.version == 1 + answers[200]
    assert customer.history.count() == 1 + answers[200]
    if answers[200] < 20:
        assert len(customer.name.split()) == 1 + answers[200]


@pytest.mark.parametrize("keys", [3, pytest.param(20, marks=pytest.mark.full)])
def test_twenty_posts_with_each_of_some_keys_make_a_record_a_key(administrator, keys):
    answers: list[tuple[str, int, bytes]] = []

    def post(number: int) -> None:
        client = client_of(administrator)
        for key in range(keys):
            name = f"key {(key + number) % keys}"
            reply = client.post(CUSTOMERS, {"name": name}, headers={"Idempotency-Key": name})
            answers.append((name, reply.status_code, reply.content))

    at_once(20, post)
    assert sorted(Customer.objects.values_list("name", flat=True)) == sorted(
        f"key {number}" for number in range(keys)
    )
    assert {status for _name, status, _body in answers} <= {201, 409}
    bodies = {(name, body) for name, status, body in answers if status == 201}
    assert len(bodies) == keys  # the same key, the same answer


@pytest.mark.parametrize("count", [120, pytest.param(1000, marks=pytest.mark.full)])
def test_answers_to_a_survey_at_once_are_all_counted_once(administrator, count):
    survey = factories.SurveyFactory(service=factories.ServiceFactory())
    workers = 8

    def answer(worker: int) -> None:
        client = client_of(administrator)
        for number in range(worker, count, workers):
            body: dict[str, Any] = {"reference": f"R{number}", "survey": survey.pk}
            body |= {"completed_at": "2025-03-10T09:00:00Z", "score": "1" if number % 4 else "5"}
            body |= {"scale_min": "1", "scale_max": "5"}
            reply = client.post("/api/v1/survey-responses/", body)
            assert reply.status_code == 201, reply.content

    at_once(workers, answer)
    engine.run(trigger="test", judged_at=NOW)
    window = {"start": 202503, "end": 202503}
    [completed] = series(find("surveys_completed"), **window).figures
    [satisfied] = series(find("service_satisfaction"), **window, dimension="service").figures
    assert completed.worth.value == count
    assert (satisfied.worth.n, satisfied.worth.value) == (count, 25)
