"""The bench runs, and the product and its floors come to the same figures. Times are not judged."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bench import (
    bare,
    bulk_suite,
    calling,
    columnar,
    digest,
    http_suite,
    import_suite,
    ledger,
    loops,
    running,
    volume,
)
from bench.judging import AT_LEAST, AT_MOST, Verdict
from bench.measuring import Case, Sample, interleave
from bench.options import Options, Unequal
from feedback.models import Complaint

FACTS = 3_000


@pytest.mark.django_db(transaction=True)
def test_the_whole_bench_on_little_data() -> None:
    options = Options(suites=("kpi", "import"), facts=FACTS, rows=(40,), rounds=1)
    measured = running.run(options)
    told = json.loads(running.json(measured))
    assert told["digest"]
    assert told["ledger_rows"] > FACTS
    assert len(told["cases"]) == 11 - (not columnar.installed())
    assert all(case["rounds"] for case in told["cases"])
    open_ones = [v for v in told["verdicts"] if v["result"] == "not measured"]
    assert len(open_ones) == (not columnar.installed())


@pytest.mark.django_db(transaction=True)
def test_floors_and_product_come_to_the_same_figures() -> None:
    volume.generate(FACTS, seed=7)
    ledger.first_run()
    fed = digest.of_snapshots()
    assert digest.of_rows(loops.figures()) == fed
    ledger.without_sums()
    ledger.sum_anew()
    assert digest.of_snapshots() == fed
    if columnar.installed():
        with columnar.Columnar() as duck:
            duck.copy()
            duck.figures()
            assert digest.of_rows(duck.rows()) == fed


@pytest.mark.django_db(transaction=True)
def test_the_same_seed_makes_the_same_company_on_every_database() -> None:
    volume.generate(2_000, seed=1)
    ledger.first_run()
    assert digest.of_snapshots() == "22e7921fd56954ea"


@pytest.mark.django_db(transaction=True)
def test_data_is_never_mixed_with_what_is_there() -> None:
    volume.generate(1_000)
    with pytest.raises(ValueError, match="without customers"):
        volume.generate(1_000)


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_requests_and_floors_show_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_suite, "REQUESTS", 1)
    options = Options(suites=("http",), records=(1_000, 1_200), rounds=1)
    told = json.loads(running.json(running.run(options)))
    names = {*http_suite.CASES, *http_suite.FLOORS, http_suite.EMPTY, http_suite.TOTAL}
    assert {case["case"] for case in told["cases"]} == {
        f"{name}, {size}" for name in names for size in ("1,000", "1,200")
    }
    assert all(case["rounds"] == 1 for case in told["cases"])
    sizes = {case["case"]: case["bytes_compressed"] for case in told["cases"]}
    assert all(size for name, size in sizes.items() if not name.startswith(http_suite.TOTAL))
    counted = [v for v in told["verdicts"] if "statement" in v["bound"]]
    assert len(counted) == 2 * (len(http_suite.CASES) - 1) + len(http_suite.CASES)
    missed = [v["what"] for v in counted if v["result"] != "pass"]
    assert missed == []


@pytest.mark.django_db(transaction=True)
def test_other_rows_of_a_floor_end_the_http_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bare, "NEWEST", ("received_at", "id"))
    with pytest.raises(Unequal, match="bare template"):
        http_suite.measure(Options(records=(1_000,)), lambda: None)


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_every_record_of_the_bulk_suite_is_written() -> None:
    options = Options(suites=("bulk",), exported=(1_600, 1_700), written=20, rounds=2)
    told = json.loads(running.json(running.run(options)))
    assert {case["case"]: case["rows"] for case in told["cases"]} == {
        **{
            f"export: {name}, {rows:,}": rows
            for name in bulk_suite.FORMATS
            for rows in options.exported
        },
        "bulk: REST creates, 20": 20,
        "bulk: REST edits, 20": 20,
        "bulk: edit from the list, 20": 20,
        "deletions over REST, 1": 1,
    }
    assert Complaint.objects.count() == 1_700 + 2 * 20 - 2
    assert Complaint.history.filter(history_type="+").count() == 2 * 20


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_a_refused_request_ends_the_bulk_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "SCOPES", ["complaints:read"])
    with pytest.raises(calling.Refused, match="403"):
        bulk_suite.measure(Options(exported=(1_500,), written=1, rounds=1), lambda: None)


@pytest.mark.django_db(transaction=True)
def test_a_lost_row_ends_the_import_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    header, row = import_suite.FILES["cost_entries"]

    def wrong(*arguments: Any) -> list[Any]:
        return [*row(*arguments)[:4], "a lot", *row(*arguments)[5:]]

    monkeypatch.setattr(import_suite, "FILES", {"cost_entries": (header, wrong)})
    with pytest.raises(Unequal, match="0 of 3 cost_entries"):
        import_suite.measure(Options(rows=(3,)), lambda: None)


@pytest.mark.django_db
def test_rounds_are_interleaved_and_limited() -> None:
    seen: list[str] = []
    first = Case("first", lambda: seen.append("first"))
    slow = Case("slow", lambda: seen.append("slow"), rounds=1)
    interleave([first, slow], 3, lambda line: None)
    assert seen == ["first", "slow", "first", "first"]
    assert len(first.samples) == 3


def test_medians_and_bounds() -> None:
    case = Case("three", lambda: None, samples=[Sample(wall) for wall in (1.0, 9.0, 2.0)])
    assert case.median("wall") == 2.0
    assert Verdict("fast", 1.9, AT_MOST, 2).result == "pass"
    assert Verdict("slow", 2.1, AT_MOST, 2).result == "MISS"
    assert Verdict("fast", 31, AT_LEAST, 30).result == "pass"
    assert Verdict("absent", None, AT_MOST, 2).result == "not measured"


def test_a_busy_machine_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.judging.load", lambda: 10_000.0)
    with pytest.raises(CommandError, match="busy"):
        call_command("bench")
