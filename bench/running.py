"""Running suites on the present connection, and telling what came out."""

from typing import Any

from . import bulk_suite, http_suite, import_suite, kpi_suite, own
from .judging import as_json, load, surroundings, table
from .options import Measured, Options

SUITES = {
    "kpi": kpi_suite.measure,
    "import": import_suite.measure,
    "http": http_suite.measure,
    "bulk": bulk_suite.measure,
}


def run(options: Options) -> Measured:
    """Measure the suites on the connected database, which must hold no customers and is filled.

    Raises ValueError where there are some, and Unequal.
    """
    measured = Measured(about={**surroundings(), "load_before": load()})
    for name in options.suites:
        measured.add(SUITES[name](options, own.empty))
    scale = {name: getattr(options, name) for name in ("facts", "rows", "records", "exported")}
    measured.about |= {**scale, "rounds": options.rounds, "seed": options.seed}
    measured.about["load_after"] = load()
    return measured


def lines(measured: Measured) -> list[str]:
    """What a reader sees: surroundings, table, verdicts."""
    about: dict[str, Any] = measured.about
    told = ", ".join(f"{name} {value}" for name, value in about.items())
    return [told, "", *table(measured.cases), "", *(v.line() for v in measured.verdicts)]


def json(measured: Measured) -> str:
    return as_json(measured.cases, measured.verdicts, measured.about)
