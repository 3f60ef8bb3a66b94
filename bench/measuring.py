"""Measuring: wall time, processor time of program and database, statements; round by round."""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection


@dataclass
class Sample:
    """One measurement: seconds of wall time and of processor time, statements, what came out."""

    wall: float = 0.0
    cpu: float = 0.0
    statements: int = 0
    outcome: Any = None

    def less(self, other: "Sample") -> "Sample":
        """Without a part that was measured by itself."""
        return Sample(
            self.wall - other.wall,
            self.cpu - other.cpu,
            self.statements - other.statements,
            self.outcome,
        )


@dataclass
class Case:
    """Something to measure.

    `work` is measured; `before` is not, nor `after`, which turns what came out into the outcome
    that is kept. `deduct` is the name of a stopwatch whose part is taken
    off. `rounds` limits how often a slow floor is measured. `rows` are what one execution handles,
    `size` is how many bytes it sends, compressed.
    """

    name: str
    work: Callable[[], Any]
    before: Callable[[], Any] = lambda: None
    after: Callable[[Any], Any] = lambda outcome: outcome
    deduct: "Stopwatch | None" = None
    rounds: int | None = None
    rows: int | None = None
    size: int | None = None
    samples: list[Sample] = field(default_factory=list)

    def median(self, name: str) -> float:
        """The median of `wall`, `cpu` or `statements` over the samples."""
        return statistics.median(getattr(sample, name) for sample in self.samples)

    def outcomes(self) -> list[Any]:
        return [sample.outcome for sample in self.samples]


def backend_cpu() -> float:
    """Seconds the database's process has worked for this connection; 0 where nobody can tell.

    SQLite works in this process. PostgreSQL is asked for its process, which must be on this
    machine, as the kernel's accounts tell it.
    """
    if connection.vendor != "postgresql":
        return 0.0
    process = connection.connection.info.backend_pid
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        pass
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0


@contextmanager
def measured() -> Iterator[Sample]:
    """Measure the block into the sample it yields."""
    connection.ensure_connection()
    sample = Sample()

    def count(execute: Any, sql: str, *arguments: Any) -> Any:
        sample.statements += 1
        return execute(sql, *arguments)

    with connection.execute_wrapper(count):
        wall, cpu = time.perf_counter(), time.process_time() + backend_cpu()
        yield sample
        sample.wall += time.perf_counter() - wall
        sample.cpu += time.process_time() + backend_cpu() - cpu


class Stopwatch:
    """Measures a function by itself whenever it is called within a case."""

    def __init__(self) -> None:
        self.total = Sample()

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            with measured() as part:
                result = function(*arguments, **options)
            self.total.wall += part.wall
            self.total.cpu += part.cpu
            self.total.statements += part.statements
            return result

        return watched

    def reset(self) -> Sample:
        """What was measured since the last time."""
        part, self.total = self.total, Sample()
        return part


def interleave(cases: Sequence[Case], rounds: int, tell: Callable[[str], None]) -> None:
    """Measure all cases once a round, one after the other, so that drift meets them all."""
    for number in range(rounds):
        for case in cases:
            if case.rounds is not None and number >= case.rounds:
                continue
            tell(f"round {number + 1} of {rounds}: {case.name}")
            case.before()
            if case.deduct:
                case.deduct.reset()
            with measured() as sample:
                outcome = case.work()
            sample.outcome = case.after(outcome)
            case.samples.append(sample.less(case.deduct.reset()) if case.deduct else sample)
