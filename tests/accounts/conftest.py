"""People who sign in."""

import pytest
from django.test import Client
from django.urls import reverse

from brm.core.models import User
from tests.factories import UserFactory

PASSWORD = "correct horse battery staple"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def sign_in(client, login, password=PASSWORD, **headers):
    """Send the sign-in form."""
    return client.post(reverse("account_login"), {"login": login, "password": password}, **headers)


def signed_in(user, password=PASSWORD):
    """A fresh browser in which the user signed in by the form."""
    client = Client(HTTP_USER_AGENT=BROWSER)
    assert sign_in(client, user.username, password).status_code == 302
    return client


def is_signed_in(client):
    """Whether the browser still sees its account page."""
    return client.get("/account/").status_code == 200


@pytest.fixture
def ada(db):
    """A user with a password and no role."""
    return User.objects.create_user("ada", "ada@example.org", PASSWORD, name="Ada Lovelace")


@pytest.fixture
def admin(db):
    """The browser of an administrator."""
    client = Client(HTTP_USER_AGENT=BROWSER)
    client.user = UserFactory(roles=["administrator"])
    client.force_login(client.user)
    return client
