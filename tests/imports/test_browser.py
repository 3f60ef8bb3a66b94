"""The import pages in a real browser: nothing reported by the CSP, progress and result shown."""

from pathlib import Path
from typing import Any

import pytest

from brm.core import jobs
from brm.core.models import ImportRun, Job
from tests.factories import UserFactory

from .support import write_csv

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def signed_in(page: Any, live_server: Any, client: Any) -> Any:
    """The page of a relationship lead."""
    client.force_login(UserFactory(roles=["lead"]))
    cookie = next(iter(client.cookies.values()))
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page


def work() -> None:
    while job := Job.objects.filter(state="queued").first():
        jobs.run(job.pk)


def test_from_upload_to_undo(signed_in: Any, tmp_path: Path) -> None:
    page = signed_in
    header, row = ["reference", "name", "tier"], ["A", "Alpha", "key"]
    file = write_csv(tmp_path / "customers.csv", header, row, ["B", "Beta", "gold"])
    page.goto("/imports/new/?entity=customers")
    page.set_input_files("input[type=file]", str(file))
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_text("Checking the rows").wait_for()
    work()
    page.get_by_text("“gold” is none of strategic, key, standard.").wait_for()
    page.get_by_role("button", name="Import the good rows").click()
    page.get_by_text("Importing the rows").wait_for()
    work()
    page.get_by_role("button", name="Undo the import").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Refused rows").click()
    assert "_error" in Path(download.value.path()).read_text()
    page.get_by_role("button", name="Undo the import").click()
    work()
    page.get_by_text("Undone").first.wait_for()
    assert ImportRun.objects.get().state == "undone"
    assert page.reports == []
