"""The dirty queue: which keys must be looked at again because something was written.

Database triggers put the keys of changed rows into `core_dirtykey` in the writing transaction.
So no write path can forget it: pages, API, imports, bulk statements and plain SQL alike.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models


@dataclass(frozen=True)
class Watch:
    """Writes to `fields` of `model` put the value of `column` into the queue under `kind`."""

    model: str
    kind: str
    column: str
    fields: tuple[str, ...]


_watches: list[Watch] = []


def register(model: type[models.Model], kind: str, column: str, fields: tuple[str, ...]) -> None:
    """Watch a model: inserts, deletes and updates of `fields` (names) queue `kind` and key.

    `column` is the attribute whose value (old and new) is the key, such as "customer_id".
    """
    watch = Watch(model._meta.label, kind, column, fields)
    if watch not in _watches:
        _watches.append(watch)


def install_triggers(using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
    """Put the triggers of all watches into the database; repeating it changes nothing."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for watch in _watches:
            table = apps.get_model(watch.model)._meta.db_table
            if table in tables and "core_dirtykey" in tables:
                for statement in _statements(watch, connection.vendor):
                    cursor.execute(statement)


def remove_triggers(using: str = DEFAULT_DB_ALIAS) -> None:
    """Take the triggers out, for loads that are followed by a full run."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for watch in _watches:
            table = apps.get_model(watch.model)._meta.db_table
            for event in ("insert", "update", "delete"):
                suffix = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {_name(watch, event)}{suffix}")


def _name(watch: Watch, event: str) -> str:
    text = f"{watch.model} {watch.kind} {watch.column}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    return f"dirty_{watch.kind}_{event}_{digest}"


def _columns(watch: Watch) -> list[str]:
    meta = apps.get_model(watch.model)._meta
    fields = [meta.get_field(name).column for name in watch.fields]
    return list(dict.fromkeys([_key_column(watch), *fields]))


def _key_column(watch: Watch) -> str:
    meta = apps.get_model(watch.model)._meta
    name = watch.column if watch.column == "id" else watch.column.removesuffix("_id")
    return meta.get_field(name).column


def _insert(kind: str, row: str, key: str, condition: str = "") -> str:
    extra = f" AND {condition}" if condition else ""
    return (
        f"INSERT INTO core_dirtykey (kind, key) SELECT '{kind}', {row}.{key}"
        f" WHERE {row}.{key} IS NOT NULL{extra};"
    )


def _statements(watch: Watch, vendor: str) -> list[str]:
    table, key = apps.get_model(watch.model)._meta.db_table, _key_column(watch)
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    changed = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in _columns(watch))
    bodies = {
        "insert": ("", _insert(watch.kind, "NEW", key)),
        "delete": ("", _insert(watch.kind, "OLD", key)),
        "update": (
            f"WHEN ({changed})",
            _insert(watch.kind, "NEW", key)
            + _insert(watch.kind, "OLD", key, f"OLD.{key} {differs} NEW.{key}"),
        ),
    }
    build = _postgresql if vendor == "postgresql" else _sqlite
    return [
        statement
        for event, (when, body) in bodies.items()
        for statement in build(_name(watch, event), table, event, when, body)
    ]


def _sqlite(name: str, table: str, event: str, when: str, body: str) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} AFTER {event.upper()} ON {table} {when} BEGIN {body} END",
    ]


def _postgresql(name: str, table: str, event: str, when: str, body: str) -> list[str]:
    result = "OLD" if event == "delete" else "NEW"
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body} RETURN {result}; END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} AFTER {event.upper()} ON {table} FOR EACH ROW {when}"
        f" EXECUTE FUNCTION {name}()",
    ]
