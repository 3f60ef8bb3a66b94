"""Callers of the API."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from tests.factories import UserFactory


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
