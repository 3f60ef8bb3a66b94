"""The rows of a file, one after the other, as texts under one header."""

import contextlib
import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, TextIO

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from .opening import LONGEST_LINE, XLSX, Source, check_encoding, too_long_line
from .refusals import FileRefused

MOST_COLUMNS = 1_000
SNIFFED = ",;\t|"
csv.field_size_limit(LONGEST_LINE)


@dataclass
class RawRow:
    """A row of the file; `number` counts as a spreadsheet does, the header is 1.

    `cells` are read, `original` is what the file said before blanks and markers were taken out.
    """

    number: int
    cells: list[str]
    original: list[str] = field(default_factory=list)


class Table:
    """A checked file: its header, its number of rows (None: unknown) and its rows."""

    def __init__(self, source: Source, *, encoding: str = "utf-8", delimiter: str = ",") -> None:
        """Reads the whole text once; raises FileRefused for what spoils the file as a whole."""
        self.source = source
        self.encoding = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
        self.delimiter = delimiter
        self.is_workbook = source.kind == XLSX
        if not self.is_workbook:
            check_encoding(source, "utf-8" if self.encoding == "utf-8-sig" else encoding)
        if delimiter == "sniff" and not self.is_workbook:
            self.delimiter = self._sniff()
        self.header = self._read_header()
        self.count = self._count()

    def rows(self, after: int = 1) -> Iterator[RawRow]:
        """The data rows whose number is greater than `after`, without blank ones."""
        width = len(self.header)
        for number, cells in self._numbered():
            if number > max(1, after) and any(cells):
                yield RawRow(number, self._fit(cells, width))

    def _fit(self, cells: list[str], width: int) -> list[str]:
        """A workbook leaves empty cells at the end of a row away."""
        if not self.is_workbook:
            return cells
        while len(cells) > width and not cells[-1]:
            cells.pop()
        return cells + [""] * (width - len(cells))

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        return enumerate(self._sheet() if self.is_workbook else self._text(), start=1)

    def _text(self) -> Iterator[list[str]]:
        with self.source.open() as stream:
            text = io.TextIOWrapper(stream, encoding=self.encoding, newline="")
            reader = csv.reader(_lines(text), delimiter=self.delimiter, strict=True)
            while True:
                started = reader.line_num + 1
                try:
                    yield next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise FileRefused(_csv_message(error, started)) from None

    def _sheet(self) -> Iterator[list[str]]:
        try:
            book = load_workbook(self.source.path, read_only=True, data_only=True)
            with contextlib.closing(book):
                sheet = book.worksheets[0]
                sheet.reset_dimensions()  # the size a workbook claims may be anything
                for row in sheet.iter_rows(values_only=True):
                    yield [_cell_text(value) for value in _not_too_wide(row)]
        except (KeyError, IndexError, ValueError, OSError, SyntaxError):
            raise FileRefused(_("The workbook is damaged.")) from None

    def _sniff(self) -> str:
        with self.source.open() as stream:
            first = stream.readline(LONGEST_LINE).decode(self.encoding, errors="replace")
        return max(SNIFFED, key=first.count)

    def _read_header(self) -> list[str]:
        first = next((cells for _number, cells in itertools.islice(self._numbered(), 1)), [])
        header = [name.strip() for name in _not_too_wide(first)]
        while header and not header[-1] and self.is_workbook:
            header.pop()
        if not any(header):
            raise FileRefused(_("The first row names no columns."))
        for position, name in enumerate(header, start=1):
            if not name:
                raise FileRefused(_("Column %(number)d has no name.") % {"number": position})
            if name in header[: position - 1]:
                raise FileRefused(
                    _("The column “%(name)s” occurs twice: as number %(first)d and %(second)d.")
                    % {"name": name, "first": header.index(name) + 1, "second": position}
                )
        return header

    def _count(self) -> int | None:
        if next(self.rows(), None) is None:
            raise FileRefused(_("The file has a header but no rows."))
        return None if self.is_workbook else sum(1 for _row in self.rows())


def _not_too_wide(row: Sequence[Any]) -> Sequence[Any]:
    if len(row) > MOST_COLUMNS:
        raise FileRefused(_("The file has more than %(most)d columns.") % {"most": MOST_COLUMNS})
    return row


def _lines(stream: TextIO) -> Iterator[str]:
    """Lines of bounded length: a file without line ends must not fill the memory."""
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise FileRefused(too_long_line(number))
        yield line


def _csv_message(error: csv.Error, line: int) -> str:
    if "field larger" in str(error):
        return _(
            "Line %(line)d: a cell is longer than %(most)d characters. Is a quote missing?"
        ) % {
            "line": line,
            "most": LONGEST_LINE,
        }
    return _("Line %(line)d: the quotes of a cell do not match.") % {"line": line}


def _cell_text(value: Any) -> str:
    """What a workbook's cell holds, written as a CSV would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(sep=" ")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def header_hint(header: Sequence[str], delimiter: str) -> str:
    """A remark when the delimiter seems to be another one; empty otherwise."""
    if len(header) == 1:
        for candidate, name in ((";", ";"), ("\t", _("tab")), ("|", "|")):
            if candidate in header[0] and candidate != delimiter:
                return _("Is the delimiter “%(name)s”?") % {"name": name}
    return ""
