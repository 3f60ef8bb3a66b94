"""Backup and restore of a whole installation: database and uploads (see docs/production.md)."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from brm.people.models import Session

from . import postgresql_copy, sqlite_copy
from .archive import BadBackup, Manifest, pack, unpack


def back_up(target: Path, *, now: datetime) -> Manifest:
    """Write a backup of database and uploads to `target`, whole or not at all, for its owner.

    The database is copied as of one instant while others write; uploads are copied after it, so
    that every file a row names is there. Raises BadBackup when the file exists or the copy fails.
    """
    if target.exists():
        raise BadBackup(f"{target} exists already.")
    engine = sqlite_copy if settings.EMBEDDED else postgresql_copy
    with tempfile.TemporaryDirectory(dir=target.resolve().parent, prefix=".backup-") as folder:
        database, tables = engine.copy(connection, Path(folder))
        manifest = Manifest(engine.ENGINE, now.isoformat(), applied_migrations(), tables)
        whole = Path(folder) / "whole.tar"
        with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as archive:
            pack(archive, database, Path(settings.MEDIA_ROOT), manifest)
            archive.flush()
            os.fsync(archive.fileno())
        os.link(whole, target)  # fails rather than replaces, unlike a rename
    return manifest


def restore(source: Path, *, replace: bool, now: datetime) -> Manifest:
    """Put a backup in the place of database and uploads, prove it and bring it up to date.

    Everything that can be wrong with the backup is found before anything is touched; on PostgreSQL
    the tables change in one transaction, on SQLite the present file is kept beside the new one.
    Ends all sessions. Raises BadBackup.
    """
    engine = sqlite_copy if settings.EMBEDDED else postgresql_copy
    Path(settings.VAR_DIR).mkdir(parents=True, exist_ok=True)
    with stopped_product(), tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder:
        manifest = unpack(source, Path(folder))
        refuse_misfits(manifest, engine.ENGINE)
        if is_in_use() and not replace:
            raise BadBackup("The database holds data. Say --replace to put the backup there.")
        database = Path(folder) / engine.NAME
        if engine is sqlite_copy:
            sqlite_copy.prove(database)
            expect(sqlite_copy.tables_of(database), manifest)
            connection.close()
            sqlite_copy.put_in_place(database, Path(settings.DATABASES["default"]["NAME"]), now)
        else:
            postgresql_copy.put_in_place(database, connection)
            expect(postgresql_copy.tables_of(connection), manifest)
        put_uploads_in_place(Path(folder) / "uploads", now)
    call_command("migrate", interactive=False, verbosity=0)
    Session.objects.all().delete()
    return manifest


def refuse_misfits(manifest: Manifest, engine: str) -> None:
    """Raise BadBackup for another kind of database, or one that a newer version made."""
    if manifest.engine != engine:
        raise BadBackup(f"The backup is of {manifest.engine}, this installation uses {engine}.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(manifest.migrations) - known):
        raise BadBackup(f"The backup is of a newer version: this one does not know {unknown[0]}.")


def expect(tables: dict[str, list[Any]], manifest: Manifest) -> None:
    """Raise BadBackup unless every table has the rows the manifest tells."""
    for name in sorted(tables.keys() | manifest.tables.keys()):
        if tables.get(name) != manifest.tables.get(name):
            there, told = tables.get(name), manifest.tables.get(name)
            raise BadBackup(f"Table {name} has {there}, the backup tells {told}.")


def applied_migrations() -> list[str]:
    """The migrations the database has, as app.name."""
    loader = MigrationLoader(connection)
    return sorted(f"{app}.{name}" for app, name in loader.applied_migrations)


def is_in_use() -> bool:
    """Whether the database has users or customers already."""
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in {"core_user", "customers_customer"} & present:
            cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')  # noqa: S608  names of ours
            if cursor.fetchone():
                return True
    return False


def put_uploads_in_place(unpacked: Path, now: datetime) -> None:
    """Move the uploads to where they belong; those that were there are kept beside."""
    place = Path(settings.MEDIA_ROOT)
    if place.exists() and any(place.iterdir()):
        place.rename(place.with_name(f"{place.name}.before-{now:%Y%m%d-%H%M%S}"))
    shutil.rmtree(place, ignore_errors=True)
    if unpacked.is_dir():
        unpacked.rename(place)


@contextmanager
def stopped_product() -> Iterator[None]:
    """Hold the lock that `up` holds while it runs from this folder; raises BadBackup if it does."""
    with (Path(settings.VAR_DIR) / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadBackup("The product runs from this folder. Stop it first.") from None
        yield
