"""What holds for every template: it says what it accepts, keeps to the CSP, and stays light."""

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import RequestFactory

from brm.core import styleguide

TEMPLATES = Path("templates")
COMPONENTS = sorted(TEMPLATES.glob("components/*.html"))
PARTS = sorted(TEMPLATES.glob("**/_*.html")) + COMPONENTS
WEIGHT = 60 * 1024  # bytes, compressed, a page with all that it loads
REQUESTS = 6


class Reader(HTMLParser):
    """Collects what a strict Content-Security-Policy forbids, and the files a page loads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.loaded: set[str] = set()
        self.inline = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "style" in given or any(name.startswith("on") for name in given):
            self.forbidden.append(self.get_starttag_text())
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.forbidden.append(tag)
        if tag == "script":
            self.loaded.add(given.get("src"))
        if tag == "link" and given.get("rel") == "stylesheet":
            self.loaded.add(given["href"])


@pytest.fixture
def request_of_nobody(rf: RequestFactory):
    """A request as the templates see it, without a database."""
    request = rf.get("/styleguide/")
    request.user = AnonymousUser()
    return request


@pytest.fixture
def page(request_of_nobody) -> str:
    return render_to_string("styleguide.html", styleguide.build(), request_of_nobody)


def test_every_component_is_shown_in_the_style_guide():
    known = {path.name for path in COMPONENTS}
    found, waiting = set(), [TEMPLATES / "styleguide.html"]
    # Drawn by a tag, by htmx, or by the frame.
    waiting += [TEMPLATES / "components" / name for name in ("sparkline.html", "meter.html")]
    waiting += [TEMPLATES / "components" / name for name in ("options.html", "filter_form.html")]
    while waiting:
        path = waiting.pop()
        found.add(path.name)
        names = re.findall(r'include "components/([^"]+)"', path.read_text(encoding="utf-8"))
        waiting += [TEMPLATES / "components" / name for name in names if name not in found]
    assert known - found == set()


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.name)
def test_a_part_says_first_what_it_accepts(path):
    start = path.read_text(encoding="utf-8")
    assert start.startswith(("{#", "{% comment %}"))


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("**/*.html")), ids=str)
def test_templates_stay_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 90


def test_the_style_guide_keeps_to_the_content_security_policy(page):
    assert Reader(page).forbidden == []


def test_a_page_is_light(page):
    # The style guide loads charts and forms at once, which no page for users does.
    loaded = Reader(page).loaded
    assert len(loaded) <= REQUESTS
    files = [Path(finders.find(name.removeprefix("/static/"))) for name in loaded]
    weight = sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert weight + len(gzip.compress(page.encode())) <= WEIGHT


@pytest.mark.parametrize("name", ["400", "403", "404", "403_csrf", "429", "500", "503"])
def test_error_pages_need_no_context(name):
    page = render_to_string(f"{name}.html")
    assert "<h1>" in page
    assert Reader(page).forbidden == []
