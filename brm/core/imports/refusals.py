"""What an import says no to: a whole file, or one row with its column and the reason."""

from dataclasses import dataclass
from typing import Any


class FileRefused(Exception):
    """The file as a whole cannot be imported; the message says why and what to do."""


class CellRefused(Exception):
    """One cell does not hold what its column needs; the message says why."""


@dataclass(frozen=True)
class Problem:
    """Why a row was refused: its number (the header is row 1), the column ("" = the row), why."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.column}: {self.message}" if self.column else self.message

    def as_dict(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "message": self.message}
