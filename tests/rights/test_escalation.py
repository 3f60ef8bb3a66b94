"""Nobody gets more rights than were given: not by forms, tokens, headers or views."""

import pytest
from django.test import Client

from brm.core.models import User
from brm.core.roles import ROLES
from brm.tokens.models import ApiToken
from tests.rights.company import undone

pytestmark = [pytest.mark.once, pytest.mark.django_db]


def rights_of(user):
    fresh = User.objects.get(pk=user.pk)
    return fresh.role_keys, fresh.is_superuser, fresh.is_staff, fresh.is_active


@pytest.mark.parametrize("role", [None, *ROLES])
def test_nobody_changes_his_own_roles(company, role):
    company.become(role)
    before = rights_of(company.user)
    address = f"/users/{company.user.pk}/edit/"
    data = {"username": "actor", "name": "x", "roles": [*ROLES], "is_superuser": "1"}
    with undone():
        answer = company.pages.post(address, {**data, "is_staff": "1", "is_active": "on"})
        allowed = {"administrator": 302, None: 404}.get(role, 403)
        assert answer.status_code == allowed
        assert rights_of(company.user) == before


@pytest.mark.parametrize("role", [None, *ROLES])
def test_users_and_roles_are_not_written_by_the_api(company, role):
    company.become(role)
    for address in (f"/api/v1/users/{company.user.pk}/", "/api/v1/users/", "/api/v1/roles/"):
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(company.api, method)(address, {"roles": ["administrator"]})
            assert answer.status_code in (403, 405), (address, method)


@pytest.mark.parametrize("role", [one for one in ROLES if one != "administrator"])
def test_only_an_administrator_gives_roles(company, role):
    company.become(role)
    new = {"username": "new", "name": "New", "roles": ["administrator"], "is_active": "on"}
    with undone():
        assert company.pages.post("/users/new/", new).status_code == 403
        assert not User.objects.filter(username="new").exists()
        answer = company.pages.post(f"/users/{company.stranger.pk}/edit/", new)
        assert answer.status_code == 403
        for page in ("invite", "hand-over", "sessions"):
            assert company.pages.post(f"/users/{company.stranger.pk}/{page}/").status_code == 403


def test_a_token_s_form_offers_no_more_than_one_has(company):
    company.become("brm")
    data = {"name": "x", "days": "30", "access": "chosen"}
    for scope in ("cost-entries:read", "webhooks:write", "tokens:write", "users:write", "x:y"):
        with undone():
            answer = company.pages.post("/tokens/new/", {**data, "scopes": [scope]})
            assert answer.status_code == 400, scope
            assert set(answer.context["form"].errors) == {"scopes"}, scope
            assert not ApiToken.objects.filter(owner=company.user, name="x").exists()


def test_a_token_of_everything_is_worth_what_its_owner_is(company):
    company.become("brm")
    client = company.bearer("*")
    foreign = company.records["customers"]["nobody"]
    own = company.records["customers"]["portfolio"]
    with undone():
        assert client.patch(f"/api/v1/customers/{foreign.pk}/", {"tier": "key"}).status_code == 403
        assert client.patch(f"/api/v1/customers/{own.pk}/", {"tier": "key"}).status_code == 200
    company.become(None)
    assert client.get("/api/v1/customers/").status_code == 403


def test_a_token_opens_no_page(company):
    company.become("administrator")
    client = company.bearer("*")
    for address in ("/tokens/new/", "/users/", "/webhooks/new/", "/rights/", "/account/"):
        assert client.get(address).url.startswith("/accounts/login/")
        answer = client.post(address, {"name": "x"})
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/")


def test_nobody_acts_as_somebody_else(company):
    company.become("brm")
    hidden = company.records["complaints"]["nobody"]
    admin = "administrator"
    for name in ("X-User", "X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Sudo", "Sudo"):
        address = f"/api/v1/complaints/{hidden.pk}/"
        assert company.api.get(address, headers={name: admin}).status_code == 404
        assert Client().get("/customers/", headers={name: admin}).status_code == 302
    for name in ("user", "as", "_switch_user", "sudo", "impersonate"):
        query = f"?{name}={company.stranger.pk}"
        assert company.api.get(f"/api/v1/complaints/{query}").status_code == 400
        assert company.pages.get(f"/complaints/{hidden.pk}/{query}").status_code == 404


def test_a_view_for_everyone_needs_the_right_to_keep_it(company):
    company.become("brm")
    asked = {"records": "customers", "query": "", "name": "x", "audience": "shared"}
    from brm.saved_views.models import SavedView

    with undone():
        company.pages.post("/views/new/", asked)
        assert not SavedView.objects.exclude(audience="personal").exists()
