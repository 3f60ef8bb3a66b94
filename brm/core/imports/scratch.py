"""What an import must remember of the rows it has seen, kept on disk: memory stays flat.

Every answer depends on the row's number alone, so that a part of a file may be read twice.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SCHEMA = """
CREATE TABLE IF NOT EXISTS claimed (space TEXT, key TEXT, row INTEGER,
    PRIMARY KEY (space, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS occurred (digest TEXT, row INTEGER,
    PRIMARY KEY (digest, row)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending (entity TEXT, key TEXT, row INTEGER, fields TEXT,
    PRIMARY KEY (entity, key)) WITHOUT ROWID;
"""


class Scratch:
    """A small database of its own, in a file that outlives a worker or in a temporary one."""

    def __init__(self, path: Path | None = None) -> None:
        self._connection = sqlite3.connect(str(path) if path else "", isolation_level=None)
        self._connection.executescript("PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;" + SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Within the block everything is one write; it is kept even if the block fails."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    def claim(self, space: str, key: str, row: int) -> int:
        """The number of the first row with this key: `row` itself when it is the first."""
        found = self._connection.execute(
            "INSERT INTO claimed VALUES (?, ?, ?)"
            " ON CONFLICT (space, key) DO UPDATE SET row = min(row, excluded.row) RETURNING row",
            (space, key, row),
        )
        return found.fetchone()[0]

    def occurrence(self, digest: str, row: int) -> int:
        """The how-manieth row with this digest it is, from 1."""
        self._connection.execute("INSERT OR IGNORE INTO occurred VALUES (?, ?)", (digest, row))
        found = self._connection.execute(
            "SELECT count(*) FROM occurred WHERE digest = ? AND row <= ?", (digest, row)
        )
        return found.fetchone()[0]

    def keep_pending(self, entity: str, rows: Iterable[tuple[str, int, dict[str, Any]]]) -> None:
        """Remember records that a dry run would have created: key, row, fields as texts."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?)",
            ((entity, key, row, json.dumps(fields)) for key, row, fields in rows),
        )

    def pending(self, entity: str, keys: Sequence[str]) -> dict[str, tuple[int, dict[str, Any]]]:
        """Those of the keys that a dry run would have created: key → row, fields."""
        found = self._connection.execute(
            "SELECT key, row, fields FROM pending WHERE entity = ?"
            " AND key IN (SELECT value FROM json_each(?))",
            (entity, json.dumps(list(keys))),
        )
        return {key: (row, json.loads(fields)) for key, row, fields in found}
