"""Demo users sign in on this machine only: their password is known to everybody."""

import pytest
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from brm.core.models import User
from brm.demo.cast import ACCOUNTS, PASSWORD, assemble

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_tries_yet():
    cache.clear()


@pytest.fixture
def here(settings):
    """The product as `make run` starts it: embedded database, bound to loopback."""
    settings.EMBEDDED = True
    settings.BOUND_TO_LOOPBACK = True
    settings.ALLOWED_HOSTS = ["*"]
    assemble()
    return settings


def signs_in(username="brm", password=PASSWORD, host="localhost:8000", **headers):
    client = Client(headers={"host": host, **headers})
    client.post(reverse("account_login"), {"login": username, "password": password})
    return "_auth_user_id" in client.session


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("username", [username for username, _name, _role in ACCOUNTS])
def test_every_role_has_a_user_who_signs_in(username):
    assert signs_in(username)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:9000"])
def test_loopback_names(host):
    assert signs_in(host=host)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("host", ["brm.example.org", "192.168.1.7:8000", "localhost.example.org"])
def test_other_hosts_are_refused(host):
    assert not signs_in(host=host)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP"]
)
def test_behind_a_proxy_they_are_refused(header):
    assert not signs_in(**{header: "for=127.0.0.1"})


def test_a_server_bound_to_the_network_refuses_them(here):
    here.BOUND_TO_LOOPBACK = False
    assert not signs_in()


def test_a_server_database_refuses_them(here):
    here.EMBEDDED = False
    assert not signs_in()


@pytest.mark.usefixtures("here")
def test_without_a_request_they_are_refused():
    assert authenticate(None, username="brm", password=PASSWORD) is None


@pytest.mark.usefixtures("here")
def test_colleagues_never_sign_in():
    assert not signs_in("lin.mei")
    assert not User.objects.get(username="lin.mei").has_usable_password()


def test_other_users_sign_in_anywhere(here):
    here.BOUND_TO_LOOPBACK = False
    User.objects.create_user("own", password="a long secret of mine")
    assert signs_in("own", "a long secret of mine", host="brm.example.org")


@pytest.mark.usefixtures("here")
def test_the_sign_in_page_names_them_here_only():
    page = Client(headers={"host": "localhost"}).get(reverse("account_login")).content.decode()
    assert all(f">{username}<" in page or username in page for username, _n, _r in ACCOUNTS)
    far = Client(headers={"host": "brm.example.org"}).get(reverse("account_login"))
    assert "changemanager" not in far.content.decode()
