"""A file imported from its first row to its last, in batches, or in parts with pauses between."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from ..money import known_rates
from .batch import Context, EntityImport
from .layout import EntityRow, Layout
from .profiles import Profile
from .refusals import Problem
from .report import RefusedFile, Report
from .tables import RawRow, Table

BATCH_ROWS = 1000
# What a database says no to although every rule was met: another writer was faster, a number is
# too large for its column.
DATABASE_REFUSALS = (IntegrityError, DataError, OverflowError, ValidationError)

AfterBatch = Callable[[int], None]


class Execution:
    """One file, one profile, one report."""

    def __init__(
        self,
        table: Table,
        profile: Profile,
        context: Context,
        *,
        report: Report | None = None,
        refused: RefusedFile | None = None,
    ) -> None:
        """Binds the profile to the file; raises FileRefused when they do not fit."""
        self.table, self.context, self.refused = table, context, refused
        self.layout = Layout(profile, table.header, context.scratch)
        self.blocks = [EntityImport(block, context) for block in self.layout.blocks]
        self.report = report or Report()
        self.position = 1
        if report is None:
            self._warn()

    def _warn(self) -> None:
        if unknown := self.layout.unknown_columns():
            text = _("Not imported, because no column has this name: %(names)s.") % {
                "names": ", ".join(unknown)
            }
            self.report.warnings.append(f"{text} {self.layout.hint()}".strip())

    def run(
        self,
        *,
        after: int = 1,
        after_batch: AfterBatch | None = None,
        pause: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Import the rows behind number `after`; returns whether the end of the file was reached.

        `after_batch` is called with the last row's number inside the transaction of each batch;
        `pause` is asked after each batch whether to stop here.
        """
        self.position = after
        for raws in batches(self.table.rows(after)):
            with self._unit():
                self._batch(raws)
                self.position = raws[-1].number
                if after_batch is not None:
                    after_batch(self.position)
            if pause():
                return False
        return True

    def _unit(self) -> AbstractContextManager[object]:
        stack = ExitStack()
        stack.enter_context(known_rates())
        if self.context.write:
            stack.enter_context(transaction.atomic())
        stack.enter_context(self.context.scratch.together())
        return stack

    def _batch(self, raws: list[RawRow]) -> None:
        unfit = {raw.number: problem for raw in raws if (problem := self.layout.clean(raw))}
        problems = list(unfit.values())
        fit = [raw for raw in raws if raw.number not in unfit]
        for entity in self.blocks:
            for row in self._import_block(entity, fit):
                problems += row.problems
        self._report(raws, sorted(problems, key=lambda problem: problem.row))

    def _report(self, raws: list[RawRow], problems: list[Problem]) -> None:
        said: dict[int, list[str]] = {}
        for problem in problems:
            said.setdefault(problem.row, []).append(str(problem))
        self.report.rows += len(raws)
        self.report.refused_rows += len(said)
        self.report.add_problems(problems)
        if self.refused is not None:
            wrong = [raw for raw in raws if raw.number in said]
            self.refused.append([(raw, " · ".join(said[raw.number])) for raw in wrong])

    def _import_block(self, entity: EntityImport, raws: Sequence[RawRow]) -> list[EntityRow]:
        """Import what the rows say about one entity; returns the refused rows."""
        block, name = entity.layout, entity.importer.entity
        kept = [raw for raw in raws if block.keeps(raw)]
        first = [raw for raw in kept if not block.is_repeated(raw)]
        rows = [block.read(raw) for raw in first]
        for outcome, number in self._take(entity, rows).items():
            self.report.count(name, outcome, number)
        refused = [row for row in rows if row.problems]
        self.report.count(name, "refused", len(refused))
        self.report.count(name, "left_out", len(raws) - len(kept))
        self.report.count(name, "repeated", len(kept) - len(first))
        return refused

    def _take(self, entity: EntityImport, rows: list[EntityRow]) -> dict[str, int]:
        try:
            with self._savepoint():
                return entity.take(rows)
        except DATABASE_REFUSALS:
            return self._take_one_by_one(entity, [row for row in rows if not row.problems])

    def _take_one_by_one(self, entity: EntityImport, rows: list[EntityRow]) -> dict[str, int]:
        """The batch failed in the database: find the rows that it refuses."""
        total: dict[str, int] = {}
        for row in rows:
            try:
                with self._savepoint():
                    counts = entity.take([row])
            except DATABASE_REFUSALS as error:
                row.refuse("", _("The database refuses this row: %(error)s") % {"error": error})
                continue
            for outcome, number in counts.items():
                total[outcome] = total.get(outcome, 0) + number
        return total

    def _savepoint(self) -> AbstractContextManager[object]:
        return transaction.atomic() if self.context.write else nullcontext()


def batches(rows: Iterator[RawRow]) -> Iterator[list[RawRow]]:
    """The rows in lists of at most BATCH_ROWS."""
    while batch := list(itertools.islice(rows, BATCH_ROWS)):
        yield batch
