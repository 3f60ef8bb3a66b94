"""Sign-in through an identity provider: who gets in, with which roles, and who does not."""

import urllib.error
import urllib.request

import pytest
from django.test import Client

from brm.core.models import User
from tests.accounts.conftest import PASSWORD, is_signed_in, sign_in
from tests.accounts.identity_provider import CLIENT, SECRET, identity_provider

pytestmark = pytest.mark.django_db
START = "/accounts/oidc/oidc/login/"
GRACE = {
    "sub": "1906",
    "preferred_username": "grace",
    "name": "Grace Hopper",
    "email": "grace@example.org",
    "email_verified": True,
    "groups": ["navy", "crm-managers"],
}


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


@pytest.fixture
def provider(settings):
    """The provider, known to the product."""
    with identity_provider() as running:
        settings.OIDC_ISSUER = running.issuer
        settings.OIDC_NAME = "Harbour ID"
        settings.OIDC_ROLES = (("crm-managers", "brm"), ("crm-managers", "lead"), ("it", "risk"))
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                "OAUTH_PKCE_ENABLED": True,
                "APPS": [
                    {
                        "provider_id": "oidc",
                        "name": "Harbour ID",
                        "client_id": CLIENT,
                        "secret": SECRET,
                        "settings": {"server_url": running.issuer},
                    }
                ],
            }
        }
        running.person = dict(GRACE)
        yield running


def to_provider(client):
    """Press the button; returns where the provider sends the browser back to."""
    sent = client.post(START)
    assert sent.status_code == 302, sent.content
    with pytest.raises(urllib.error.HTTPError) as reply:
        urllib.request.build_opener(Stay).open(sent.url)
    reply.value.close()
    return reply.value.headers["Location"]


def come_in(client):
    """The whole way: button, provider, back."""
    return client.get(to_provider(client).replace("http://testserver", ""), follow=True)


def test_the_sign_in_page_offers_it(provider, ada):
    assert "Sign in with Harbour ID" in Client().get("/accounts/login/").content.decode()


def test_nothing_is_offered_or_answered_without_a_provider(ada):
    assert "openid" not in Client().get("/accounts/login/").content.decode()
    assert Client().post(START).status_code == 404


def test_a_known_person_gets_in_with_the_roles_of_his_groups(provider):
    client = Client()
    come_in(client)
    user = User.objects.get(username="grace")
    assert is_signed_in(client)
    assert (user.name, user.email) == ("Grace Hopper", "grace@example.org")
    assert user.role_keys == {"brm", "lead"}
    assert not user.has_usable_password()


def test_roles_follow_the_groups_at_each_sign_in(provider):
    come_in(Client())
    provider.person["groups"] = ["it"]
    come_in(Client())
    assert User.objects.get(username="grace").role_keys == {"risk"}
    assert User.objects.count() == 1


@pytest.mark.parametrize("groups", [[], ["navy"], "navy", None])
def test_whoever_has_no_role_stays_outside(provider, groups):
    provider.person["groups"] = groups or []
    client = Client()
    page = come_in(client).content.decode()
    assert "has no role here" in page
    assert not is_signed_in(client)
    assert not User.objects.exists() or not User.objects.filter(username="grace").exists()


def test_an_account_made_beforehand_is_found_by_its_verified_address(provider, ada):
    provider.person["email"] = "ADA@example.org"
    come_in(Client())
    assert User.objects.count() == 1
    assert User.objects.get().role_keys == {"brm", "lead"}


def test_an_address_that_is_not_verified_takes_over_nothing(provider, ada):
    provider.person |= {"email": "ada@example.org", "email_verified": False}
    come_in(Client())
    assert User.objects.get(username="grace") != ada
    assert sign_in(Client(), "ada", PASSWORD).status_code == 302
    assert User.objects.get(username="ada").role_keys == frozenset()


def test_a_second_identity_does_not_take_over_a_linked_account(provider):
    come_in(Client())
    provider.person |= {"sub": "other", "preferred_username": "mallory"}
    come_in(Client())
    assert User.objects.filter(username="mallory").exists()


def test_a_deactivated_user_stays_outside(provider):
    come_in(Client())
    User.objects.update(is_active=False)
    client = Client()
    come_in(client)
    assert not is_signed_in(client)


def test_a_taken_name_gets_a_number(provider):
    User.objects.create_user("grace", "other@example.org", PASSWORD)
    come_in(Client())
    assert User.objects.filter(username="grace-2", email="grace@example.org").exists()


def test_an_answer_for_another_browser_is_refused(provider):
    """A planted code and state sign nobody in."""
    back = to_provider(Client()).replace("http://testserver", "")
    victim = Client()
    victim.get(back, follow=True)
    assert not is_signed_in(victim)


def test_an_answer_works_once(provider):
    client = Client()
    back = to_provider(client).replace("http://testserver", "")
    client.get(back)
    client.post("/accounts/logout/")
    client.get(back, follow=True)
    assert not is_signed_in(client)


def test_a_provider_that_is_down_is_told(provider, settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        "http://127.0.0.1:9"
    )
    client = Client()
    client.raise_request_exception = False
    page = client.post(START, follow=True)
    assert "does not answer" in page.content.decode()
