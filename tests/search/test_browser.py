"""The palette in a real browser: by keyboard alone, at any width, told to screen readers."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from brm.core import jobs
from tests.factories import CustomerFactory, UserFactory
from tests.looking import look_at, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft 有限公司"


@pytest.fixture
def ready(page, monkeypatch):
    monkeypatch.setattr(jobs, "nudge", lambda job: None)
    user = UserFactory(roles=("lead",))
    for name in ("Kestrel Rail", "上海电力公司", LONG):
        CustomerFactory(name=name)
    page.goto("/accounts/login/")
    sign_in(page, user)
    return page


def test_from_anywhere_to_a_record_by_keyboard(ready):
    ready.goto("/kpis/")
    ready.keyboard.press("Control+k")
    ready.get_by_role("combobox", name="Search everything").wait_for()
    ready.keyboard.type("shdl")
    ready.get_by_role("option", name="上海电力公司").wait_for()
    box = ready.get_by_role("combobox", name="Search everything")
    active = box.get_attribute("aria-activedescendant")
    assert ready.locator(f"#{active}").get_attribute("aria-selected") == "true"
    ready.keyboard.press("Enter")
    ready.get_by_role("heading", name="上海电力公司", level=1).wait_for()
    ready.keyboard.press("Control+k")
    ready.get_by_role("group", name="Recent").get_by_role("option", name="上海电力公司").wait_for()
    ready.keyboard.press("Escape")
    assert not ready.locator("#palette").evaluate("dialog => dialog.open")
    assert ready.reports == []


def test_arrows_walk_through_the_options_and_round(ready):
    ready.goto("/customers/")
    ready.keyboard.press("Control+k")
    ready.get_by_role("option").first.wait_for()
    count = ready.get_by_role("option").count()
    first = ready.get_by_role("combobox", name="Search everything").get_attribute(
        "aria-activedescendant"
    )
    ready.keyboard.press("ArrowUp")
    last = ready.get_by_role("combobox", name="Search everything").get_attribute(
        "aria-activedescendant"
    )
    ready.keyboard.press("ArrowDown")
    assert (
        ready.get_by_role("combobox", name="Search everything").get_attribute(
            "aria-activedescendant"
        )
        == first
        != last
    )
    assert count > 10


def test_slash_and_question_mark(ready):
    ready.goto("/customers/")
    ready.keyboard.press("/")
    assert ready.evaluate("document.activeElement.id") == "search"
    ready.goto("/kpis/")
    ready.keyboard.press("?")
    ready.get_by_role("heading", name="Keys").wait_for()
    ready.keyboard.press("Escape")
    ready.keyboard.press("/")
    ready.get_by_role("combobox", name="Search everything").wait_for()


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_palette_and_page_are_accessible(ready, width, theme):
    for address in ("/search/", "/search/?q=k", "/search/?q=zzz"):
        assert look_at(ready, address, width, theme) == ([], 0, []), address
    ready.keyboard.press("Control+k")
    ready.keyboard.type("k")
    ready.get_by_role("group", name="Records").wait_for()
    found = Axe().run(ready).response["violations"]
    assert [one["id"] for one in found] == []
    assert ready.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert ready.reports == []


def test_without_script_the_search_is_a_page(browser, live_server, page, monkeypatch):
    monkeypatch.setattr(jobs, "nudge", lambda job: None)
    CustomerFactory(name="Kestrel Rail")
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page.goto("/accounts/login/")
    sign_in(page, UserFactory(roles=("lead",)))
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto("/customers/")
    plain.locator("[data-palette]").click()
    plain.locator("#q").fill("kestrel")
    plain.locator(".search-form button").click()
    assert plain.get_by_role("link", name="Kestrel Rail").count() == 1
    context.close()
