"""Subscriptions and receivers."""

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from brm.core import jobs
from brm.core.models import Job
from brm.webhooks.models import Webhook
from brm.webhooks.tasks import send
from tests.factories import UserFactory
from tests.webhooks.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    """A receiver on this machine, which the installation allows."""
    settings.WEBHOOK_ALLOWED = [ipaddress.ip_network("127.0.0.0/8")]
    with receiving() as running:
        yield running


@pytest.fixture
def subscribe(receiver, monkeypatch) -> Callable[..., Webhook]:
    """`subscribe("complaint.*")` is a subscription of an administrator at the receiver."""
    monkeypatch.setattr("brm.core.jobs.nudge", lambda job_id: None)

    def subscribed(*events: str, owner: Any = None, **values: Any) -> Webhook:
        owner = owner or UserFactory(roles=["administrator"])
        values = {"name": "Desk", "url": receiver.url} | values
        webhook = Webhook(events=list(events), owner=owner, **values)
        webhook.full_clean()
        webhook.save()
        return webhook

    return subscribed


def deliver() -> None:
    """What beat and a worker do."""
    send()
    for job in Job.objects.filter(kind="webhook", state="queued"):
        jobs.run(job.pk)


@pytest.fixture
def caller(db: None) -> Callable[..., APIClient]:
    """`caller("lead")` is a client signed in as a user with these roles; `.user` is the user."""

    def signed_in(*roles: str) -> APIClient:
        client = APIClient()
        client.user = UserFactory(roles=roles)
        client.force_login(client.user)
        return client

    return signed_in


@pytest.fixture
def admin(caller: Callable[..., APIClient]) -> APIClient:
    """A client that may do everything."""
    return caller("administrator")
