"""The second step: authenticator app, recovery codes; secrets at rest; wrong codes limited."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from tests.accounts.conftest import PASSWORD, is_signed_in, sign_in, signed_in

pytestmark = pytest.mark.django_db
TOTP = "/accounts/2fa/totp/activate/"
STEP = "/accounts/2fa/authenticate/"


def code_of(secret, shift=0):
    """What the app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + shift))


def turn_on(client):
    """Set an authenticator app up; returns its secret."""
    assert "/reauthenticate/" in client.get(TOTP).url
    client.post(f"/accounts/reauthenticate/?next={TOTP}", {"password": PASSWORD})
    page = client.get(TOTP)
    assert page.status_code == 200
    secret = page.context["form"].secret
    assert client.post(TOTP, {"code": code_of(secret)}).status_code == 302
    return secret


@pytest.fixture
def secret(ada):
    return turn_on(signed_in(ada))


def test_the_password_alone_is_not_enough_any_more(ada, secret):
    client = Client()
    assert sign_in(client, "ada").url == STEP
    assert not is_signed_in(client)
    assert client.get(STEP).status_code == 200


def test_password_and_code_sign_in(ada, secret):
    client = Client()
    sign_in(client, "ada")
    client.post(STEP, {"code": code_of(secret, 1)})  # the present one was used already
    if not is_signed_in(client):
        client.post(STEP, {"code": code_of(secret)})
    assert is_signed_in(client)


def test_a_recovery_code_signs_in_once(ada, secret):
    here = signed_in_with_step(ada)
    here.post("/accounts/2fa/recovery-codes/generate/")
    page = here.get("/accounts/2fa/recovery-codes/").content.decode()
    code = re.search(r"\b\d{8}\b", page)[0]
    client = Client()
    sign_in(client, "ada")
    client.post(STEP, {"code": code})
    assert is_signed_in(client)
    again = Client()
    sign_in(again, "ada")
    again.post(STEP, {"code": code})
    assert not is_signed_in(again)


def signed_in_with_step(user):
    """A browser of the user, past both steps and just proven again."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def test_wrong_codes_are_limited(ada, secret):
    client = Client()
    sign_in(client, "ada")
    pages = [client.post(STEP, {"code": "000000"}).content.decode() for _ in range(6)]
    assert ["Too many failed" in page for page in pages] == [False] * 5 + [True]


def test_secrets_are_encrypted_in_the_database(ada, secret):
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored


def test_a_key_that_is_gone_opens_nothing_and_breaks_nothing(ada, secret, settings):
    settings.SECRET_KEY = "another key " * 6
    client = Client()
    sign_in(client, "ada")
    reply = client.post(STEP, {"code": code_of(secret, 1)})
    assert reply.status_code == 200
    assert not is_signed_in(client)


def test_ways_to_sign_in_change_only_after_proving_again(ada, secret):
    client = Client()
    client.force_login(ada)
    for address in ("totp/deactivate/", "recovery-codes/generate/", "webauthn/add/"):
        reply = client.get(f"/accounts/2fa/{address}")
        assert "/reauthenticate/" in reply.url, address


def test_the_account_page_tells_what_is_on(ada, secret):
    ways = signed_in_with_step(ada).get("/account/").context["ways"]
    assert ways["totp"] == 1
    assert ways["webauthn"] == 0


def test_a_demo_of_all_pages(ada, secret):
    """Every page of the second step is drawn in the product's frame."""
    client = signed_in_with_step(ada)
    for address in (
        "totp/deactivate/",
        "webauthn/",
        "webauthn/add/",
        "recovery-codes/generate/",
        "reauthenticate/",
    ):
        page = client.get(f"/accounts/2fa/{address}")
        assert page.status_code == 200, address
        assert "plain-top" in page.content.decode(), address
    assert client.get("/accounts/password/change/").status_code == 200
    assert PASSWORD not in page.content.decode()
