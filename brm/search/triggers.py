"""What keeps the index from forgetting a write: triggers on every record's table.

They note the record in the writing transaction, whatever wrote it: a page, the API, an import, a
bulk statement or plain SQL. `brm.search.refreshing` brings the index up to date.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

from brm.core.crud import REGISTRY

EVENTS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def indexed() -> dict[str, type[models.Model]]:
    """The models that are searched, by resource."""
    return {resource: crud.model for resource, crud in REGISTRY.items()}


def install(using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
    """Put the triggers into the database; a new index begins with everything stale."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    if "search_stale" not in tables:
        return
    with connection.cursor() as cursor:
        for resource, model in indexed().items():
            table = model._meta.db_table
            if table in tables and not _is_installed(cursor, connection.vendor, table):
                for statement in statements(resource, table, connection.vendor):
                    cursor.execute(statement)
                cursor.execute(
                    f"INSERT INTO search_stale (resource, record_id) SELECT %s, id FROM {table}",  # noqa: S608 — a table of ours
                    [resource],
                )


def _is_installed(cursor: Any, vendor: str, table: str) -> bool:
    catalogue = "pg_trigger WHERE tgname" if vendor == "postgresql" else "sqlite_master WHERE name"
    cursor.execute(f"SELECT 1 FROM {catalogue} = %s", [name_of(table, "insert")])  # noqa: S608
    return cursor.fetchone() is not None


def name_of(table: str, event: str) -> str:
    """The name of a trigger."""
    return f"search_{table}_{event}"


def statements(resource: str, table: str, vendor: str) -> list[str]:
    """What makes the three triggers of a table."""
    found = []
    for event, row in EVENTS.items():
        name = name_of(table, event)
        body = f"INSERT INTO search_stale (resource, record_id) VALUES ('{resource}', {row}.id);"  # noqa: S608
        if vendor == "postgresql":
            found += [
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {body} RETURN {row}; END $$",
                f"CREATE TRIGGER {name} AFTER {event.upper()} ON {table} FOR EACH ROW"
                f" EXECUTE FUNCTION {name}()",
            ]
        else:
            found.append(f"CREATE TRIGGER {name} AFTER {event.upper()} ON {table} BEGIN {body} END")
    return found
