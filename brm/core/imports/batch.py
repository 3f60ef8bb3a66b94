"""One batch of rows of one entity: read, resolve, compare, validate, write. Set by set."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from ..models.record import Record
from . import lookups, moves
from .declarations import REFUSED, SAYS_NOTHING, Column, Importer
from .layout import BlockLayout, EntityRow
from .parsers import Formats
from .refusals import CellRefused
from .rights import Rights
from .scratch import Scratch
from .validation import validate

# Columns that date values without being fields of the record.
DATED_BY = ("valid_from", "effective_on")


@dataclass(frozen=True)
class Context:
    """Who imports, when, whether it is written, and what is remembered of the rows before."""

    by: Any
    now: datetime
    write: bool
    scratch: Scratch


class EntityImport:
    """Makes records of the rows of one block of a profile."""

    def __init__(self, layout: BlockLayout, context: Context) -> None:
        self.layout, self.context = layout, context
        self.importer: Importer = layout.importer(context.by)
        self.rights = Rights(context.by, layout.importer.model)
        self._columns = layout.columns
        self._keys = [c for c in self._columns if c.target is not None]
        present = {column.name for column in self._columns}
        self._needed = [
            c.name for c in self.importer.columns if c.compulsory and c.name not in present
        ]

    def take(self, rows: Sequence[EntityRow]) -> dict[str, int]:
        """Import rows; returns how many were created, updated, left unchanged.

        Rows that cannot be imported have `problems` afterwards. Effects, unless it is a dry run:
        records, history and transitions written; database errors are the caller's.
        """
        for row in rows:
            row.values, row.record = {}, None
        for column in self._columns:
            self._parse(column, rows)
        self._claim_keys([row for row in rows if not row.problems])
        counts: dict[str, int] = defaultdict(int)
        for part in self._in_order(rows):
            for outcome, number in self._take_part(part).items():
                counts[outcome] += number
        return counts

    def _take_part(self, rows: list[EntityRow]) -> dict[str, int]:
        for column in self._keys:
            self._resolve(column, rows)
        good = [row for row in rows if not row.problems]
        self._find_records(good)
        for row in good:
            if not row.problems:
                self._assign(row)
        good = [row for row in good if not row.problems]
        self.importer.attach([(row.record, row.values) for row in good])
        moved = [(row, found) for row in good if (found := self._move_and_validate(row))]
        good = [row for row in good if not row.problems]
        changed = [row for row in good if self.importer.changed(row.record)]
        created = [row for row in changed if row.record._state.adding]
        if self.context.write:
            self._write(changed, [(row, found) for row, found in moved if not row.problems])
        else:
            self._remember_pending(created)
        return {
            "created": len(created),
            "updated": len(changed) - len(created),
            "unchanged": len(good) - len(changed),
        }

    # --- Reading ---------------------------------------------------------------------------------

    def _parse(self, column: Column, rows: Sequence[EntityRow]) -> None:
        name, sets, parse = column.name, column.sets, column.parse
        formats: Formats = self.layout.formats_of(column)
        for row in rows:
            cell = row.texts.get(name, "")
            if not cell:
                self._set_empty(column, row)
                continue
            try:
                row.values[sets] = parse(cell, formats)
            except CellRefused as error:
                row.refuse(name, str(error))

    def _set_empty(self, column: Column, row: EntityRow) -> None:
        if column.compulsory or column.empty is REFUSED:
            row.refuse(column.name, _("This column is compulsory, the cell is empty."))
        elif column.empty is not SAYS_NOTHING:
            row.values[column.sets] = column.empty

    def _claim_keys(self, rows: Sequence[EntityRow]) -> None:
        """Refuse a row whose key stood in an earlier row of the file."""
        space = f"row {self.importer.entity}"
        for row in rows:
            key = "\x1f".join(map(str, self.importer.key_of(row.values)))
            first = self.context.scratch.claim(space, key, row.number)
            if first != row.number:
                row.refuse(
                    self.importer.key[0],
                    _("“%(key)s” stands in row %(first)d already (again in row %(second)d).")
                    % {
                        "key": key.replace("\x1f", ", "),
                        "first": first,
                        "second": row.number,
                    },
                )

    def _in_order(self, rows: Sequence[EntityRow]) -> Iterator[list[EntityRow]]:
        """The rows in parts, so that what a row names of its own entity comes before it."""
        own = [c for c in self._keys if c.target is self.importer.model]
        if not own:
            yield list(rows)
            return
        depth: dict[str, int] = {}
        parts: dict[int, list[EntityRow]] = defaultdict(list)
        for row in rows:
            named = [depth[t] for c in own if (t := row.values.get(c.sets)) in depth]
            level = max(named, default=-1) + 1
            if not row.problems:
                depth[str(self.importer.key_of(row.values)[0])] = level
            parts[level].append(row)
        for level in sorted(parts):
            yield parts[level]

    def _resolve(self, column: Column, rows: Sequence[EntityRow]) -> None:
        texts = {row.values[column.sets] for row in rows if row.values.get(column.sets)}
        if not texts:
            return
        scratch = None if self.context.write else self.context.scratch
        found = lookups.find(column, texts, by=self.context.by, scratch=scratch)
        for row in rows:
            text = row.values.get(column.sets)
            if text and text in found:
                row.values[column.sets] = found[text]
            elif text:
                row.refuse(column.name, lookups.not_found(column, text))

    # --- Records ---------------------------------------------------------------------------------

    def _find_records(self, rows: Sequence[EntityRow]) -> None:
        keyed = {row.number: self.importer.key_of(row.values) for row in rows}
        found = self.importer.load(set(keyed.values()), lock=self.context.write) if rows else {}
        self._prefetch(list(found.values()))
        editable = self.rights.editable(found.values()) if found else set()
        for row in rows:
            record = found.get(keyed[row.number])
            if record is None:
                self._start(row)
            elif record.pk not in editable:
                row.refuse("", _("You may not change this record."))
            elif getattr(record, "merged_into_id", None):
                row.refuse("reference", _("This record was merged into another one."))
            else:
                row.record = record

    def _prefetch(self, records: list[Any]) -> None:
        """Load what validation may read beside the rows: foreign keys the file does not set."""
        present = {column.sets for column in self._keys}
        names = [
            field.name
            for field in self.importer.model._meta.fields
            if isinstance(field, models.ForeignKey)
            and issubclass(field.related_model, Record)
            and field.name not in present
        ]
        if records and names:
            prefetch_related_objects(records, *names)

    def _start(self, row: EntityRow) -> None:
        if not self.rights.may_create:
            row.refuse("", _("You may not create this record."))
        for name in self._needed:
            row.refuse(name, _("This column is compulsory for new rows."))
        row.record = self.importer.new()

    def _assign(self, row: EntityRow) -> None:
        for name, value in row.values.items():
            if name != "status":
                setattr(row.record, name, value)
        if getattr(row.record, "deleted_at", None) is not None:
            row.record.deleted_at = None

    def _move_and_validate(self, row: EntityRow) -> list[tuple[str, str]]:
        """The moves that the row makes; what is wrong with it goes to its problems."""
        try:
            self.importer.prepare(row.record, row.values)
            made = self._move(row)
            validate(row.record)
        except ValidationError as error:
            self._refuse(row, error)
            return []
        return made

    def _move(self, row: EntityRow) -> list[tuple[str, str]]:
        if not self.importer.has_status():
            return []
        record = row.record
        wanted = self.importer.status_of(record, row.values)
        if record._state.adding:
            record.status = wanted or record.status
            return [("", record.status)]
        if wanted is None or wanted == record.status:
            return []
        if not self.rights.may_move:
            raise ValidationError({"status": _("You may not move this record.")})
        return moves.move(self.importer, record, wanted, now=self.context.now)

    def _refuse(self, row: EntityRow, error: ValidationError) -> None:
        names = {column.sets: column.name for column in self.importer.columns}
        by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for field, messages in by_field.items():
            for message in messages:
                row.refuse(names.get(field, ""), message)

    # --- Writing ---------------------------------------------------------------------------------

    def _write(
        self, rows: list[EntityRow], moved: list[tuple[EntityRow, list[tuple[str, str]]]]
    ) -> None:
        for row in rows:
            _note_days(row)
        if rows:
            self.importer.write([row.record for row in rows])
        moves.log_moves(
            [(row.record, found) for row, found in moved],
            by=self.context.by,
            now=self.context.now,
        )

    def _remember_pending(self, rows: list[EntityRow]) -> None:
        if issubclass(self.importer.model, Record):
            self.context.scratch.keep_pending(
                self.importer.entity,
                (
                    (row.record.reference, row.number, lookups.as_pending(row.record))
                    for row in rows
                    if row.record.reference
                ),
            )


def _note_days(row: EntityRow) -> None:
    """Keep in the history from which day the row's values hold; undo needs to know."""
    for name in DATED_BY:
        if row.values.get(name):
            row.record._change_reason = f"{name} {row.values[name].isoformat()}"
