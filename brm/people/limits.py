"""How often somebody may be wrong, counted exactly by any number of processes.

A try is counted before its password is looked at, by one statement that counts only as long as the
limit allows; a right one is taken back. A count ends when nothing was counted for the length of its
window, so that no window of that length sees more than the limit. Counts stand in the database:
a dead Redis locks nobody out and lets nobody in.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone

from brm.core.models import User

from .addresses import client_address, network_of
from .models import SignInCount

COUNT = """
    INSERT INTO people_signincount (key, count, counted_at) VALUES (%s, 1, %s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN people_signincount.counted_at <= %s THEN 1
                     ELSE people_signincount.count + 1 END,
        counted_at = excluded.counted_at
    WHERE people_signincount.counted_at <= %s OR people_signincount.count < %s
    RETURNING count
"""


@dataclass(frozen=True)
class Limit:
    """At most `most` tries within `window`."""

    most: int
    window: timedelta


WRONG_PER_ACCOUNT = Limit(5, timedelta(minutes=5))
WRONG_PER_ADDRESS = Limit(10, timedelta(minutes=1))
RESETS_PER_ACCOUNT = Limit(3, timedelta(hours=1))
RESETS_PER_ADDRESS = Limit(10, timedelta(minutes=10))
LONGEST_WINDOW = timedelta(hours=1)


class TooMany(Exception):
    """The limit is reached; nothing was counted."""


class Tries:
    """Tries that were counted and can be taken back."""

    def __init__(self, keys: list[str]) -> None:
        self._keys = keys

    def take_back(self) -> None:
        """The try was right: it does not count."""
        SignInCount.objects.filter(pk__in=self._keys, count__gt=0).update(count=F("count") - 1)


def count(subjects: dict[str, Limit], now: datetime) -> Tries:
    """Count one try against each subject; raises TooMany, and counts none, at the first limit."""
    counted: list[str] = []
    for subject, limit in subjects.items():
        key = hashlib.sha256(subject.encode()).hexdigest()
        if not _counts(key, limit, now):
            Tries(counted).take_back()
            raise TooMany(subject)
        counted.append(key)
    return Tries(counted)


def _counts(key: str, limit: Limit, now: datetime) -> bool:
    adapt = connection.ops.adapt_datetimefield_value
    since = adapt(now - limit.window)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [key, adapt(now), since, since, limit.most])
        return cursor.fetchone() is not None


def count_sign_in(request: HttpRequest, login: str) -> Tries:
    """Count a try to sign in as `login` (a name or an e-mail address) from the request's address.

    A name and an address of one account share one count; an unknown login has its own, and costs
    the same statements. Raises TooMany.
    """
    subjects = {f"sign-in account {account_of(login)}": WRONG_PER_ACCOUNT}
    if address := client_address(request):
        subjects[f"sign-in address {network_of(address)}"] = WRONG_PER_ADDRESS
    return count(subjects, timezone.now())


def count_reset(request: HttpRequest, email: str) -> Tries:
    """Count a request for a new password; raises TooMany."""
    subjects = {f"reset account {account_of(email)}": RESETS_PER_ACCOUNT}
    if address := client_address(request):
        subjects[f"reset address {network_of(address)}"] = RESETS_PER_ADDRESS
    return count(subjects, timezone.now())


def account_of(login: str) -> str:
    """The account that a name or an e-mail address means, else the text itself."""
    same = Q(username__iexact=login) | Q(email__iexact=login)
    found = User.objects.filter(same).order_by("pk").values_list("pk", flat=True).first()
    return f"user {found}" if found else f"login {login.casefold()}"


def forget_old_counts(now: datetime) -> None:
    """Delete the counts that no limit looks at any more."""
    SignInCount.objects.filter(counted_at__lt=now - 2 * LONGEST_WINDOW).delete()


def count_code(request: HttpRequest, user: User) -> Tries:
    """Count a try of a code of the second step; raises TooMany."""
    subjects = {f"code account {user.pk}": WRONG_PER_ACCOUNT}
    if address := client_address(request):
        subjects[f"sign-in address {network_of(address)}"] = WRONG_PER_ADDRESS
    return count(subjects, timezone.now())
