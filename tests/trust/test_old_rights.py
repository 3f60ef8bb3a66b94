"""T34: work that was queued acts with the rights its user has when it runs."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from brm.bulk_changes import actions as bulk
from brm.bulk_changes.models import BulkChange
from brm.core import jobs
from brm.core.imports import actions as imports
from brm.core.models import ImportRun, Job
from brm.exports import actions as exports
from brm.exports.models import Export
from customers.models import Customer
from tests.exports.fetching import fetch
from tests.factories import CustomerFactory
from tests.pages.conftest import signed_in

pytestmark = pytest.mark.django_db


def lose_the_role(user):
    user.groups.clear()


def leave(user):
    user.is_active = False
    user.save()


LOSSES = [lose_the_role, leave]


@pytest.fixture
def lead(monkeypatch):
    monkeypatch.setattr(jobs, "nudge", lambda job_id: None)
    return signed_in("lead")


def work() -> None:
    while job := Job.objects.filter(state="queued").first():
        jobs.run(job.pk)


def without_rights(lead, loss):
    loss(lead.user)
    work()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_change_of_many_records_is_not_made(lead, loss, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    customers = [CustomerFactory(tier="standard") for _number in range(3)]
    keys = [f"{one.pk}:{one.version}" for one in customers]
    lead.post("/bulk-changes/new/", {"records": "customers", "keys": keys, "scope": "page"})
    change = BulkChange.objects.get()
    lead.post(f"/bulk-changes/{change.pk}/", {"set": "tier", "tick_tier": "on", "tier": "key"})
    change.refresh_from_db()
    change.values, change.state = {"tier": "key"}, "previewed"
    change.save()
    lead.post(f"/bulk-changes/{change.pk}/run/")
    assert Job.objects.filter(state="queued").exists()
    without_rights(lead, loss)
    assert set(Customer.objects.values_list("tier", flat=True)) == {"standard"}


@pytest.mark.parametrize("loss", LOSSES)
def test_an_import_writes_nothing(lead, loss):
    content = b"reference,name\nR1,Acme\nR2,Bolt\n"
    file = SimpleUploadedFile("customers.csv", content)
    lead.post("/imports/new/", {"entity": "customers", "file": file})
    run = ImportRun.objects.get()
    chosen = {"column_reference": "reference", "column_name": "name"}
    lead.post(f"/imports/{run.pk}/mapping/", chosen)
    work()
    lead.post(f"/imports/{run.pk}/start/")
    assert Job.objects.filter(state="queued").exists()
    without_rights(lead, loss)
    assert not Customer.objects.exists()
    run.refresh_from_db()
    assert run.report.get("refused_rows", 2) == 2 or run.state == "failed"


@pytest.mark.parametrize("loss", LOSSES)
def test_an_export_holds_nothing(lead, loss, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", -1)
    CustomerFactory(name="Secret customer")
    fetch(lead, "customers")
    without_rights(lead, loss)
    export = Export.objects.get()
    assert not export.path.exists() or b"Secret" not in export.path.read_bytes()
    assert lead.get(f"/exports/{export.pk}/file/").status_code in (302, 403, 404)


@pytest.mark.parametrize("loss", LOSSES)
def test_an_import_by_the_api_is_not_undone_for_him(lead, loss):
    content = SimpleUploadedFile("customers.csv", b"reference,name\nR1,Acme\n")
    reply = lead.post("/api/v1/imports/", {"file": content, "entity": "customers"})
    assert reply.status_code in (201, 202), reply.content
    work()
    before = Customer.objects.count()
    number = json.loads(reply.content)["id"]
    loss(lead.user)
    assert lead.post(f"/api/v1/imports/{number}/undo/").status_code in (401, 403, 404)
    assert Customer.objects.count() == before
    assert imports  # the same actions as the pages'
