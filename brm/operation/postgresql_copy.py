"""Copies of a PostgreSQL database by its own tools: pg_dump, pg_restore, psql."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .archive import BadBackup

NAME = "database.dump"
ENGINE = "postgresql"
# The rows of a table and a checksum that does not depend on their order.
SUM = 'SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM "{}" t'
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# Whatever is there, but for what belongs to an extension, makes room.
EMPTY = """
SET lock_timeout = '5s';
DO $$
DECLARE command text;
BEGIN
    FOREACH command IN ARRAY (
        SELECT coalesce(array_agg(found.command ORDER BY found.rank), '{}') FROM (
            SELECT 1 AS rank, format('DROP TABLE IF EXISTS public.%I CASCADE', c.relname) AS command
            FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
              AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
            UNION ALL
            SELECT 2, format('DROP FUNCTION IF EXISTS %s CASCADE', p.oid::regprocedure)
            FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
              AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        ) found
    )
    LOOP
        EXECUTE command;
    END LOOP;
END $$;
"""


@contextmanager
def snapshot(connection: Any) -> Iterator[str]:
    """One instant that the copy and the count both see; yields its name for pg_dump."""
    connection.close()
    with connection.cursor() as cursor:
        # A copy takes as long as it takes; readers and writers do not wait for it.
        cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]
    connection.close()


def copy(connection: Any, into: Path) -> tuple[Path, dict[str, list[Any]]]:
    """A dump as of one instant, made while others write; with rows and checksums of its tables."""
    target = into / NAME
    with snapshot(connection) as name:
        arguments = ["--format=custom", "--no-owner", "--no-privileges"]
        run("pg_dump", connection, *arguments, f"--snapshot={name}", f"--file={target}")
        return target, tables_of(connection)


def tables_of(connection: Any) -> dict[str, list[Any]]:
    """Rows and checksum of every table."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET TIME ZONE 'UTC'")
        cursor.execute(TABLES)
        found = {}
        for (name,) in cursor.fetchall():
            cursor.execute(SUM.format(name))
            count, checksum = cursor.fetchone()
            found[name] = [count, str(checksum)]
        return found


def put_in_place(copied: Path, connection: Any) -> None:
    """Replace all tables by those of the dump, in one transaction; raises BadBackup if that fails.

    It gives up after a few seconds where a product that still runs holds a table.
    """
    script = copied.with_suffix(".sql")
    run("pg_restore", None, "--no-owner", "--no-privileges", f"--file={script}", str(copied))
    emptying = copied.with_name("empty.sql")
    emptying.write_text(EMPTY)
    connection.close()
    run(
        "psql",
        connection,
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        f"--file={emptying}",
        f"--file={script}",
    )


def run(name: str, connection: Any, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database; the password goes by the environment."""
    env = dict(os.environ)
    command = [program(name), *arguments]
    if connection is not None:
        given = connection.get_connection_params()
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        names |= {"dbname": "PGDATABASE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
        env |= {names[key]: str(value) for key, value in given.items() if key in names and value}
    done = subprocess.run(  # noqa: S603  a program of PostgreSQL, arguments of ours
        command, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BadBackup(f"{name} failed: {done.stderr.strip() or done.returncode}")


def program(name: str) -> str:
    """Where a program of PostgreSQL stands: on the path, else in the newest Debian package."""
    packaged = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: float(path.parts[-3]),
        reverse=True,
    )
    found = next(map(str, packaged), None) or shutil.which(name)
    if found is None:
        raise BadBackup(f"{name} is not on this machine. Install PostgreSQL's client programs.")
    return found
