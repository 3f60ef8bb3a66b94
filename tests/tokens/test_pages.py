"""Pages of API tokens: everybody the own ones, administrators all; shown once, revoked at once."""

import re

import pytest
from django.utils import timezone

from brm.tokens.actions import issue
from brm.tokens.models import ApiToken
from tests.factories import UserFactory
from tests.looking import look_at, sign_in

pytestmark = pytest.mark.django_db
NEW = {"name": "ETL", "days": "30", "access": "*:read"}


def token_of(user, **more):
    return issue(user, **{"name": "x", "scopes": ["*"], "days": 30, "now": timezone.now()} | more)


@pytest.fixture
def brm(client):
    client.user = UserFactory(roles=["brm"])
    client.force_login(client.user)
    return client


def test_the_new_token_is_shown_once(brm):
    shown = brm.post("/tokens/new/", NEW)
    assert "no-store" in shown["Cache-Control"]
    secret = re.search(r'value="(brm_[^"]+)"', shown.content.decode())[1]
    token = ApiToken.objects.get()
    assert (token.owner, token.name, token.scopes) == (brm.user, "ETL", ["*:read"])
    assert secret not in brm.get("/tokens/").content.decode()
    reply = brm.get("/api/v1/customers/", HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert reply.status_code == 200


def test_scopes_are_chosen_among_the_own_rights(brm):
    form = brm.get("/tokens/new/").context["form"]
    offered = {value for value, _label in form.fields["scopes"].choices}
    assert {"customers:read", "customers:write", "users:read"} <= offered
    assert not {"cost-entries:read", "users:write", "tokens:read", "exchange-rates:write"} & offered
    chosen = NEW | {"access": "chosen"}
    assert brm.post("/tokens/new/", chosen).status_code == 400
    assert brm.post("/tokens/new/", chosen | {"scopes": ["cost-entries:read"]}).status_code == 400
    assert not ApiToken.objects.exists()
    brm.post("/tokens/new/", chosen | {"scopes": ["customers:read", "services:read"]})
    assert ApiToken.objects.get().scopes == ["customers:read", "services:read"]


@pytest.mark.parametrize("wrong", [{"name": ""}, {"days": "400"}, {"days": ""}, {"access": "all"}])
def test_what_is_wrong_with_the_form(brm, wrong):
    assert brm.post("/tokens/new/", NEW | wrong).status_code == 400
    assert not ApiToken.objects.exists()


def test_everybody_sees_and_revokes_the_own_tokens(brm):
    own, _secret = token_of(brm.user, name="Mine")
    foreign, _secret = token_of(UserFactory(roles=["lead"]), name="Theirs")
    page = brm.get("/tokens/").content.decode()
    assert "Mine" in page
    assert "Theirs" not in page
    assert brm.post(f"/tokens/{foreign.pk}/revoke/").status_code == 404
    assert brm.get(f"/tokens/{own.pk}/revoke/").status_code == 405
    assert brm.post(f"/tokens/{own.pk}/revoke/").url == "/tokens/"
    own.refresh_from_db()
    foreign.refresh_from_db()
    assert (own.revoked_by, foreign.revoked_at) == (brm.user, None)
    assert "Revoked" in brm.get("/tokens/").content.decode()


def test_administrators_see_and_revoke_all(admin_user_client):
    foreign, _secret = token_of(UserFactory(roles=["lead"]), name="Theirs")
    assert "Theirs" in admin_user_client.get("/tokens/").content.decode()
    admin_user_client.post(f"/tokens/{foreign.pk}/revoke/")
    foreign.refresh_from_db()
    assert foreign.revoked_at is not None


@pytest.fixture
def admin_user_client(client):
    client.force_login(UserFactory(roles=["administrator"]))
    return client


def test_without_a_role_there_are_no_tokens(client):
    client.force_login(UserFactory())
    assert client.get("/tokens/").status_code == 403
    assert client.post("/tokens/new/", NEW).status_code == 403


@pytest.mark.full
@pytest.mark.browser
@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_the_pages_are_accessible_and_a_token_is_revoked_by_keyboard(page):
    user = UserFactory(roles=["administrator"])
    page.goto("/accounts/login/")
    sign_in(page, user)
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    for width, theme in ((1440, "light"), (390, "dark")):
        assert look_at(page, "/tokens/", width, theme) == ([], 0, [])
        assert look_at(page, "/tokens/new/", width, theme) == ([], 0, [])
        token_of(user, name=long, scopes=["customers:read", "complaints:write", "services:read"])
    assert look_at(page, "/tokens/", 390, "dark") == ([], 0, [])
    page.get_by_role("button", name="Revoke").first.focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open]").get_by_role("button", name="Revoke").focus()
    page.keyboard.press("Enter")
    page.get_by_text("is revoked.").wait_for()
    assert ApiToken.objects.filter(revoked_at=None).count() == 1
    assert page.reports == []
