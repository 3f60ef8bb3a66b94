"""A place for files, people, and records to talk about."""

import pytest
from django.test import Client

from brm.core import jobs
from brm.core.models import Job
from brm.tokens.actions import issue
from tests.factories import ComplaintFactory, CustomerFactory, UserFactory


@pytest.fixture(autouse=True)
def files(settings, tmp_path, monkeypatch):
    """The folder of attachments; no worker is nudged."""
    monkeypatch.setattr(jobs, "nudge", lambda job: None)
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return settings.MEDIA_ROOT / "attachments"


@pytest.fixture
def lead(db):
    return UserFactory(username="lead.one", name="Mei Chen", roles=("lead",))


@pytest.fixture
def manager(db):
    """A relationship manager with a portfolio of his own."""
    return UserFactory(username="max.own", name="Max Own", roles=("brm",))


@pytest.fixture
def stranger(db):
    """A relationship manager who may see complaints of his own customers alone."""
    return UserFactory(username="sam.else", name="Sam Else", roles=("brm",))


@pytest.fixture
def complaint(manager):
    return ComplaintFactory(subject="No cover at night", customer=CustomerFactory(manager=manager))


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def work():
    """Let the worker do what is queued."""
    while job := Job.objects.filter(state="queued").first():
        done = jobs.run(job.pk)
        assert done is None or done.error == "", done.error


def bearer(user, *scopes, now):
    """Headers of a token of the user with these scopes."""
    _token, secret = issue(user, name="t", scopes=list(scopes), days=1, now=now)
    return {"Authorization": f"Bearer {secret}"}


def on_disk(files):
    """Every file in the folder of attachments."""
    return sorted(path for path in files.rglob("*") if path.is_file())
