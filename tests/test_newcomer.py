"""What a new record costs, and what it gets for that."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import SECRET_OF_TESTS

NEWCOMER = Path(__file__).parent / "newcomer"
WRITTEN = ("models.py", "views.py", "urls.py")
RIGHTS = 1  # its line in the table of rights
LINES = 40


def lines(name: str) -> list[str]:
    return [line for line in (NEWCOMER / name).read_text().splitlines() if line.strip()]


def test_a_record_with_a_lifecycle_takes_forty_lines():
    """Ten fields, two foreign keys, an amount of money; all files together, imports included."""
    assert sum(len(lines(name)) for name in WRITTEN) + RIGHTS <= LINES
    model = "\n".join(lines("models.py"))
    assert model.count("models.ForeignKey(") == 2
    assert (
        model.count(" = models.") + model.count("MoneyField(") + model.count("CurrencyField(") == 10
    )


@pytest.mark.full
@pytest.mark.once
@pytest.mark.timeout(600)
def test_it_has_everything_a_record_has(tmp_path):
    """The tests of every record, each run for the throw-away one, in a product that holds it."""
    environment = {
        **os.environ,
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "tests.newcomer.settings",
        "BRM_SECRET_KEY": SECRET_OF_TESTS,
        "BRM_VAR_DIR": str(tmp_path),
    }
    asked = ["-k", "risks", "-m", "not full and not browser", "-rA", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.newcomer.plugin", *asked]
    ran = subprocess.run(
        [*command, "tests"], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-5000:]
    passed = [line.split("::")[1] for line in ran.stdout.splitlines() if line.startswith("PASSED")]
    names = {name.split("[")[0] for name in passed}
    assert names >= EVERY_RECORD, EVERY_RECORD - names


EVERY_RECORD = {
    "test_every_record_keeps_version_and_history",
    "test_a_deleted_record_is_hidden_and_can_come_back",
    "test_an_empty_list_says_what_such_records_are_for",
    "test_list_and_page_show_the_record",
    "test_statements_of_a_list_do_not_depend_on_the_rows",
    "test_a_record_is_edited_and_the_change_is_in_its_history",
    "test_a_record_is_deleted",
    "test_records_of_others",
    "test_list_and_single_agree",
    "test_create",
    "test_create_needs_its_compulsory_fields",
    "test_change",
    "test_stale_copies_are_refused",
    "test_delete_and_restore",
    "test_as_of_each_instant_a_record_is_what_was_saved_then",
    "test_as_of_now_the_api_sends_what_it_sends_at_present",
    "test_a_deleted_record_comes_back_through_pages_and_api",
    "test_an_edit_is_undone_while_nobody_changed_the_record_since",
    "test_statements_of_the_past_do_not_depend_on_the_entries",
    "test_the_list_of_deleted_records_costs_the_same_for_many",
    "test_every_record_is_talked_about",
    "test_every_record_has_files",
    "test_every_record_is_followed",
}
