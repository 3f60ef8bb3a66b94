"""The three file formats, each written row by row.

A spreadsheet runs what looks like a formula. In CSV an apostrophe stands before such a text, which
the import takes away again (it knows our files by their column `as_of`); a workbook's cells are
typed, so that a text there is never a formula.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from brm.core.imports.report import AS_OF_COLUMN, with_formula_guard

from .reading import as_text

MOST_SHEET_ROWS = 1_048_575  # the heading takes the last one
LONGEST_CELL = 32_767  # characters, the limit of a workbook's cell

Row = Sequence[Any]
Facts = Sequence[tuple[str, Any]]


class TooManyRows(Exception):
    """A workbook cannot hold so many rows."""


class Writer(Protocol):
    """Writes `rows` under `names` to a path; `facts` say what the file is (the first: as of)."""

    def __call__(
        self, path: Path, names: Sequence[str], rows: Iterable[Row], *, as_of: str, facts: Facts
    ) -> None: ...


def write_csv(
    path: Path, names: Sequence[str], rows: Iterable[Row], *, as_of: str, facts: Facts
) -> None:
    """UTF-8 with a byte order mark, for spreadsheets to read it as such."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.writelines(csv_lines(names, rows, as_of=as_of))


class _Echo:
    """A file for the csv module that hands back what it was given."""

    def write(self, line: str) -> str:
        return line


def csv_lines(names: Sequence[str], rows: Iterable[Row], *, as_of: str) -> Iterator[str]:
    """The lines of a CSV file, each with the instant as of which it holds."""
    writer = csv.writer(_Echo())
    yield writer.writerow([*names, AS_OF_COLUMN])
    for row in rows:
        cells = [v if isinstance(v, int) else with_formula_guard(as_text(v)) for v in _text(row)]
        yield writer.writerow([*cells, as_of])


def _text(row: Row) -> Row:
    return [as_text(value) if isinstance(value, bool) else value for value in row]


def write_xlsx(
    path: Path, names: Sequence[str], rows: Iterable[Row], *, as_of: str, facts: Facts
) -> None:
    """A workbook with the rows on the first sheet and what it is on the second."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Records"))
    sheet.freeze_panes = "A2"
    sheet.append([_text_cell(sheet, name) for name in names])
    for number, row in enumerate(rows, start=1):
        if number > MOST_SHEET_ROWS:
            raise TooManyRows(_("A workbook holds at most 1,048,575 rows. Export CSV instead."))
        sheet.append([_cell(sheet, value) for value in row])
    about = book.create_sheet(_("About"))
    for label, value in facts:
        about.append([_text_cell(about, label), _text_cell(about, as_text(value))])
    book.save(path)


def _cell(sheet: Any, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | Decimal):
        return value
    if isinstance(value, datetime):
        # A workbook knows no offsets: the organisation's clock, as its users read it.
        cell = WriteOnlyCell(sheet, timezone.localtime(value).replace(tzinfo=None))
        cell.number_format = "yyyy-mm-dd hh:mm"
        return cell
    if isinstance(value, str):
        return _text_cell(sheet, value)
    return value


def _text_cell(sheet: Any, text: str) -> Any:
    """A cell of text, whatever the text begins with."""
    cell = WriteOnlyCell(sheet)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST_CELL]
    cell.data_type = "s"
    return cell


def write_json(
    path: Path, names: Sequence[str], rows: Iterable[Row], *, as_of: str, facts: Facts
) -> None:
    """One object: as_of, columns, results."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json_parts(names, rows, as_of=as_of))


def json_parts(names: Sequence[str], rows: Iterable[Row], *, as_of: str) -> Iterator[str]:
    """The pieces of the JSON text; exact numbers are sent as text, as the REST API does."""
    yield f'{{"as_of": {json.dumps(as_of)}, "columns": {json.dumps(list(names))}, "results": ['
    joint = "\n"
    for row in rows:
        values = (v if v is None or isinstance(v, int | float) else as_text(v) for v in row)
        written = dict(zip(names, values, strict=True))
        yield joint + json.dumps(written, ensure_ascii=False, separators=(",", ":"))
        joint = ",\n"
    yield "\n]}\n"


WRITERS: dict[str, Callable[..., None]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "json": write_json,
}
