"""Import of records from files; an app declares what can be imported in its `importers.py`."""

from .dated import DatedImporter
from .declarations import Column, Importer, column_of, columns_of, entities, importer_for, register
from .parsers import day, month, truth, words
from .refusals import CellRefused, FileRefused

__all__ = [
    "CellRefused",
    "Column",
    "DatedImporter",
    "FileRefused",
    "Importer",
    "column_of",
    "columns_of",
    "day",
    "entities",
    "importer_for",
    "month",
    "register",
    "truth",
    "words",
]
