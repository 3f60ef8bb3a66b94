"""Structured logs: one object a line, the request's id in all of them, no secrets."""

import json
import logging

import pytest
from django.test import Client

from brm.core import jobs
from brm.core.models import Job
from brm.core.origin import acting
from brm.operation.logs import JsonFormatter, RequestIdFilter
from customers.models import Customer
from tests.factories import CustomerFactory, UserFactory

logger = logging.getLogger("tests.operation")


@pytest.fixture
def lines():
    """What is logged, as JSON lines read back."""

    class Collected(logging.Handler):
        def __init__(self):
            super().__init__()
            self.setFormatter(JsonFormatter())
            self.addFilter(RequestIdFilter())
            self.found = []

        def emit(self, record):
            self.found.append(json.loads(self.format(record)))

    handler, names = Collected(), ("tests.operation", "brm.requests", "brm.core.jobs")
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.INFO)
    yield handler.found
    for name in names:
        logging.getLogger(name).removeHandler(handler)
        logging.getLogger(name).setLevel(levels[name])


def test_a_line_is_one_json_object(lines):
    with acting(request_id="abc"):
        logger.warning("two\nlines of %s", "文本")
    (line,) = lines
    assert line["message"] == "two\nlines of 文本"
    assert (line["level"], line["logger"], line["request_id"]) == (
        "WARNING",
        "tests.operation",
        "abc",
    )
    assert line["at"].endswith("+00:00")


def test_an_exception_is_told_whole(lines):
    try:
        raise ValueError("that")
    except ValueError:
        logger.exception("failed")
    assert lines[0]["exception"].endswith("ValueError: that")


@pytest.mark.django_db
def test_each_request_is_a_line_without_its_query(lines):
    user = UserFactory(roles=["lead"])
    client = Client()
    client.force_login(user)
    response = client.get("/customers/?search=confidential")
    (line,) = lines
    assert line["request_id"] == response["X-Request-ID"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/customers/", 200)
    assert line["user"] == user.pk
    assert line["milliseconds"] > 0
    assert "confidential" not in json.dumps(lines)


@pytest.mark.django_db
def test_secrets_of_a_sign_in_are_in_no_line(lines):
    Client().post("/accounts/login/", {"login": "ada", "password": "hunter2-hunter2"})
    assert len(lines) == 1
    assert "hunter2" not in json.dumps(lines)


@pytest.mark.django_db
def test_the_worker_carries_the_id_of_the_request_that_asked(lines, monkeypatch):
    """T: what a job logs and writes names the request that queued it."""

    def rename(job, report):
        logger.info("at work")
        customer = Customer.objects.get()
        customer.name = "Renamed"
        customer.save()

    customer = CustomerFactory()
    monkeypatch.setitem(jobs._handlers, "tests.rename", rename)
    monkeypatch.setattr(jobs, "nudge", lambda job_id: None)
    with acting(request_id="f" * 32):
        job = jobs.enqueue("tests.rename", by=None)
    assert jobs.run(job.pk).state == Job.State.DONE
    assert [line["request_id"] for line in lines] == ["f" * 32]
    assert customer.history.latest().request_id == "f" * 32
