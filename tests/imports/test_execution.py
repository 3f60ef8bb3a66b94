"""A whole file: the report, the refused rows, repetition, interruption, statements, any text."""

import csv
import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brm.core.imports import actions, execution
from brm.core.imports.actions import RowsRefused, upload
from brm.core.imports.report import Report, with_formula_guard, without_formula_guard
from brm.core.models import ImportRun
from customers.models import Agreement, Customer
from feedback.models import Complaint
from tests.factories import CustomerFactory, ServiceFactory, UserFactory

from .support import NOW, counted, run_import, write_csv

pytestmark = pytest.mark.django_db
HEADER = ["reference", "name"]


def customers(count: int) -> list[list[str]]:
    return [[f"C{number}", f"Customer {number}"] for number in range(count)]


def uploaded(tmp_path, *rows, entity="customers", **options) -> ImportRun:
    path = write_csv(tmp_path / "up.csv", *rows)
    with path.open("rb") as stream:
        run = upload(stream, "up.csv", by=UserFactory(roles=["administrator"]), entity=entity)
    run.options = options
    run.state = ImportRun.State.IMPORTING
    run.save()
    return run


# --- Refused rows ---------------------------------------------------------------------------------


def test_refused_rows_can_be_mended_and_imported_again(tmp_path):
    refused = tmp_path / "refused.csv"
    rows = ["A", "Alpha", "key"], ["B", "=1+1", "gold"], ["C", "-5", "x"], ["D", "Delta", ""]
    path = write_csv(tmp_path / "a.csv", [*HEADER, "tier"], *rows)
    assert counted(run_import(path, refused=refused)) == (2, 0, 0, 2)
    written = list(csv.reader(refused.read_text("utf-8").splitlines()))
    assert written == [
        ["reference", "name", "tier", "_error"],
        ["B", "'=1+1", "gold", "tier: “gold” is none of strategic, key, standard."],
        ["C", "-5", "x", "tier: “x” is none of strategic, key, standard."],
    ]
    written[1][2] = written[2][2] = "key"
    mended = write_csv(tmp_path / "mended.csv", *written)
    report = run_import(mended, refused=tmp_path / "none.csv")
    assert (counted(report), report.warnings) == ((2, 0, 0, 0), [])
    assert Customer.objects.get(reference="B").name == "=1+1"
    assert not (tmp_path / "none.csv").exists()


@given(st.text(alphabet="=+-@'\t1a＝.", max_size=5))
def test_the_guard_against_formulas_can_be_taken_off(cell):
    assert without_formula_guard(with_formula_guard(cell)) == cell


# --- Repetition and interruption ------------------------------------------------------------------


def test_an_import_in_parts_is_the_same_as_in_one_go(tmp_path, monkeypatch):
    monkeypatch.setattr(execution, "BATCH_ROWS", 10)
    rows = customers(35)
    rows[7][1] = rows[22][1] = ""
    run = uploaded(tmp_path, HEADER, *rows)
    parts = 0
    while not actions.import_rows(run, now=NOW, pause=lambda: True):
        run = ImportRun.objects.get(pk=run.pk)
        parts += 1
    assert parts == 4
    report = Report.from_dict(run.report)
    assert (report.rows, counted(report)) == (35, (33, 0, 0, 2))
    assert len(run.refused_path.read_text().splitlines()) == 3
    assert run.state == "done"


def test_an_import_killed_anywhere_and_repeated_doubles_nothing(tmp_path, monkeypatch):
    """The worker dies after each number of batches in turn, in the middle of the next one."""
    monkeypatch.setattr(execution, "BATCH_ROWS", 10)
    rows = customers(35)
    rows[7][1] = ""
    for survived in range(4):
        Customer.everything.all().delete()
        run = uploaded(tmp_path, HEADER, *rows)
        with pytest.raises(KeyboardInterrupt):
            die_after(survived, run, monkeypatch)
        run = ImportRun.objects.get(pk=run.pk)
        assert run.position == 1 + 10 * survived
        assert actions.import_rows(run, now=NOW)
        assert counted(Report.from_dict(run.report)) == (34, 0, 0, 1)
        assert len(run.refused_path.read_text().splitlines()) == 2
        assert Customer.objects.count() == 34
        assert Customer.history.filter(import_id=run.pk).count() == 34


def die_after(batches: int, run: ImportRun, monkeypatch) -> None:
    done = itertools.count()
    whole = execution.Execution._report

    def dying(self, *arguments):
        whole(self, *arguments)
        if next(done) == batches:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(execution.Execution, "_report", dying)
        actions.import_rows(run, now=NOW)


def test_all_or_nothing_writes_nothing_when_a_row_is_refused(tmp_path):
    run = uploaded(tmp_path, HEADER, ["A", "Alpha"], ["B", ""])
    with pytest.raises(RowsRefused):
        actions.import_all_or_nothing(run, now=NOW)
    assert not Customer.everything.exists()
    run = uploaded(tmp_path, HEADER, ["A", "Alpha"], ["B", "Beta"])
    actions.import_all_or_nothing(run, now=NOW)
    assert Customer.objects.count() == 2


def test_the_upload_is_kept_until_it_is_imported(tmp_path):
    run = uploaded(tmp_path, HEADER, ["A", "Alpha"])
    assert run.upload_path.stat().st_size == run.size
    actions.import_rows(run, now=NOW)
    assert not run.upload_path.exists()


# --- Statements -----------------------------------------------------------------------------------


def complaints(start: int, count: int) -> list[list[str]]:
    return [
        [f"K{n}", f"C{n % 50}", "S", f"Late {n}", "2025-01-01T00:00:00Z", "acknowledged"]
        for n in range(start, start + count)
    ]


def statements(path, entity: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        run_import(path, entity)
    return len(queries)


@pytest.mark.parametrize("entity", ["complaints", "agreements", "customers"])
def test_the_number_of_statements_does_not_grow_with_the_rows_of_a_batch(tmp_path, entity):
    """Beyond the inserts themselves, which the database takes in pieces of a fixed size."""
    for number in range(50):
        CustomerFactory(reference=f"C{number}")
    ServiceFactory(reference="S")
    files = {
        size: write_csv(tmp_path / f"{size}.csv", *rows_of(entity, size * 10, size))
        for size in (5, 200)
    }
    few, many = statements(files[5], entity), statements(files[200], entity)
    pieces = 0 if connection.vendor == "postgresql" else 15
    assert few <= 30
    assert many - few <= pieces


def rows_of(entity: str, start: int, count: int) -> list[list[str]]:
    if entity == "complaints":
        header = ["reference", "customer", "service", "subject", "received_at", "status"]
        return [header, *complaints(start, count)]
    numbers = range(start, start + count)
    if entity == "customers":
        return [[*HEADER, "parent"], *([f"N{n}", f"New {n}", f"C{n % 50}"] for n in numbers)]
    header = ["reference", "customer", "service", "starts_on"]
    return [header, *([f"G{n}", f"C{n % 50}", "S", "2025-01-01"] for n in numbers)]


# --- Any text -------------------------------------------------------------------------------------

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60
).filter(lambda text: text.strip())


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(TEXT, min_size=1, max_size=5))
def test_any_text_comes_back_as_it_was_and_again_changes_nothing(tmp_path, texts):
    Complaint.everything.all().delete()
    header = ["reference", "subject", "received_at", "text"]
    rows = [[f"T{n}", "s", "2025-01-01T00:00:00Z", text] for n, text in enumerate(texts)]
    path = write_csv(tmp_path / "texts.csv", header, *rows)
    assert counted(run_import(path, "complaints"), "complaints") == (len(texts), 0, 0, 0)
    stored = Complaint.objects.order_by("id").values_list("text", flat=True)
    assert list(stored) == texts
    again = run_import(path, "complaints")
    assert counted(again, "complaints") == (0, 0, len(texts), 0)


def test_spells_follow_an_import(tmp_path):
    CustomerFactory(reference="A")
    ServiceFactory(reference="S")
    path = write_csv(
        tmp_path / "a.csv",
        ["reference", "customer", "service", "starts_on", "ends_on"],
        ["G1", "A", "S", "2024-01-01", "2024-03-31"],
        ["G2", "A", "S", "2025-01-01", ""],
    )
    run_import(path, "agreements")
    assert Agreement.objects.count() == 2
    assert Customer.objects.get().spells.count() == 2
