"""A database of the bench's own beside the product's: made, migrated and dropped by each bench."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection


@contextmanager
def database(name: str) -> Iterator[None]:
    """Within the block, the default connection leads to a new, empty, migrated database `name`.

    On SQLite it is a file in the product's folder. One of that name is replaced.
    """
    product = connection.settings_dict["NAME"]
    own = str(Path(settings.VAR_DIR) / f"{name}.sqlite3") if connection.vendor == "sqlite" else name
    connection.settings_dict["TEST"]["NAME"] = own
    if own == str(product):
        raise ValueError("This is the product's own database.")
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(str(product), verbosity=0)


def empty() -> None:
    """Take everything out of the present database; roles and triggers come again."""
    call_command("flush", verbosity=0, interactive=False)
