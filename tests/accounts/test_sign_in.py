"""Signing in: by name or e-mail and password, limited, without public sign-up."""

import pytest
from django.urls import reverse

from brm.core.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


@pytest.fixture
def user():
    return User.objects.create_user("ada", "ada@example.org", PASSWORD)


def sign_in(client, login, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": login, "password": password})


@pytest.mark.parametrize("login", ["ada", "ada@example.org"])
def test_a_name_or_an_address_signs_in(client, user, login):
    response = sign_in(client, login)
    assert (response.status_code, response.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_five_wrong_passwords_close_the_door_for_that_name(client, user):
    for _ in range(5):
        assert sign_in(client, "ada", "wrong").status_code == 200
    response = sign_in(client, "ada")
    assert "_auth_user_id" not in client.session
    assert response.status_code == 200
    assert "Too many failed sign-in attempts" in response.content.decode()


def test_nobody_signs_up(client):
    client.post(
        "/accounts/signup/",
        {"username": "eve", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert not User.objects.filter(username="eve").exists()


def test_an_inactive_user_stays_outside(client, user):
    user.is_active = False
    user.save()
    sign_in(client, "ada")
    assert "_auth_user_id" not in client.session


def test_pages_of_a_signed_in_user_are_kept_nowhere(client, user):
    client.force_login(user)
    response = client.get("/healthz")
    assert response["Cache-Control"] == "no-store"
    response = client.get(reverse("account_change_password"))
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
