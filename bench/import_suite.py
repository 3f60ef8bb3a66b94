"""The suite `import`: `manage.py import_records` on large files, in a process of its own.

Rows per second count the whole command, its start included; memory is the largest resident set
of its process, as the kernel tells it.
"""

import csv
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps

from . import volume
from .judging import AT_LEAST, AT_MOST, Verdict
from .measuring import Case
from .options import Measured, Options, Unequal
from .processes import ROOT, Ended, run

BEHIND = 5_000  # facts that are there before, with the customers and services that files name
ROWS_A_SECOND, MEGABYTES = 2_000, 300
EPOCH = datetime(2023, 1, 1, 8, tzinfo=UTC)
MINUTES = 3 * 365 * 24 * 60


def measure(options: Options, fresh: Callable[[], None]) -> Measured:
    """Import each entity in each size; raises Unequal where a row was lost."""
    fresh()
    volume.generate(BEHIND, options.seed)
    measured = Measured()
    sizes = volume.Sizes(BEHIND)
    with tempfile.TemporaryDirectory(prefix="brm-bench-") as folder:
        for count in options.rows:
            for entity, (header, row) in FILES.items():
                options.tell(f"import: {count:,} {entity}")
                file = Path(folder) / f"{entity}.csv"
                draw = random.Random(f"{options.seed} {entity} {count}")
                _write(file, header, (row(draw, sizes, n, count) for n in range(count)))
                measured.add(_judged(entity, count, _import(entity, file, count)))
    return measured


# --- Files ---------------------------------------------------------------------------------------

Row = Callable[[random.Random, volume.Sizes, int, int], list[Any]]


def _key(letter: str, number: int) -> str:
    """A reference as the generated data has it."""
    return f"{letter}-{number:08d}"


def _drawn(draw: random.Random, letter: str, limit: int) -> str:
    return _key(letter, draw.randint(1, limit))


def _complaint(draw: random.Random, sizes: volume.Sizes, number: int, count: int) -> list[Any]:
    received = EPOCH + timedelta(minutes=draw.randrange(MINUTES))
    return [
        f"{count}/{number}",
        _drawn(draw, "C", sizes.customers),
        _drawn(draw, "S", volume.SERVICES),
        draw.choice(("phone", "email", "web")),
        f"Complaint {number}",
        "Nobody called back, and the second invoice was wrong as well.",
        received.isoformat(),
        (received + timedelta(minutes=draw.randrange(4_000))).isoformat(),
        "closed",
        draw.choice(("upheld", "partly", "not_upheld")),
    ]


def _response(draw: random.Random, sizes: volume.Sizes, number: int, count: int) -> list[Any]:
    invited = EPOCH + timedelta(minutes=draw.randrange(MINUTES))
    return [
        f"{count}/{number}",
        _drawn(draw, "V", sizes.surveys),
        _drawn(draw, "C", sizes.customers),
        _drawn(draw, "S", volume.SERVICES),
        invited.isoformat(),
        (invited + timedelta(minutes=draw.randrange(9_000))).isoformat(),
        draw.randint(0, 10),
        0,
        10,
        "Quick and friendly.",
    ]


def _cost(draw: random.Random, sizes: volume.Sizes, number: int, count: int) -> list[Any]:
    posted = EPOCH + timedelta(minutes=draw.randrange(MINUTES))
    return [
        f"{count}/{number}",
        _drawn(draw, "B", sizes.lines),
        _drawn(draw, "S", volume.SERVICES),
        posted.date().isoformat(),
        f"{draw.randrange(1, 1_000_000) / 100:.2f}",
        "EUR",
        "labour",
        "Hours of the month",
    ]


FILES: dict[str, tuple[str, Row]] = {
    "complaints": (
        "reference customer service channel subject text received_at acknowledged_at status"
        " finding",
        _complaint,
    ),
    "survey_responses": (
        "reference survey customer service invited_at completed_at score scale_min scale_max"
        " comment",
        _response,
    ),
    "cost_entries": (
        "reference budget_line service posted_on amount currency cost_type description",
        _cost,
    ),
}
TABLES = {
    "complaints": "feedback.Complaint",
    "survey_responses": "feedback.Response",
    "cost_entries": "finance.CostEntry",
}


def _write(file: Path, header: str, rows: Iterator[list[Any]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(header.split())
        writer.writerows(rows)


# --- The command ---------------------------------------------------------------------------------


def _import(entity: str, file: Path, count: int) -> Ended:
    """Import one file. Raises Unequal."""
    model = apps.get_model(TABLES[entity])
    before = model.everything.count()
    ended = run(str(ROOT / "manage.py"), "import_records", entity, str(file))
    made = model.everything.count() - before
    if ended.exit or made != count:
        raise Unequal(f"{made} of {count} {entity} came in:\n{ended.output[-2000:]}")
    return ended


def _judged(entity: str, count: int, ended: Ended) -> Measured:
    sample = ended.sample
    what = f"import: {count:,} {entity}"
    case = Case(what, lambda: None, rows=count, samples=[sample])
    speed, memory = count / sample.wall, round(ended.megabytes, 1)
    note = f"{count / sample.cpu:,.0f} rows/s of the program's processor time"
    verdicts = [
        Verdict(what, speed, AT_LEAST, ROWS_A_SECOND, " rows/s", note),
        Verdict(f"{what}, memory", memory, AT_MOST, MEGABYTES, " MB"),
    ]
    return Measured([case], verdicts)
