"""Fixtures for all tests. The database and the broker are started by `python -m tests.servers`."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.signals import post_migrate

from brm.core.management.commands.compile_translations import compile_catalogue

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUIRE_BROWSER = os.environ.get("BRM_REQUIRE_BROWSER") == "1"
REAL_DATA = "BRM_REAL_DATA"


def pytest_configure() -> None:
    """Compile the translations, as `manage.py up` does: a fresh checkout has none."""
    for source in (Path(__file__).resolve().parents[1] / "locale").glob("*/LC_MESSAGES/*.po"):
        compile_catalogue(source)
    post_migrate.connect(empty_dirty_queue, weak=False)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Make long what is long on the database of this run, before `-m` chooses."""
    for item in items:
        if item.get_closest_marker(f"full_on_{connection.vendor}"):
            item.add_marker(pytest.mark.full)


def empty_dirty_queue(app_config: Any, using: str, **_kwargs: Any) -> None:
    """Forget what emptying the tables after a test put into the queue.

    SQLite has no TRUNCATE: Django deletes row by row there, and the triggers see it.
    """
    if app_config.label == "core":
        app_config.get_model("DirtyKey").objects.using(using).all().delete()


# --- Real data -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public data; tests that need it are skipped where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    found = Path(os.environ.get(REAL_DATA, beside))
    if not found.is_dir():
        pytest.skip(f"no folder of real data ({REAL_DATA})")
    return found


# --- Browser -------------------------------------------------------------------------------------


def chromium() -> str | None:
    """The path of Chromium on this machine."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for the session, driven by Playwright."""
    program = chromium()
    if program is None:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread; Django would refuse its database there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        window = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield window
        window.close()


@pytest.fixture
def page(browser: Any, live_server: Any) -> Iterator[Any]:
    """A fresh page on the running product; what its console reports ends up in `page.reports`."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    fresh = context.new_page()
    fresh.reports = []
    fresh.on("console", lambda message: fresh.reports.append(message.text))
    fresh.on("pageerror", lambda error: fresh.reports.append(str(error)))
    yield fresh
    context.close()


def skipped_browser_tests(reporter: Any) -> list[Any]:
    """The reports of browser tests that did not run."""
    return [r for r in reporter.stats.get("skipped", []) if "browser" in getattr(r, "keywords", {})]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say loudly that browser tests were skipped."""
    if skipped := skipped_browser_tests(terminalreporter):
        terminalreporter.section("BROWSER TESTS SKIPPED", red=True, bold=True)
        terminalreporter.line(
            f"{len(skipped)} browser tests did not run: {skipped[0].longrepr[2]}. "
            "Install Chromium to run them."
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that was told to have a browser and skipped a browser test."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if REQUIRE_BROWSER and reporter and skipped_browser_tests(reporter) and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
