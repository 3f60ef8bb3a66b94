"""F25: a full disk or a read-only database is told as such, and leaves nothing half written."""

import resource
from contextlib import contextmanager, suppress

import pytest
from django.db import connection
from django.test import Client

from brm.core import health, jobs
from brm.core.models import Job
from brm.exports import actions
from brm.exports.models import Export
from customers.models import Customer
from tests.exports.fetching import fetch
from tests.factories import CustomerFactory
from tests.pages.conftest import signed_in
from tests.pages.forms import form_data

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def read_only():
    """A database that takes no writes, as a full or a standby one does."""
    on, off = {
        "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
        "postgresql": (
            "SET default_transaction_read_only = on",
            "SET default_transaction_read_only = off",
        ),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


def test_writes_are_told_to_come_back_and_reads_go_on():
    client = signed_in("administrator")
    client.raise_request_exception = False
    CustomerFactory(name="There before")
    form = form_data(client.get("/customers/new/")) | {"name": "Acme"}
    with read_only():
        page = client.post("/customers/new/", form)
        reply = client.post("/api/v1/customers/", {"name": "Acme"}, "application/json")
        shown = client.get("/customers/")
    for answer in (page, reply):
        assert (answer.status_code, answer.get("Retry-After")) == (503, "5"), answer.content
    assert "Nothing was half saved" in page.content.decode()
    assert reply.json()["code"] == "busy"
    assert (shown.status_code, b"There before" in shown.content) == (200, True)
    assert list(Customer.objects.values_list("name", flat=True)) == ["There before"]
    assert client.post("/customers/new/", form).status_code == 302


def test_the_probe_is_red_where_nothing_can_be_written(monkeypatch):
    monkeypatch.setitem(health.TAKES_WRITES, connection.vendor, "SELECT 1 = 0")
    reply = Client().get("/readyz")
    assert (reply.status_code, reply.json()) == (503, {"unavailable": "database is read-only"})


def test_the_probe_tells_of_a_disk_that_fills(monkeypatch):
    assert "disk" not in Client().get("/readyz").json()["degraded"]
    monkeypatch.setattr(health, "LEAST_FREE", 2**62)
    assert "disk" in Client().get("/readyz").json()["degraded"]


@contextmanager
def full_disk(most: int):
    """No file of this process grows beyond so many bytes: the system refuses the write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_no_half_file(monkeypatch):
    """The database of an embedded installation is on the same disk: it refuses, too."""
    monkeypatch.setattr(jobs, "nudge", lambda job_id: None)
    client = signed_in("administrator")
    client.raise_request_exception = False
    for number in range(50):
        CustomerFactory(name=f"Customer {number} " + "x" * 200)
    with full_disk(4096):
        answer = fetch(client, "customers")
    assert answer.status_code in (500, 503)
    for export in Export.objects.all():
        assert not export.path.exists()
    whole = fetch(client, "customers")
    assert whole.status_code == 200
    assert len(b"".join(whole.streaming_content)) > 4096


def test_a_worker_with_a_full_disk_fails_the_job_and_leaves_no_half_file(monkeypatch):
    monkeypatch.setattr(jobs, "nudge", lambda job_id: None)
    monkeypatch.setattr(actions, "AT_ONCE", -1)
    client = signed_in("administrator")
    for number in range(50):
        CustomerFactory(name=f"Customer {number} " + "x" * 200)
    fetch(client, "customers")
    job, export = Job.objects.get(), Export.objects.get()
    if connection.vendor == "postgresql":
        with full_disk(4096), suppress(OSError):
            jobs.run(job.pk)
        assert not export.path.exists() or export.path.stat().st_size == 0
        export.refresh_from_db()
        assert export.state != "done"
        assert client.get(f"/exports/{export.pk}/file/").status_code == 404
    Job.objects.update(state="queued", attempts=0, lease_until=None)
    jobs.run(job.pk)
    export.refresh_from_db()
    assert (export.state, export.path.stat().st_size > 4096) == ("done", True)
