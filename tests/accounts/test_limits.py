"""T12, T22: guessing passwords is limited exactly, whoever guesses and however many at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client, RequestFactory

from brm.core.models import User
from brm.people import limits
from brm.people.addresses import client_address, network_of
from brm.people.models import SignInCount
from brm.people.tasks import tidy
from tests.accounts.conftest import PASSWORD, sign_in
from tests.web_server import Browser, web_server

WRONG, REFUSED, INSIDE = "wrong", "refused", "inside"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIVE = {"a": limits.Limit(5, timedelta(minutes=5))}


class Hasher(PBKDF2PasswordHasher):
    """The product's way of hashing, with fewer rounds: any other difference weighs more."""

    iterations = 200_000


def outcome(response):
    """What the sign-in page said."""
    if response.status_code == 302:
        return INSIDE
    return said(response.content.decode())


def said(page):
    if "Too many failed sign-in attempts" in page:
        return REFUSED
    return WRONG if "not correct" in page else INSIDE


def guess(login, times, **headers):
    return [outcome(sign_in(Client(), login, "wrong", **headers)) for _ in range(times)]


# --- The count ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_window_sees_more_than_the_limit():
    """However the tries are spread, any five minutes hold at most five of them."""
    counted = []
    for seconds in range(0, 3600, 20):
        at = NOON + timedelta(seconds=seconds)
        try:
            limits.count(FIVE, at)
        except limits.TooMany:
            continue
        counted.append(at)
    for at in counted:
        assert sum(at <= other < at + timedelta(minutes=5) for other in counted) <= 5
    assert len(counted) > 20


@pytest.mark.django_db
def test_a_right_try_does_not_count():
    for _ in range(20):
        limits.count(FIVE, NOON).take_back()
    assert SignInCount.objects.get().count == 0


@pytest.mark.django_db
def test_a_refusal_by_one_limit_costs_nothing_of_the_other():
    both = {"roomy": limits.Limit(100, timedelta(minutes=5)), **FIVE}
    for _ in range(5):
        limits.count(both, NOON)
    with pytest.raises(limits.TooMany):
        limits.count(both, NOON)
    assert sorted(SignInCount.objects.values_list("count", flat=True)) == [5, 5]


@pytest.mark.django_db
def test_old_counts_are_forgotten():
    limits.count(FIVE, NOON)
    tidy()
    assert not SignInCount.objects.exists()


# --- The page -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_name_and_address_of_an_account_share_one_count(ada):
    assert (
        guess("ada", 2) + guess("ADA@example.org", 2) + guess("Ada", 3)
        == [WRONG] * 5 + [REFUSED] * 2
    )
    assert outcome(sign_in(Client(), "ada")) == REFUSED


@pytest.mark.django_db
def test_others_at_the_same_address_are_not_locked_out(ada):
    User.objects.create_user("bea", "bea@example.org", PASSWORD)
    guess("ada", 6)
    assert outcome(sign_in(Client(), "bea")) == INSIDE


@pytest.mark.django_db
def test_one_address_sprays_ten_accounts_a_minute():
    tried = Counter(guess(f"user{n}", 1)[0] for n in range(40))
    assert tried == {WRONG: 10, REFUSED: 30}


@pytest.mark.django_db
def test_a_forged_forwarding_header_buys_nothing():
    tried = Counter(guess(f"user{n}", 1, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}")[0] for n in range(40))
    assert tried[WRONG] == 10


@pytest.mark.django_db
def test_behind_a_trusted_proxy_each_client_has_its_own_count(settings):
    settings.TRUSTED_PROXIES = 1
    first = Counter(
        guess(f"user{n}", 1, HTTP_X_FORWARDED_FOR="1.2.3.4, 192.0.2.1")[0] for n in range(15)
    )
    second = guess("somebody", 1, HTTP_X_FORWARDED_FOR="1.2.3.4, 192.0.2.2")
    assert (first[WRONG], second) == (10, [WRONG])


@pytest.mark.django_db
@pytest.mark.parametrize("login", ["ada", "nobody", "gone", "mail-only"])
def test_known_and_unknown_accounts_get_the_same_reply_for_the_same_work(
    ada, login, monkeypatch, django_assert_num_queries
):
    User.objects.create_user("gone", "g@example.org", PASSWORD, is_active=False)
    User.objects.create_user("mail-only", "m@example.org", None)
    hashed = []
    encode = PBKDF2PasswordHasher.encode
    monkeypatch.setattr(
        "django.contrib.auth.hashers.MD5PasswordHasher.encode",
        lambda self, *args: hashed.append(1) or encode(PBKDF2PasswordHasher(), *args, iterations=1),
    )
    replies = [sign_in(Client(), login, "wrong") for _ in range(6)]
    assert [outcome(reply) for reply in replies] == [WRONG] * 5 + [REFUSED]
    assert len(hashed) == 5
    pages = {reply.content.decode().replace(login, "") for reply in replies[:1]}
    assert "inactive" not in "".join(pages)


@pytest.mark.full
@pytest.mark.django_db
def test_known_and_unknown_accounts_take_the_same_time(settings, ada):
    """T12: the medians of 200 tries each differ by less than 5 %."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Hasher"]
    ada.set_password(PASSWORD)
    ada.save()
    seconds = {"ada": [], "eve": []}
    for _ in range(200):
        for login, taken in seconds.items():
            SignInCount.objects.all().delete()
            began = process_time()
            assert outcome(sign_in(Client(), login, "wrong")) == WRONG
            taken.append(process_time() - began)
    known, unknown = (median(taken) for taken in seconds.values())
    print(f"known {known:.4f} s, unknown {unknown:.4f} s")  # noqa: T201
    assert abs(known - unknown) / known < 0.05


# --- Four processes, forty at once ---------------------------------------------------------------


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_four_processes_count_as_one(ada):
    """Forty guesses at once: five tried; sixty accounts from one address: ten tried."""

    def one_guess(login, number):
        browser = Browser(port, **{"X-Forwarded-For": f"198.51.100.{number}"})
        status, page = browser.post("/accounts/login/", login=login, password="wrong")
        assert status == 200
        return said(page)

    with web_server(workers=4) as port, ThreadPoolExecutor(40) as crowd:
        guesses = Counter(crowd.map(lambda n: one_guess("ada", n), range(40)))
        assert guesses == {WRONG: 5, REFUSED: 35}
        SignInCount.objects.all().delete()
        sprayed = Counter(crowd.map(lambda n: one_guess(f"user{n}", n), range(60)))
        assert sprayed == {WRONG: 10, REFUSED: 50}


# --- Addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_address_is_the_one_a_trusted_proxy_saw(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == expected


def test_a_socket_has_no_address():
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) is None


def test_an_ipv6_household_counts_as_one():
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("192.0.2.1") == "192.0.2.1"
