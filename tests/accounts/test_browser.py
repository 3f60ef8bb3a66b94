"""Accounts in a browser: a passkey from its making to signing in with it, and how pages look."""

import pytest
from django.test import Client
from django.utils import timezone

from brm.people import links
from tests.factories import CustomerFactory, UserFactory
from tests.looking import look_at, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery staple"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def ada(db):
    user = UserFactory(username="ada", name="Ada Lovelace", roles=["administrator"])
    user.set_password(PASSWORD)
    user.save()
    return user


def test_a_passkey_is_made_and_signs_in(page, live_server, ada):
    """The whole way with a virtual key: password, proof, key, sign-out, key alone."""
    base = live_server.url.replace("127.0.0.1", "localhost")  # keys belong to names
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    page.goto(f"{base}/accounts/login/")
    page.fill("[name=login]", "ada")
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_url(f"{base}/")
    page.goto(f"{base}/accounts/2fa/webauthn/add/")
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/webauthn/add/")
    page.check("[name=passwordless]")
    page.click("[data-passkey]")
    page.wait_for_url("**/recovery-codes/**")
    page.goto(f"{base}/account/")
    page.click(".account button")
    page.wait_for_url("**/accounts/login/**")
    page.click("[data-passkey]")
    page.wait_for_url(f"{base}/")
    assert page.get_by_text("Ada Lovelace").first.is_visible()


def test_a_passkey_that_is_not_there_is_told(page, live_server, ada):
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    page.goto(live_server.url.replace("127.0.0.1", "localhost") + "/accounts/login/")
    page.click("[data-passkey]")
    page.get_by_text("That did not work").wait_for()


@pytest.mark.full
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_pages_of_accounts_look_well(page, ada, width, theme):
    other = UserFactory(name="Björn Müller-Lüdenscheidt von der langen Heide", email="b@b.io")
    CustomerFactory(manager=other)
    Client().force_login(other)
    token = links.make(other, "invitation", timezone.now())
    strangers = ["/accounts/login/", "/accounts/password/reset/", f"/link/{token}/"]
    users = ["/account/"]
    users += [f"/users/{other.pk}/{name}" for name in ("", "sessions/", "hand-over/", "invite/")]
    page.goto("/accounts/login/")
    found = {address: look_at(page, address, width, theme) for address in strangers}
    sign_in(page, ada)
    found |= {address: look_at(page, address, width, theme) for address in users}
    assert {address: what for address, what in found.items() if what != ([], 0, [])} == {}
