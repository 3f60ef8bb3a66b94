"""Every page in a real browser: axe, width, console; a page that nobody looks at fails here."""

import os
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from brm.urls import urlpatterns as pages
from tests.factories import UserFactory
from tests.looking import look_at, sign_in

from . import sights

ROOT = Path(__file__).resolve().parents[2]
LOOKS = [(1440, "light", "en"), (1440, "dark", "zh-hans"), (390, "light", "zh-hans")]
LOOKS += [(390, "dark", "en")]

# Each width, theme and language once; BRM_LOOKS=all for all of LOOKS, with records and without.
TWO_LOOKS = [(1440, "light", "en"), (390, "dark", "zh-hans")]
EVERY_LOOK = LOOKS if os.environ.get("BRM_LOOKS") == "all" else TWO_LOOKS


def breaks(request: HttpRequest, how: str) -> HttpResponse:
    """Answers with an error page."""
    if how == "429":
        return render(request, "429.html", status=429)
    raise {"400": SuspiciousOperation, "403": PermissionDenied, "500": RuntimeError}[how]


urlpatterns = [*pages, path("broken/<str:how>/", breaks)]


@pytest.mark.django_db
def test_every_named_page_is_looked_at():
    named = dict(sights.named_addresses())
    given = sights.arguments(sights.ugly_records())
    unseen = {
        name
        for name, takes in named.items()
        if takes and sights.is_page(name) and name not in given
    }
    assert unseen == sights.IN_STATES
    assert set(sights.NO_PAGES) <= set(named)
    for start, file in sights.ELSEWHERE.items():
        if any(name.startswith(start) for name in named):
            assert "look_at" in (ROOT / file).read_text(), start


@pytest.mark.django_db
def test_every_page_opens(admin):
    every = [*sights.addresses(sights.ugly_records()), *sights.MORE]
    admin.raise_request_exception = False
    answers = {address: admin.get(address).status_code for address in every}
    assert {address: code for address, code in answers.items() if code != 200} == {}


def choose_language(page, code):
    url = page.evaluate("location.origin")
    page.context.add_cookies([{"name": "django_language", "value": code, "url": url}])


def look(page, addresses, width, theme, language):
    """What is wrong with each page, if anything."""
    choose_language(page, language)
    found = {}
    for address in addresses:
        page.reports.clear()
        found[address] = look_at(page, address, width, theme)
    return {address: one for address, one in found.items() if one != ([], 0, [])}


browser = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


class TestInTheBrowser:
    pytestmark = browser

    @pytest.mark.full
    @pytest.mark.timeout(1500)
    @pytest.mark.parametrize(
        ("width", "theme", "language", "with_records"),
        [(*look, full) for full in (True, False) for look in EVERY_LOOK],
    )
    def test_every_page(self, page, width, theme, language, with_records):
        user = UserFactory(roles=["administrator"], name=sights.LONG)
        shown = sights.ugly_records() if with_records else {"customers": 0, "users": user.pk}
        found = sights.addresses(shown)
        if not with_records:
            found = [one for one in found if "/0/" not in one]
        page.goto("/accounts/login/")
        sign_in(page, user)
        assert look(page, [*found, *sights.MORE], width, theme, language) == {}

    @pytest.mark.full
    @pytest.mark.parametrize(("width", "theme", "language"), LOOKS[1:3])
    def test_changes_of_many_records_and_exports(self, page, width, theme, language):
        user = UserFactory(roles=["lead"])
        page.goto("/accounts/login/")
        sign_in(page, user)
        assert look(page, sights.in_progress(user), width, theme, language) == {}

    @pytest.mark.full
    @pytest.mark.parametrize(("width", "theme", "language"), LOOKS[1::2])
    def test_an_import_in_every_state(self, page, monkeypatch, width, theme, language):
        monkeypatch.setattr("brm.core.jobs.nudge", lambda job_id: None)
        user = UserFactory(roles=["lead"], name=sights.LONG)
        states = sights.imports(user)
        page.goto("/accounts/login/")
        sign_in(page, user)
        every = ["/imports/", "/imports/new/", *states.values()]
        assert look(page, every, width, theme, language) == {}

    def test_the_frame_of_those_who_are_not_signed_in(self, page):
        page.goto("/accounts/login/")
        for width, theme, language in LOOKS:
            every = ["/accounts/login/", "/accounts/inactive/"]
            assert look(page, every, width, theme, language) == {}

    def test_error_pages(self, page, settings):
        settings.ROOT_URLCONF = __name__
        page.goto("/accounts/login/")
        sign_in(page, UserFactory(roles=["lead"]))
        for how in ("400", "403", "404", "429", "500"):
            for width, theme, language in LOOKS[1:3]:
                page.reports.clear()
                address = f"/broken/{how}/" if how != "404" else "/nowhere/"
                found = look(page, [address], width, theme, language)
                axe, too_wide, told = found[address]
                assert (axe, too_wide) == ([], 0), how
                assert len(told) == 1
                assert f"status of {how}" in told[0]  # the browser's own line
