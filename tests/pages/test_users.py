"""Pages of users: administrators give roles, nobody changes his own."""

import pytest

from brm.core.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NEW = {"username": "mei", "name": "Mei Chen", "email": "mei@example.org", "is_active": "on"}


def test_an_administrator_makes_a_user_with_roles(admin):
    response = admin.post(
        "/users/new/", NEW | {"roles": ["brm", "lead"], "new_password": "a long enough one"}
    )
    user = User.objects.get(username="mei")
    assert response.url == f"/users/{user.pk}/"
    assert user.role_keys == {"brm", "lead"}
    assert user.check_password("a long enough one")


def test_a_user_without_a_password_cannot_sign_in(admin):
    admin.post("/users/new/", NEW)
    assert not User.objects.get(username="mei").has_usable_password()


def test_a_short_password_is_refused(admin):
    response = admin.post("/users/new/", NEW | {"new_password": "short"})
    assert set(response.context["form"].errors) == {"new_password"}


def test_roles_are_changed_and_the_history_tells_it(admin):
    user = UserFactory(roles=["brm"])
    data = {"username": user.username, "name": "Other", "is_active": "on", "roles": ["lead"]}
    admin.post(f"/users/{user.pk}/edit/", data)
    user = User.objects.get(pk=user.pk)
    assert (user.name, user.role_keys) == ("Other", {"lead"})
    page = admin.get(f"/users/{user.pk}/")
    assert page.context["history"][0]["changes"][0]["after"] == "Other"


def test_nobody_changes_his_own_roles(admin):
    data = {"username": "me", "name": "Me", "roles": ["executive"]}
    assert admin.post(f"/users/{admin.user.pk}/edit/", data).status_code == 302
    me = User.objects.get(pk=admin.user.pk)
    assert (me.username, me.role_keys, me.is_active) == ("me", {"administrator"}, True)


@pytest.mark.parametrize("role", ["brm", "lead", "auditor", "executive"])
def test_others_see_users_and_cannot_change_them(as_role, role):
    client, user = as_role(role), UserFactory()
    assert client.get("/users/").status_code == 200
    assert client.get(f"/users/{user.pk}/").status_code == 200
    assert client.get(f"/users/{user.pk}/edit/").status_code == 403
    assert client.get("/users/new/").status_code == 403


def test_users_are_never_deleted(admin):
    user = UserFactory()
    assert admin.post(f"/users/{user.pk}/delete/").status_code == 403


def test_an_address_is_shown_to_administrators_and_its_owner_alone(admin, as_role):
    mei = UserFactory(name="Mei", email="mei@example.org", roles=["brm"])
    mei.email = "mei.chen@example.org"
    mei.save()
    other, own = as_role("lead"), as_role("brm")
    own.user.email = "own@example.org"
    own.user.save()
    for page in ("/users/?columns=name,email,last_login", f"/users/{mei.pk}/"):
        assert "mei.chen@example.org" in admin.get(page).content.decode()
        told = other.get(page).content.decode()
        assert "@example.org" not in told
    assert "mei.chen@example.org" in admin.get(f"/users/{mei.pk}/history/").content.decode()
    assert other.get(f"/users/{mei.pk}/history/").status_code == 404
    assert "own@example.org" in own.get("/users/").content.decode()
    assert "own@example.org" in own.get(f"/users/{own.user.pk}/").content.decode()
    for query in ("?q=mei.chen", "?q=example.org"):
        assert other.get(f"/users/{query}").context["table"]["rows"] == []
        assert "Mei" not in other.get(f"/users/options/{query}").content.decode()
    assert other.get("/users/?sort=email").context["table"]["sort"] == "username"
    assert "last_login__gte" not in other.get("/users/").context["filter_form"].fields
