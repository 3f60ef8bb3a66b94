"""The suite `kpi`: the recompute against DuckDB, object loops, bare inserts and itself."""

from contextlib import ExitStack
from typing import Any

from . import columnar, digest, ledger, loops, volume
from .judging import AT_LEAST, AT_MOST, ratio
from .measuring import Case, Stopwatch, interleave
from .options import Measured, Options, Unequal

CHANGED = 1_000  # one fact in so many is changed before a night
SMALLER = 10  # the size by which the data grows between two nights that are compared
SLOW_ROUNDS = 2


def measure(options: Options, fresh: Any) -> Measured:
    """Measure all; `fresh` empties the database. Raises Unequal."""
    small = _smaller_nights(options)
    fresh()
    options.tell(f"data: {options.facts:,} facts")
    volume.generate(options.facts, options.seed)
    measured = _recomputes(options)
    measured.add(_nights(options, small))
    return measured


# --- Recomputing ---------------------------------------------------------------------------------


def _recomputes(options: Options) -> Measured:
    """Feeding and summing against the floors, all on the same unchanged records."""
    with ExitStack() as stack:
        summing = Stopwatch()
        stack.enter_context(ledger.summing_watched(summing))
        copy = stack.enter_context(ledger.second_ledger())
        feed = Case("feed: sources to ledger", ledger.first_run, ledger.forget, deduct=summing)
        insert = Case("floor: INSERT … SELECT", copy, lambda: ledger.empty(ledger.COPY))
        sums = Case("recompute: ledger to snapshots", ledger.sum_anew, ledger.without_sums)
        objects = Case("floor: object loops", loops.figures, rounds=SLOW_ROUNDS)
        feed.after = sums.after = lambda _outcome: digest.of_snapshots()
        objects.after = digest.of_rows
        cases = [feed, insert, sums, objects]
        duck = _duck(options, stack)
        cases += [duck] if duck else []
        interleave(cases, options.rounds, options.tell)
    figures = {case.name: set(case.outcomes()) for case in cases if case is not insert}
    if len(set.union(*figures.values())) > 1:
        raise Unequal(f"Figures differ: {figures}")
    rows = insert.samples[0].outcome
    feed.rows = insert.rows = sums.rows = rows
    verdicts = [
        ratio("recompute against DuckDB, one thread", sums, duck, AT_MOST, 2),
        ratio("feeding against a bare INSERT … SELECT", feed, insert, AT_MOST, 2),
        ratio("object loops against the recompute", objects, sums, AT_LEAST, 30),
    ]
    return Measured(cases, verdicts, {"digest": feed.samples[0].outcome, "ledger_rows": rows})


def _duck(options: Options, stack: ExitStack) -> Case | None:
    if not columnar.installed():
        options.tell("DuckDB is not installed (bench/requirements.txt): not measured")
        return None
    duck = stack.enter_context(columnar.Columnar())
    options.tell("copying the records to DuckDB")
    duck.copy()
    return Case(
        f"floor: DuckDB {duck.version}",
        duck.figures,
        after=lambda _none: digest.of_rows(duck.rows()),
    )


# --- Nights --------------------------------------------------------------------------------------


def _smaller_nights(options: Options) -> Case:
    """Nights on a tenth of the data, with as many facts changed as on the whole."""
    facts = max(options.facts // SMALLER, 1)
    options.tell(f"data: {facts:,} facts")
    volume.generate(facts, options.seed)
    ledger.first_run()
    case = _night(f"night: same change, {facts:,} facts", ledger.Nights(), CHANGED // SMALLER)
    interleave([case], options.rounds, options.tell)
    return case


def _night(name: str, nights: ledger.Nights, one_in: int) -> Case:
    """A night after one in so many facts was changed; the outcome is what it moved."""

    def before() -> None:
        ledger.change(one_in, len(case.samples))
        ledger.settle()

    case = Case(name, nights.night, before)
    return case


def _nights(options: Options, small: Case) -> Measured:
    """Nights and full runs in turn; a full run must find nothing that a night missed."""
    nights = ledger.Nights()
    ledger.forget()
    ledger.first_run()
    night = _night("night: 0.1 % of the facts changed", nights, CHANGED)
    full = Case("full run that finds nothing", nights.full)
    interleave([night, full], options.rounds, options.tell)
    if any(full.outcomes()):
        raise Unequal(f"Full runs found what nights had missed: {full.outcomes()}")
    verdicts = [
        ratio("a night against the full run", night, full, AT_MOST, 1 / 20),
        ratio(f"a night on {SMALLER} times the data", night, small, AT_MOST, 2),
    ]
    moved = {"moved_by_nights": night.outcomes(), "moved_by_smaller_nights": small.outcomes()}
    return Measured([night, full, small], verdicts, moved)
