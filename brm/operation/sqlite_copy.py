"""Copies of the embedded database."""

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from .archive import BadBackup

NAME = "database.sqlite3"
ENGINE = "sqlite"
SIDE_FILES = ("-wal", "-shm")


def copy(connection: Any, into: Path) -> tuple[Path, dict[str, list[Any]]]:
    """A copy as of one instant, made while others write; with the rows of its tables."""
    target = into / NAME
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(target)])
    return target, tables_of(target)


def tables_of(path: Path) -> dict[str, list[Any]]:
    """The rows of every table of a database file."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        found = [name for (name,) in database.execute(names)]
        count = "SELECT count(*) FROM {}"
        return {
            name: [database.execute(count.format(f'"{name}"')).fetchone()[0], None]
            for name in sorted(found)
        }


def prove(path: Path) -> None:
    """Raise BadBackup unless the file is a sound database whose references all hold."""
    with closing(sqlite3.connect(path)) as database:
        try:
            answer = database.execute("PRAGMA integrity_check").fetchone()[0]
            broken = database.execute("PRAGMA foreign_key_check").fetchone()
        except sqlite3.DatabaseError as problem:
            raise BadBackup(f"The database in the backup is damaged: {problem}") from problem
    if answer != "ok" or broken:
        raise BadBackup(f"The database in the backup is damaged: {broken or answer}")


def put_in_place(copied: Path, database: Path, now: datetime) -> Path | None:
    """Move the copy to where the database belongs; returns where the present one went."""
    database.parent.mkdir(parents=True, exist_ok=True)
    kept = set_aside(database, now)
    for ending in SIDE_FILES:
        Path(f"{database}{ending}").unlink(missing_ok=True)
    shutil.move(copied, database)
    return kept


def set_aside(database: Path, now: datetime) -> Path | None:
    """Rename the present database, whole: what its log still holds is written into it first."""
    if not database.exists():
        return None
    with closing(sqlite3.connect(database)) as present:
        busy = present.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise BadBackup("The database is in use. Stop the product first.")
    kept = database.with_name(f"{database.name}.before-{now:%Y%m%d-%H%M%S}")
    database.replace(kept)
    return kept
