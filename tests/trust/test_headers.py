"""T16: what every reply tells the browser, on every route there is."""

import pytest
from django.test import Client
from django.utils import timezone

from brm.tokens.actions import issue
from tests.accounts.conftest import PASSWORD, sign_in
from tests.factories import UserFactory
from tests.pages.conftest import signed_in
from tests.trust.routes import every_address, some_records

pytestmark = [pytest.mark.once, pytest.mark.django_db]
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SWAGGER = "/api/docs/"  # sets styles itself
UNKNOWN = ["/nowhere/", "/customers/999999/", "/api/v1/nowhere/", "/customers"]


def policy_of(response) -> set[str]:
    return {part.strip() for part in response["Content-Security-Policy"].split(";")}


def faults(response, address: str, *, signed_in: bool) -> list[str]:
    """What the headers of a reply lack."""
    expected = POLICY
    if address == SWAGGER:
        expected = POLICY - {"style-src 'self'"} | {"style-src 'self' 'unsafe-inline'"}
    found = [] if policy_of(response) == expected else ["Content-Security-Policy"]
    found += [name for name, value in FIXED.items() if response.get(name) != value]
    if response.get("Referrer-Policy") not in ("same-origin", "no-referrer"):
        found.append("Referrer-Policy")
    cached = response.get("Cache-Control", "")
    if signed_in and "no-store" not in cached:
        found.append(f"Cache-Control: {cached}")
    if "Server" in response or "X-Powered-By" in response:
        found.append("names its software")
    return found


@pytest.fixture
def addresses():
    return [*every_address(some_records()), *UNKNOWN]


def test_every_reply_is_closed_and_those_of_signed_in_people_are_kept_nowhere(addresses):
    administrator = signed_in("administrator")
    administrator.raise_request_exception = False
    wrong = {}
    for address in addresses:
        if address == "/accounts/logout/":
            continue
        response = administrator.get(address)
        assert response.status_code < 500, address
        private = response.status_code not in (301, 400)
        if found := faults(response, address, signed_in=private):
            wrong[address] = (response.status_code, found)
    print(f"T16: {len(addresses)} routes, {len(wrong)} wrong")  # noqa: T201
    assert wrong == {}
    assert len(addresses) > 300


def test_every_reply_to_a_stranger_is_closed_too(addresses):
    stranger = Client()
    replies = {address: stranger.get(address) for address in addresses}
    found = {a: faults(reply, a, signed_in=False) for a, reply in replies.items()}
    assert {address: one for address, one in found.items() if one} == {}


def test_a_reply_to_a_token_is_kept_nowhere():
    user = UserFactory(roles=["lead"])
    _token, secret = issue(user, name="x", scopes=["*"], days=1, now=timezone.now())
    reply = Client().get("/api/v1/customers/", headers={"Authorization": f"Bearer {secret}"})
    assert reply.status_code == 200
    assert faults(reply, "/api/v1/customers/", signed_in=True) == []


def test_the_probes_are_not_guessed_at_nor_kept():
    for path in ("/healthz", "/readyz"):
        reply = Client().get(path)
        assert reply["X-Content-Type-Options"] == "nosniff"
        assert reply["Cache-Control"] == "no-store"


def test_a_static_file_is_not_guessed_at():
    reply = Client().get("/static/js/forms.js")
    assert reply.status_code in (200, 404)
    assert reply["X-Content-Type-Options"] == "nosniff"


def test_over_https_the_browser_is_bound_to_it(settings):
    """The values are those of production (see tests/test_settings.py)."""
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-brm", "__Host-csrf"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    UserFactory(username="ada").set_password(PASSWORD)
    client = Client()
    assert client.get("/accounts/login/").url == "https://testserver/accounts/login/"
    page = client.get("/accounts/login/", secure=True)
    assert page["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    for cookie in page.cookies.values():
        assert cookie["secure"]
    reply = client.get("/api/v1/customers/")
    assert reply.status_code == 403  # plain HTTP carries no token, not even to a redirect


def test_cookies_are_bound_to_the_host(settings, ada):
    settings.SESSION_COOKIE_NAME = "__Host-brm"
    settings.CSRF_COOKIE_NAME = "__Host-csrf"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client()
    client.get("/accounts/login/", secure=True)
    reply = sign_in(client, "ada", secure=True)
    session, csrf = client.cookies["__Host-brm"], client.cookies["__Host-csrf"]
    assert (reply.status_code, session["httponly"], session["samesite"]) == (302, True, "Lax")
    for cookie in (session, csrf):
        # What the prefix __Host- asks for.
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
        assert cookie["samesite"] == "Lax"


@pytest.fixture
def ada(db):
    from brm.core.models import User

    return User.objects.create_user("ada", "ada@example.org", PASSWORD)
