"""A profile applied to a file: from raw rows to the cells of our columns."""

import calendar
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from . import parsers
from .declarations import Column, Importer, importer_for
from .parsers import Formats
from .profiles import EVERYTHING, Block, Profile
from .refusals import CellRefused, FileRefused, Problem
from .report import AS_OF_COLUMN, ERROR_COLUMN, without_formula_guard
from .scratch import Scratch
from .tables import RawRow, header_hint

PART = re.compile(r"\{([^{}]+?)(?::([a-z_]+))?\}")
BLANKS = re.compile(r"\s+")
WHOLE_FLOAT = re.compile(r"(-?\d+)\.0+\Z")
LONGEST_CELL = 100_000
DIGEST_CHARACTERS = 16

Fill = Callable[[RawRow], str]


@dataclass
class EntityRow:
    """What one raw row says about one entity: texts by column, and what is wrong with it."""

    raw: RawRow
    texts: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    record: Any = None
    move_from: str | None = None

    @property
    def number(self) -> int:
        return self.raw.number

    def refuse(self, column: str, message: str) -> None:
        self.problems.append(Problem(self.number, column, message))


class BlockLayout:
    """One block of a profile bound to the header of a file."""

    def __init__(self, block: Block, profile: Profile, header: list[str], scratch: Scratch) -> None:
        self.block = block
        self.importer: type[Importer] = importer_for(block.entity)
        self._formats = profile.formats
        self._own = Formats(zone=profile.formats.zone)
        self._scratch = scratch
        self._position = {name: index for index, name in enumerate(header)}
        self._fills = dict(self._bind())
        self.columns: list[Column] = [
            column for column in self.importer.columns if column.name in self._fills
        ]
        self._key = self._template(block.key)
        self.used = self._used_columns(header)
        self._check_key()

    def _bind(self) -> Iterator[tuple[str, Fill]]:
        block = self.block
        columns = block.columns
        if not block.targets:
            columns = {c.name: c.name for c in self.importer.columns if c.name in self._position}
        for target, source in columns.items():
            yield target, self._translated(target, self._cell(source))
        for target, template in block.compose.items():
            yield target, self._translated(target, self._template(template))
        for target, constant in block.constants.items():
            yield target, lambda _row, constant=str(constant): constant
        for target, digest in block.digests.items():
            yield target, self._digest(**digest)

    def formats_of(self, column: Column) -> Formats:
        """Cells of the file are in its formats; what a profile composes is in ours."""
        made = (*self.block.compose, *self.block.constants, *self.block.digests)
        return self._own if column.name in made else self._formats

    def _check_key(self) -> None:
        for name in self.importer.key:
            if name not in self._fills and self.importer.column(name).compulsory:
                raise FileRefused(
                    _("The compulsory column “%(column)s” of %(entity)s is missing.")
                    % {"column": name, "entity": self.block.entity}
                )

    def _used_columns(self, header: list[str]) -> set[str]:
        block = self.block
        if not block.targets:
            return {column.name for column in self.columns}
        templates = " ".join([*block.compose.values(), block.key])
        used = set(block.columns.values()) | {part[0] for part in PART.findall(templates)}
        used |= {condition["column"] for condition in block.where}
        return used | {name for digest in block.digests.values() for name in digest["of"]}

    def _index(self, source: str) -> int:
        if source not in self._position:
            raise FileRefused(
                _("The profile needs the column “%(column)s”, which the file does not have.")
                % {"column": source}
            )
        return self._position[source]

    def _cell(self, source: str) -> Fill:
        index = self._index(source)
        return lambda row: row.cells[index]

    def _translated(self, target: str, fill: Fill) -> Fill:
        values = self.block.values.get(target)
        if values is None:
            return fill
        other = values.get(EVERYTHING)

        def translate(row: RawRow) -> str:
            cell = fill(row)
            return values.get(cell, cell if other is None else other)

        return translate

    def _template(self, template: str) -> Fill:
        """A text with {columns}; empty as soon as one of them is."""
        pieces = PART.split(template)
        plain = pieces[0::3]
        parts = [
            (self._index(name), _derivation(kind))
            for name, kind in zip(pieces[1::3], pieces[2::3], strict=True)
        ]

        def compose(row: RawRow) -> str:
            text = plain[0]
            for (index, derive), after in zip(parts, plain[1:], strict=True):
                cell = row.cells[index]
                if not cell:
                    return ""
                text += (derive(cell, self._formats) if derive else cell) + after
            return text

        return compose

    def _digest(self, of: list[str], prefix: str = "") -> Fill:
        """A key made of the content; equal rows are told apart by their number of occurrence."""
        indexes = [self._index(name) for name in of]

        def digest(row: RawRow) -> str:
            content = "\x1f".join(row.cells[index] for index in indexes)
            key = hashlib.sha256(content.encode()).hexdigest()[:DIGEST_CHARACTERS]
            return f"{prefix}{key}-{self._scratch.occurrence(prefix + key, row.number)}"

        return digest

    def keeps(self, row: RawRow) -> bool:
        """Whether the conditions of the block hold for the row."""
        return all(
            _holds(condition, row.cells[self._index(condition["column"])])
            for condition in self.block.where
        )

    def is_repeated(self, row: RawRow) -> bool:
        """Whether an earlier row had the key of the block."""
        if not self.block.key:
            return False
        try:
            key = self._key(row)
        except CellRefused:
            return False  # reading the row will say what is wrong with it
        return self._scratch.claim(f"key {self.block.entity}", key, row.number) != row.number

    def read(self, row: RawRow) -> EntityRow:
        """The cells of our columns; a template that cannot be filled refuses the row."""
        entity_row = EntityRow(row, {})
        for name, fill in self._fills.items():
            try:
                entity_row.texts[name] = fill(row)
            except CellRefused as error:
                entity_row.refuse(name, str(error))
        return entity_row


class Layout:
    """All blocks of a profile bound to one file."""

    def __init__(self, profile: Profile, header: list[str], scratch: Scratch) -> None:
        self.profile, self.header = profile, header
        self.blocks = [BlockLayout(b, profile, header, scratch) for b in profile.blocks]
        self._missing = frozenset(profile.missing)
        # Files that we wrote: refused rows and exports carry the guard against formulas.
        self._is_ours = ERROR_COLUMN in header or AS_OF_COLUMN in header
        self._floats = [i for i, name in enumerate(header) if name in profile.integers_as_floats]

    def unknown_columns(self) -> list[str]:
        """Columns of the file that nothing reads and that were not left out on purpose."""
        used = {name for block in self.blocks for name in block.used} | set(self.profile.ignore)
        used |= {ERROR_COLUMN, AS_OF_COLUMN}
        return [] if EVERYTHING in used else [name for name in self.header if name not in used]

    def hint(self) -> str:
        return header_hint(self.header, self.profile.delimiter)

    def clean(self, row: RawRow) -> Problem | None:
        """Bring the cells of a raw row into one form; a ragged row comes back as a problem."""
        if len(row.cells) != len(self.header):
            return Problem(
                row.number,
                "",
                _("The row has %(cells)d cells, the header has %(columns)d.")
                % {"cells": len(row.cells), "columns": len(self.header)},
            )
        for index, cell in enumerate(row.cells):
            if len(cell) > LONGEST_CELL:
                message = _("The cell has %(count)d characters, at most %(most)d are imported.")
                counts = {"count": len(cell), "most": LONGEST_CELL}
                return Problem(row.number, self.header[index], message % counts)
        if self._is_ours:
            row.cells = [without_formula_guard(cell) for cell in row.cells]
        row.original = row.cells
        row.cells = [self._plain(cell) for cell in row.cells]
        for index in self._floats:
            row.cells[index] = WHOLE_FLOAT.sub(r"\1", row.cells[index])
        return None

    def _plain(self, cell: str) -> str:
        if self.profile.collapse_blanks:
            cell = BLANKS.sub(" ", cell).strip()
        if not cell.strip() or cell.strip() in self._missing:
            return ""
        return cell


def _derivation(kind: str | None) -> Callable[[str, Formats], str] | None:
    if kind and kind not in DERIVED:
        raise FileRefused(
            _("The profile derives “%(name)s”; there are: %(names)s.")
            % {"name": kind, "names": ", ".join(DERIVED)}
        )
    return DERIVED[kind] if kind else None


def _holds(condition: dict[str, Any], cell: str) -> bool:
    tests = {name: value for name, value in condition.items() if name != "column"}
    return all(CONDITIONS[name](cell, value) for name, value in tests.items())


CONDITIONS: dict[str, Callable[[str, Any], bool]] = {
    "is": lambda cell, texts: cell in texts,
    "is_not": lambda cell, texts: cell not in texts,
    "starts_with": lambda cell, text: cell.startswith(text),
    "not_starts_with": lambda cell, text: not cell.startswith(text),
    "present": lambda cell, wanted: bool(cell) == wanted,
}


def _any_day(cell: str, formats: Formats) -> date:
    if formats.instant:
        return parsers.instant(cell, formats).date()
    return parsers.day(cell, formats)


def _last_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


# What may follow a column's name in a template: {InvoiceDate:month}.
DERIVED: dict[str, Callable[[str, Formats], str]] = {
    "day": lambda cell, formats: _any_day(cell, formats).isoformat(),
    "month": lambda cell, formats: _any_day(cell, formats).isoformat()[:7],
    "month_start": lambda cell, formats: _any_day(cell, formats).replace(day=1).isoformat(),
    "month_end": lambda cell, formats: _last_of_month(_any_day(cell, formats)).isoformat(),
}
