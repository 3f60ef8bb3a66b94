"""A conversation in a real browser: by keyboard, on a phone, in both languages."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from brm.conversations import actions, following
from tests.factories import UserFactory
from tests.looking import look_at, sign_in

from .conftest import work
from .making_files import HONEST
from .test_files import attached

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
NOW = datetime(2025, 3, 10, 9, tzinfo=UTC)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft_有限公司"
UGLY = f"# {LONG}\n\n> {LONG}\n\n- **one** `{LONG}`\n- [two](https://example.com/{LONG})\n\n|a|b|\n|-|-|\n|1|{LONG}|\n\n@max.own"


def speak(page, language):
    url = page.evaluate("location.origin")
    page.context.add_cookies([{"name": "django_language", "value": language, "url": url}])


def sign_in_as(page, user):
    page.goto("/accounts/login/")
    sign_in(page, user)


@pytest.mark.full
@pytest.mark.parametrize(
    ("full", "width", "theme", "language"),
    [
        (True, 1440, "light", "en"),
        (True, 390, "dark", "zh-hans"),
        (True, 390, "light", "en"),
        (False, 390, "light", "zh-hans"),
        (False, 1440, "dark", "en"),
    ],
)
def test_the_pages_are_accessible(page, lead, manager, complaint, full, width, theme, language):
    addresses = [f"/conversations/complaints/{complaint.pk}/", "/following/"]
    if full:
        comment = actions.say(complaint, UGLY, by=lead, now=NOW).comment
        file = attached(complaint, lead, f"{LONG[:140]}.pdf")
        actions.say(complaint, "短", by=manager, now=NOW)
        addresses += [f"/comments/{comment.pk}/edit/", f"/comments/{comment.pk}/delete/"]
        addresses += [
            f"/attachments/{file.pk}/delete/",
            f"/complaints/{complaint.pk}/#conversation",
        ]
    sign_in_as(page, lead)
    speak(page, language)
    for address in addresses:
        assert look_at(page, address, width, theme) == ([], 0, []), address


def test_a_comment_with_a_mention_is_answered_by_keyboard(page, lead, manager, complaint):
    sign_in_as(page, lead)
    page.goto(f"/complaints/{complaint.pk}/")
    page.get_by_role("tab", name="Conversation").click()
    box = page.get_by_label("Comment", exact=True)
    box.focus()
    page.keyboard.type("Please look, @max")
    page.get_by_role("option", name="@max.own").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type("- **today**.")
    assert box.input_value() == "Please look, @max.own - **today**."
    page.keyboard.press("Control+Enter")
    page.locator(".comments .mention", has_text="@max.own").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    assert page.get_by_role("button", name="Unfollow").count() == 1
    work()

    sign_in_as(page, manager)
    page.goto("/customers/")
    page.get_by_role("link", name="Notifications, 1 unread").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Mei Chen mentioned you: No cover at night").focus()
    page.keyboard.press("Enter")
    page.locator(".comments strong", has_text="today").wait_for()
    page.get_by_label("Comment", exact=True).focus()
    page.keyboard.type("Done.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".comments li", has_text="Done.").wait_for()
    work()

    sign_in_as(page, lead)
    page.goto("/notifications/")
    page.get_by_role("link", name="Max Own commented: No cover at night").wait_for()
    page.get_by_role("button", name="Unfollow").click()
    page.get_by_text("You do not follow this record any more.").wait_for()
    assert not following.is_followed(complaint, lead)
    assert page.reports == []


def test_a_file_comes_goes_down_and_away_on_a_phone(page, lead, complaint, tmp_path):
    page.set_viewport_size({"width": 390, "height": 844})
    good, bad = tmp_path / "minutes.pdf", tmp_path / "cat.png"
    good.write_bytes(HONEST["minutes.pdf"])
    bad.write_bytes(b"<html><script>alert(1)</script>")
    sign_in_as(page, lead)
    page.goto(f"/complaints/{complaint.pk}/#conversation")
    page.get_by_text("No file yet").wait_for()
    page.get_by_role("button", name="Add the file").click()
    page.get_by_text("Choose a file first.").wait_for()
    page.set_input_files("input[type=file]", str(bad))
    page.get_by_role("button", name="Add the file").click()
    page.get_by_text("The file is damaged, or not what the ending of its name says.").wait_for()
    page.set_input_files("input[type=file]", str(good))
    page.get_by_role("button", name="Add the file").click()
    link = page.get_by_role("link", name="minutes.pdf", exact=True)
    link.wait_for()
    with page.expect_download() as download:
        link.click()
    assert Path(download.value.path()).read_bytes() == HONEST["minutes.pdf"]
    assert download.value.suggested_filename == "minutes.pdf"
    page.get_by_role("link", name="Delete minutes.pdf").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("“minutes.pdf” was deleted.").wait_for()
    page.get_by_text("No file yet").wait_for()
    assert page.reports == []


@pytest.mark.full
def test_what_nobody_was_told_of_is_said_to_the_author(page, lead, complaint):
    UserFactory(username="sam.else", roles=("brm",))
    sign_in_as(page, lead)
    page.goto(f"/complaints/{complaint.pk}/#conversation")
    page.get_by_label("Comment", exact=True).fill("@sam.else?")
    page.get_by_role("button", name="Comment", exact=True).click()
    page.get_by_text("@sam.else may not see this record and was not told.").wait_for()
    assert page.reports == []


@pytest.mark.full
def test_it_all_works_without_script(browser, live_server, lead, complaint):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/")
    client = Client()
    client.force_login(lead)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    context.add_cookies([cookie])
    page.goto(f"/complaints/{complaint.pk}/")
    page.locator("#conversation a").click()
    page.get_by_label("Comment", exact=True).fill("Plain")
    page.get_by_role("button", name="Comment", exact=True).click()
    page.locator(".comments li", has_text="Plain").wait_for()
    page.get_by_role("button", name="Unfollow").click()
    page.get_by_role("button", name="Follow").wait_for()
    context.close()
