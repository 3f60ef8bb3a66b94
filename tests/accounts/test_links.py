"""T10, T12: invitations and new passwords by mail: single-use, expiring, telling nothing."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connections
from django.test import Client
from django.utils import timezone

from brm.core import jobs
from brm.core.models import Job, User
from brm.people import links
from brm.people.models import Link, Purpose
from tests.accounts.conftest import PASSWORD, is_signed_in, sign_in, signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NEW = "an entirely different secret"
RESET = "/accounts/password/reset/"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs, "nudge", lambda job_id: None)


def work():
    """What the worker does with all that was queued."""
    for job in Job.objects.filter(state=Job.State.QUEUED):
        assert jobs.run(job.pk).state == Job.State.DONE


def address_in(mail):
    """The path of the link in a mail."""
    return re.search(r"https?://[^/\s]+(/link/\S+/)", mail.body)[1]


def choose(client, address, password=NEW):
    return client.post(address, {"new_password1": password, "new_password2": password})


def test_an_invited_person_chooses_a_password_and_signs_in(admin, mailoutbox):
    data = {"username": "mei", "name": "Mei & Co", "email": "mei@example.org", "is_active": "on"}
    admin.post("/users/new/", data | {"roles": ["brm"], "invite": "on", "language": "zh-hans"})
    user = User.objects.get(username="mei")
    user.language = "zh-hans"
    user.save()
    assert mailoutbox == []  # sent by the worker
    work()
    (mail,) = mailoutbox
    assert mail.to == ["mei@example.org"]
    assert "邀请" in mail.subject
    assert "Mei & Co" in mail.body
    address, client = address_in(mail), Client()
    assert "mei" in client.get(address).content.decode()
    assert choose(client, address).url == "/accounts/login/"
    assert sign_in(client, "mei", NEW).status_code == 302
    assert is_signed_in(client)


def test_only_the_hash_of_a_link_is_stored(ada):
    token = links.make(ada, Purpose.RESET, timezone.now())
    stored = " ".join(map(str, Link.objects.values_list().get()))
    assert token not in stored
    assert len(token) >= 43  # 256 bits


def test_looking_at_a_link_changes_nothing(ada):
    """Mail scanners follow links: fifty looks, then the person."""
    address = f"/link/{links.make(ada, Purpose.RESET, timezone.now())}/"
    for _ in range(50):
        assert Client().get(address).status_code == 200
        assert Client().head(address).status_code == 200
    assert choose(Client(), address).status_code == 302


def test_a_link_works_once(ada):
    address = f"/link/{links.make(ada, Purpose.RESET, timezone.now())}/"
    assert choose(Client(), address).status_code == 302
    assert choose(Client(), address, "yet another long secret").status_code == 404
    assert Client().get(address).status_code == 404
    ada.refresh_from_db()
    assert ada.check_password(NEW)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_chooses(ada):
    address = f"/link/{links.make(ada, Purpose.RESET, timezone.now())}/"
    passwords = [f"secret of number {n} is long" for n in range(6)]

    def use(password):
        try:
            return choose(Client(), address, password).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as crowd:
        answers = list(crowd.map(use, passwords))
    assert sorted(answers) == [302] + [404] * 5
    ada.refresh_from_db()
    assert ada.check_password(passwords[answers.index(302)])


@pytest.mark.parametrize(
    ("purpose", "after"),
    [(Purpose.RESET, timedelta(minutes=61)), (Purpose.INVITATION, timedelta(days=7, minutes=1))],
)
def test_a_link_expires(ada, purpose, after):
    token = links.make(ada, purpose, timezone.now() - after)
    assert Client().get(f"/link/{token}/").status_code == 404
    assert choose(Client(), f"/link/{token}/").status_code == 404


def test_a_newer_link_makes_the_older_one_void(ada):
    old, new = (links.make(ada, Purpose.RESET, timezone.now()) for _ in range(2))
    assert Client().get(f"/link/{old}/").status_code == 404
    assert Client().get(f"/link/{new}/").status_code == 200


def test_a_closed_account_has_no_link(ada):
    token = links.make(ada, Purpose.RESET, timezone.now())
    ada.is_active = False
    ada.save()
    assert choose(Client(), f"/link/{token}/").status_code == 404


def test_guessed_tokens_open_nothing(ada, django_assert_max_num_queries):
    token = links.make(ada, Purpose.RESET, timezone.now())
    for guess in (token[:-1], token.swapcase(), "x", token + "x", "%00", "..", "é" * 20):
        assert Client().get(f"/link/{guess}/").status_code == 404


def test_a_weak_password_is_refused_and_the_link_stays(ada):
    address = f"/link/{links.make(ada, Purpose.RESET, timezone.now())}/"
    assert choose(Client(), address, "short").status_code == 422
    assert choose(Client(), address).status_code == 302


def test_a_new_password_ends_all_sessions(ada):
    client = signed_in(ada)
    choose(Client(), f"/link/{links.make(ada, Purpose.RESET, timezone.now())}/")
    assert not is_signed_in(client)


# --- Asking for one ------------------------------------------------------------------------------


def test_the_reply_does_not_tell_whether_an_account_exists(ada, mailoutbox):
    known = Client().post(RESET, {"email": "ADA@example.org"})
    unknown = Client().post(RESET, {"email": "eve@example.org"})
    same = re.compile(rb"csrfmiddlewaretoken[^>]*>|ada@|eve@", re.IGNORECASE)
    assert same.sub(b"", known.content) == same.sub(b"", unknown.content)
    assert Job.objects.filter(kind=links.JOB).count() == 2  # the same work for both
    work()
    assert [mail.to for mail in mailoutbox] == [["ada@example.org"]]


def test_known_and_unknown_addresses_cost_the_same_statements(ada):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for email in ("ada@example.org", "eve@example.org"):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            Client().post(RESET, {"email": email})
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_flood_of_requests_sends_three_mails(ada, mailoutbox):
    for _ in range(20):
        reply = Client().post(RESET, {"email": "ada@example.org"})
        assert reply.status_code == 200
        work()
    assert len(mailoutbox) == 3


def test_the_address_in_a_mail_is_the_configured_one(ada, mailoutbox, settings):
    """T24: never what the request calls itself."""
    settings.SITE_URL = "https://brm.example.org"
    Client().post(RESET, {"email": ada.email}, HTTP_X_FORWARDED_HOST="evil.example")
    work()
    assert "https://brm.example.org/link/" in mailoutbox[0].body
    assert "evil" not in mailoutbox[0].body


def test_some_accounts_get_no_new_password(mailoutbox):
    gone = UserFactory(email="gone@example.org", is_active=False)
    demo = UserFactory(email="demo@example.org", is_demo=True)
    elsewhere = UserFactory(email="sso@example.org")
    elsewhere.set_unusable_password()
    elsewhere.save()
    SocialAccount.objects.create(user=elsewhere, provider="oidc", uid="1")
    for user in (gone, demo, elsewhere):
        Client().post(RESET, {"email": user.email})
    work()
    assert mailoutbox == []


@pytest.mark.parametrize(("role", "status"), [("lead", 403), ("auditor", 403)])
def test_only_administrators_invite(ada, role, status):
    client = Client()
    client.force_login(UserFactory(roles=[role]))
    assert client.post(f"/users/{ada.pk}/invite/").status_code == status
    assert not Job.objects.exists()


def test_a_demo_administrator_invites_nobody_real(ada):
    client = Client()
    client.force_login(UserFactory(roles=["administrator"], is_demo=True))
    assert client.post(f"/users/{ada.pk}/invite/").status_code == 403
    assert sign_in(Client(), "ada", PASSWORD).status_code == 302
