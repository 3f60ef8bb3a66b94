"""The pages of notifications in a real browser: accessible, narrow enough, nothing reported."""

from datetime import UTC, datetime

import pytest

from brm.core import jobs
from brm.notifications.telling import notify
from tests.factories import UserFactory
from tests.looking import look_at, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft_有限公司"


@pytest.mark.full
@pytest.mark.parametrize(
    ("told", "width", "theme", "language"),
    [(True, 1440, "light", "en"), (True, 390, "dark", "zh-hans"), (False, 390, "light", "en")],
)
def test_the_pages_are_accessible(page, monkeypatch, told, width, theme, language):
    monkeypatch.setattr(jobs, "nudge", lambda job: None)
    user = UserFactory(roles=("lead",), name=LONG, email="lead@example.com" if told else "")
    states = ["done", "failed", "checked", "undone"] * 9 if told else []
    for number, state in enumerate(states):
        data = {"file": LONG if number % 2 else "customers.csv", "state": state}
        data |= {"rows": 500_000, "refused": number % 3}
        now = datetime(2025, 3, 12, 9, number, tzinfo=UTC)
        notify("import", [user.pk], key=str(number), now=now, data=data, url="/imports/")
    page.goto("/accounts/login/")
    sign_in(page, user)
    url = page.evaluate("location.origin")
    page.context.add_cookies([{"name": "django_language", "value": language, "url": url}])
    for address in ("/notifications/", "/notifications/choices/"):
        assert look_at(page, address, width, theme) == ([], 0, []), address


def test_from_the_bell_to_what_was_told_by_keyboard(page, monkeypatch):
    monkeypatch.setattr(jobs, "nudge", lambda job: None)
    user = UserFactory(roles=("lead",))
    data = {"file": "customers.csv", "state": "done", "rows": 1, "refused": 0}
    now = datetime(2025, 3, 12, 9, tzinfo=UTC)
    notify("import", [user.pk], key="a", now=now, data=data, url="/imports/")
    page.goto("/accounts/login/")
    sign_in(page, user)
    page.goto("/customers/")
    page.get_by_role("link", name="Notifications, 1 unread").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="“customers.csv” was imported").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Imports", level=1).wait_for()
    assert page.get_by_role("link", name="Notifications", exact=True).count() == 1
    assert page.reports == []
