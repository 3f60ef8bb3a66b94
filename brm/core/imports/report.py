"""What an import did: counts by entity, problems, and the file of refused rows."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from .refusals import Problem
from .tables import RawRow

SHOWN_PROBLEMS = 500
ERROR_COLUMN = "_error"
AS_OF_COLUMN = "as_of"  # the mark of our own exports
# First characters that make a spreadsheet take a text for a formula, full-width ones included.
FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")  # an apostrophe of its own is kept by another one
OUTCOMES = ("created", "updated", "unchanged", "refused", "left_out", "repeated")


def with_formula_guard(cell: str) -> str:
    """An apostrophe before what a spreadsheet would take for a formula; numbers stay."""
    return f"'{cell}" if FORMULA.match(cell) and not _is_number(cell) else cell


def without_formula_guard(cell: str) -> str:
    """What stood there before `with_formula_guard`."""
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell


def _is_number(cell: str) -> bool:
    return cell[1:].replace(".", "", 1).isdecimal() and cell[0] in "+-"


@dataclass
class Report:
    """Counts of rows: `rows` read, `refused_rows`, and by entity what became of them.

    left_out: the profile's conditions leave the row out; repeated: not the first of its key.
    """

    rows: int = 0
    refused_rows: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def count(self, entity: str, outcome: str, number: int = 1) -> None:
        self.counts.setdefault(entity, Counter())[outcome] += number

    def add_problems(self, problems: Sequence[Problem]) -> None:
        """Remember what was wrong; only the first ones, all are in the file of refused rows."""
        self.problems.extend(problems[: max(0, SHOWN_PROBLEMS - len(self.problems))])

    def total(self, outcome: str) -> int:
        return sum(counter[outcome] for counter in self.counts.values())

    def as_dict(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "refused_rows": self.refused_rows,
            "counts": {
                entity: {outcome: counter[outcome] for outcome in OUTCOMES}
                for entity, counter in self.counts.items()
            },
            "problems": [problem.as_dict() for problem in self.problems],
            "warnings": self.warnings,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(
            rows=data.get("rows", 0),
            refused_rows=data.get("refused_rows", 0),
            counts={entity: Counter(c) for entity, c in data.get("counts", {}).items()},
            problems=[Problem(**problem) for problem in data.get("problems", [])],
            warnings=list(data.get("warnings", [])),
        )


class RefusedFile:
    """A CSV with the columns of the file and `_error`: to be mended and imported again."""

    def __init__(self, path: Path, header: list[str], *, encoding: str, delimiter: str) -> None:
        self.path, self.encoding, self.delimiter = path, encoding, delimiter
        self._keep = [index for index, name in enumerate(header) if name != ERROR_COLUMN]
        self._header = [header[index] for index in self._keep]

    def append(self, refused: Sequence[tuple[RawRow, str]]) -> None:
        """Write rows with what is wrong with them; the file is made by the first ones."""
        if not refused:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.path.exists() or self.path.stat().st_size == 0
        with self.path.open(
            "a", encoding=self.encoding, errors="backslashreplace", newline=""
        ) as stream:
            writer = csv.writer(stream, delimiter=self.delimiter)
            if is_new:
                writer.writerow([*self._header, ERROR_COLUMN])
            writer.writerows(self._line(row, message) for row, message in refused)

    def _line(self, row: RawRow, message: str) -> list[str]:
        cells = row.original or row.cells
        if len(cells) == len(self._header) + (len(self._keep) < len(cells)):
            cells = [cells[index] for index in self._keep if index < len(cells)]
        return [*map(with_formula_guard, cells), message]

    def size(self) -> int:
        """Bytes so far; what lies beyond them is cut off by `cut` when a part is repeated."""
        return self.path.stat().st_size if self.path.exists() else 0

    def cut(self, size: int) -> None:
        """Forget what was appended after the file had `size` bytes."""
        if self.path.exists():
            with self.path.open("r+b") as stream:
                stream.truncate(size)
