"""Two at once: one deletes, the other is told that there is nothing left."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, connections
from rest_framework.test import APIClient

from brm.audit.models import AuditEntry
from brm.conversations import actions, following
from brm.conversations.models import Follow
from tests.factories import ComplaintFactory, UserFactory

from .test_files import attached

NOW = datetime(2025, 3, 10, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("one writer at a time: a race on SQLite proves nothing")


def at_once(count, work):
    """What `work()` returns in so many threads that start together."""
    start, found = threading.Barrier(count), []

    def call():
        try:
            start.wait(30)
            found.append(work())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def test_of_many_deletions_one_deletes():
    lead, complaint = UserFactory(roles=("lead",)), ComplaintFactory()
    comment = actions.say(complaint, "words", by=lead, now=NOW).comment
    file = attached(complaint, lead)
    for kind, key in (("comments", comment.pk), ("attachments", file.pk)):

        def delete(path=f"/api/v1/{kind}/{key}/"):
            client = APIClient()
            client.force_login(lead)
            return client.delete(path).status_code

        assert at_once(4, delete) == [204, 404, 404, 404]
        assert AuditEntry.objects.filter(kind=kind, event="deleted").count() == 1


def test_following_at_once_is_following_once():
    lead, complaint = UserFactory(roles=("lead",)), ComplaintFactory()

    def follow():
        following.follow(complaint, by=lead, now=NOW)
        following.follow_by_itself(complaint, [lead], wish="own", now=NOW)
        return 0

    at_once(4, follow)
    assert Follow.objects.count() == 1
