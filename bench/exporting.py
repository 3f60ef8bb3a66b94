"""Writes one export as a worker does and prints its rows; a process of its own, for its memory.

    python -m bench.exporting FORMAT USER

All complaints in the list's order, with the rights of the user (an id); the file is removed.
"""

import os
import sys

import django
from django.http import QueryDict


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "brm.settings")
    django.setup()
    from django.utils import timezone

    from brm.core.crud import REGISTRY
    from brm.core.crud.list_query import ListQuery
    from brm.core.models import User
    from brm.exports import actions
    from brm.exports.models import Export

    file_format, key = sys.argv[1:]
    user, now = User.objects.get(pk=key), timezone.now()
    query = ListQuery(REGISTRY["complaints"], QueryDict(), user)
    export = Export.objects.create(
        records="complaints",
        query=query.canonical(),
        file_format=file_format,
        by=user,
        created_at=now,
        expires_at=now,
    )
    actions.write(export, now=now)
    print(export.rows)
    actions.forget(export)


if __name__ == "__main__":
    main()
