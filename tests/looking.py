"""Looking at pages as a person would: in Chromium, with axe, at a width and in a theme."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

# What appears on the screen is asked for two frames later; what moves for ever is not waited for.
FRAMES = """async () => {
  for (let one = 0; one < 3; one++) await new Promise(requestAnimationFrame);
}"""
AT_REST = """() => !document.querySelector(".htmx-request") && document.getAnimations().every(
  (one) => one.playState !== "running" || one.effect.getTiming().iterations > 99)"""


def settle(page: Any) -> None:
    """Wait until a loaded page has brought in its parts and nothing moves on it."""
    page.evaluate(FRAMES)
    page.wait_for_function(AT_REST)


def sign_in(page: Any, user: Any) -> None:
    """Give the browser the session of a user; it must be on a page of the product already."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    url = page.evaluate("location.origin")
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])


def look_at(page: Any, address: str, width: int, theme: str) -> tuple[list[str], int, list[str]]:
    """What axe finds on a page, by how many pixels it is too wide, what its console reports."""
    page.set_viewport_size({"width": width, "height": 900})
    origin = page.evaluate("location.origin")  # a longer address would narrow the cookie's path
    page.context.add_cookies([{"name": "theme", "value": theme, "url": origin}])
    page.goto(address)
    settle(page)
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    found = Axe().run(page).response["violations"]
    return [one["id"] for one in found], too_wide, list(page.reports)
