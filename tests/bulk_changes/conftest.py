"""Signed-in clients of the pages."""

import pytest
from django.test import Client

from tests.factories import UserFactory


def signed_in(*roles):
    client = Client()
    client.user = UserFactory(roles=roles)
    client.force_login(client.user)
    return client


@pytest.fixture
def admin(db):
    return signed_in("administrator")


@pytest.fixture
def as_role(db):
    return signed_in
