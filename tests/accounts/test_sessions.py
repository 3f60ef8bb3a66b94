"""Sessions: fixed neither by an attacker nor for ever, seen and ended by their users."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from brm.people.models import Session
from brm.people.sessions import SessionStore
from brm.people.tasks import tidy
from tests.accounts.conftest import BROWSER, PASSWORD, is_signed_in, sign_in, signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def only_session(user):
    return Session.objects.get(user=user)


def age(user, **shifts):
    """Move instants of the user's only session into the past."""
    session = only_session(user)
    for name, shift in shifts.items():
        setattr(session, name, getattr(session, name) - shift)
    session.save()


# --- Sign-in, sign-out --------------------------------------------------------------------------


def test_a_sign_in_gets_a_new_key_and_the_old_one_opens_nothing(ada):
    """T13: a key that an attacker planted before the sign-in is worth nothing afterwards."""
    client = Client()
    planted = SessionStore()
    planted["seen"] = 1
    planted.create()
    client.cookies["brm"] = planted.session_key
    sign_in(client, "ada")
    assert client.cookies["brm"].value != planted.session_key
    attacker = Client()
    attacker.cookies["brm"] = planted.session_key
    assert is_signed_in(client)
    assert not is_signed_in(attacker)


def test_sign_out_ends_the_session_on_the_server(ada):
    client = signed_in(ada)
    key = client.cookies["brm"].value
    response = client.post("/accounts/logout/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    thief = Client()
    thief.cookies["brm"] = key
    assert not is_signed_in(thief)
    assert not Session.objects.filter(user=ada).exists()


def test_only_a_sign_out_empties_the_browser(ada):
    client = signed_in(ada)
    assert "Clear-Site-Data" not in client.get("/account/")
    assert "Clear-Site-Data" not in Client().get("/accounts/login/")


def test_a_password_change_ends_the_other_sessions_and_keeps_this_one(ada):
    here, there = signed_in(ada), signed_in(ada)
    new = "an entirely different secret"
    here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert Session.objects.filter(user=ada).count() == 1


def test_a_deactivated_user_is_outside_at_once(ada, admin):
    client = signed_in(ada)
    admin.post(f"/users/{ada.pk}/edit/", {"username": "ada", "name": "Ada", "email": ada.email})
    assert not is_signed_in(client)
    assert not Session.objects.filter(user=ada).exists()


def test_a_password_set_by_an_administrator_ends_all_sessions(ada, admin):
    client = signed_in(ada)
    data = {"username": "ada", "name": "Ada", "is_active": "on", "new_password": "something else 4"}
    assert admin.post(f"/users/{ada.pk}/edit/", data).status_code == 302
    assert not is_signed_in(client)


def test_a_lost_role_counts_from_the_next_request(ada):
    client = Client()
    user = UserFactory(roles=["lead"])
    client.force_login(user)
    assert client.get("/customers/new/").status_code == 200
    user.groups.clear()
    assert client.get("/customers/new/").status_code == 404


# --- Limits -------------------------------------------------------------------------------------


def test_an_idle_session_ends(ada, settings):
    settings.SESSION_IDLE_SECONDS = 1800
    client = signed_in(ada)
    age(ada, last_seen_at=timedelta(minutes=29))
    assert is_signed_in(client)
    age(ada, last_seen_at=timedelta(minutes=31))
    assert not is_signed_in(client)


def test_a_session_ends_at_its_age_even_in_use(ada, settings):
    settings.SESSION_COOKIE_AGE = 3600
    client = signed_in(ada)
    age(ada, created_at=timedelta(minutes=59))
    assert is_signed_in(client)
    age(ada, created_at=timedelta(minutes=2))
    assert not is_signed_in(client)


def test_use_is_noted_now_and_then_only(ada, settings, django_assert_num_queries):
    settings.SESSION_IDLE_SECONDS = 3600
    client = signed_in(ada)
    seen = only_session(ada).last_seen_at
    client.get("/account/")
    assert only_session(ada).last_seen_at == seen
    age(ada, last_seen_at=timedelta(minutes=7))
    client.get("/account/", REMOTE_ADDR="192.0.2.7")
    session = only_session(ada)
    assert session.last_seen_at >= seen
    assert session.ip == "192.0.2.7"


def test_what_a_page_stores_does_not_make_a_session_younger(ada):
    client = signed_in(ada)
    age(ada, created_at=timedelta(hours=1))
    before = only_session(ada)
    store = client.session
    store["something"] = 1
    store.save()
    after = only_session(ada)
    assert (after.created_at, after.handle) == (before.created_at, before.handle)


def test_dead_sessions_are_forgotten(ada):
    signed_in(ada)
    age(ada, last_seen_at=timedelta(days=2))
    other = UserFactory()
    Client().force_login(other)
    tidy()
    assert list(Session.objects.values_list("user", flat=True)) == [other.pk]


# --- The list -----------------------------------------------------------------------------------


def test_my_sessions_tell_where_i_am_signed_in(ada):
    client = signed_in(ada)
    rows = client.get("/account/").context["sessions"]
    assert [(row["browser"], row["ip"], row["is_current"]) for row in rows] == [
        ("Firefox · Linux", "127.0.0.1", True)
    ]


def test_keys_of_sessions_are_on_no_page(ada):
    client, other = signed_in(ada), signed_in(ada)
    page = client.get("/account/").content.decode()
    assert other.cookies["brm"].value not in page
    assert client.cookies["brm"].value not in page


def test_i_end_another_session_of_mine(ada):
    here, there = signed_in(ada), signed_in(ada)
    rows = here.get("/account/").context["sessions"]
    assert [row["is_current"] for row in rows] == [True, False]
    here.post(f"/account/sessions/{rows[1]['handle']}/end/")
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_i_sign_out_everywhere_else(ada):
    here, there, elsewhere = signed_in(ada), signed_in(ada), signed_in(ada)
    here.post("/account/sessions/end/")
    assert [is_signed_in(c) for c in (here, there, elsewhere)] == [True, False, False]


def test_nobody_ends_the_session_of_somebody_else(ada):
    client = signed_in(ada)
    other = signed_in_as(UserFactory())
    handle = Session.objects.exclude(user=ada).get().handle
    assert client.post(f"/account/sessions/{handle}/end/").status_code == 404
    assert is_signed_in(other)


def signed_in_as(user):
    client = Client(HTTP_USER_AGENT=BROWSER)
    client.force_login(user)
    return client


def test_an_administrator_sees_and_ends_the_sessions_of_others(ada, admin):
    one, two = signed_in(ada), signed_in(ada)
    address = f"/users/{ada.pk}/sessions/"
    rows = admin.get(address).context["sessions"]
    assert len(rows) == 2
    admin.post(address, {"handle": rows[0]["handle"]})
    assert sorted([is_signed_in(one), is_signed_in(two)]) == [False, True]
    admin.post(address)
    assert not is_signed_in(one)
    assert not is_signed_in(two)
    assert is_signed_in(admin)


@pytest.mark.parametrize("handle", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_handle_that_is_none_ends_nothing(ada, admin, handle):
    client = signed_in(ada)
    response = admin.post(f"/users/{ada.pk}/sessions/", {"handle": handle})
    assert response.status_code in (302, 404)
    assert is_signed_in(client)


def test_others_do_not_see_sessions_of_users(ada):
    client = signed_in_as(UserFactory(roles=["lead"]))
    assert client.get(f"/users/{ada.pk}/sessions/").status_code == 403
    assert client.post(f"/users/{ada.pk}/sessions/").status_code == 403


def test_a_session_without_a_request_knows_no_browser():
    store = SessionStore()
    store["x"] = 1
    store.create()
    row = Session.objects.get()
    assert (row.user_id, row.ip, row.user_agent) == (None, None, "")
    assert AnonymousUser().pk is None
    assert row.expire_date > timezone.now()
