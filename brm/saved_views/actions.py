"""Keeping a view, and choosing what becomes of it for oneself."""

from datetime import datetime
from typing import Any

from django.db import transaction

from brm.core.crud.list_query import ListQuery

from .models import Audience, SavedView, ViewChoice


def keep(query: ListQuery, name: str, *, audience: str, role: str, now: datetime) -> SavedView:
    """Keep a list under a name; a view of the same name and owner is replaced.

    Effects: one SavedView.
    """
    view, _created = SavedView.objects.update_or_create(
        owner=query.user,
        records=query.crud.model.resource,
        name=name,
        defaults={
            "query": query.canonical(),
            "audience": audience,
            "role": role if audience == Audience.TEAM else "",
        },
        create_defaults={
            "query": query.canonical(),
            "audience": audience,
            "role": role if audience == Audience.TEAM else "",
            "created_at": now,
        },
    )
    return view


def replace(view: SavedView, query: ListQuery) -> None:
    """Let a view bring back the list as it is now. Effects: the view's query."""
    view.query = query.canonical()
    view.save(update_fields=["query"])


def pin(view: SavedView, *, by: Any, on: bool) -> None:
    """Show a view above the list, or no longer. Effects: the user's own choice."""
    _choose(view, by, pinned=on)


@transaction.atomic
def make_default(view: SavedView, *, by: Any, on: bool) -> None:
    """Open the list with this view, or no longer. Effects: the user's own choices."""
    ViewChoice.objects.filter(user=by, records=view.records).update(is_default=False)
    if on:
        _choose(view, by, is_default=True)


def _choose(view: SavedView, user: Any, **chosen: bool) -> None:
    ViewChoice.objects.update_or_create(
        user=user, view=view, defaults={"records": view.records, **chosen}
    )
