"""Panels: how a higher app puts its records on a lower app's page.

The customer page cannot import complaints; complaints register a panel on it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.text import capfirst

from ..roles import may
from ..unseen import hide_unseen
from .cells import cell_for, column_label, is_numeric
from .declaration import CrudViews

ROWS = 5


@dataclass(frozen=True)
class Panel:
    """Records of `crud` whose field `link` points at the page's record."""

    crud: type[CrudViews]
    link: str
    order: int
    columns: tuple[str, ...]


Build = Callable[[Any, Any], dict[str, Any] | None]


@dataclass(frozen=True)
class Part:
    """What `build(record, user)` makes: a panel as the template takes it, or None."""

    build: Build
    order: int


_panels: dict[type[Model], list[Panel | Part]] = defaultdict(list)


def register_panel(
    subject: type[Model], crud: type[CrudViews], link: str, *, order: int, columns: tuple = ()
) -> None:
    """Show the first records of `crud`, in its order, that point at a `subject` by `link`."""
    _panels[subject].append(Panel(crud, link, order, columns or tuple(crud.columns[:4])))
    _panels[subject].sort(key=lambda panel: panel.order)


def register_part(subject: type[Model], build: Build, *, order: int) -> None:
    """Show on a `subject`'s page what is no list of records, such as its figures."""
    _panels[subject].append(Part(build, order))
    _panels[subject].sort(key=lambda panel: panel.order)


def panels_for(record: Model, user: Any) -> Iterator[dict[str, Any]]:
    """The panels of a record's page that the user may see, as the template takes them."""
    for panel in _panels[type(record)]:
        if isinstance(panel, Part):
            if (content := panel.build(record, user)) is not None:
                yield content
        elif may(user, "V", panel.crud.model.resource):
            yield _content(panel, record, user)


def _content(panel: Panel, record: Model, user: Any) -> dict[str, Any]:
    model = panel.crud.model
    found = panel.crud.get_queryset().visible_to(user).filter(**{panel.link: record})
    rows = list(found.order_by(panel.crud.ordering, "-pk")[: ROWS + 1])
    hide_unseen(rows, user)
    all_url = f"{panel.crud.url('list')}?{panel.link}={record.pk}"
    can_add = panel.crud.may_create(user)
    return {
        "title": capfirst(panel.crud.plural),
        "icon": panel.crud.icon,
        "count": len(rows) if len(rows) <= ROWS else None,
        "table": _table(panel, rows[:ROWS]),
        "url_all": all_url if len(rows) > ROWS else None,
        "url_add": f"{panel.crud.url('create')}?{panel.link}={record.pk}" if can_add else None,
        "resource": model.resource,
    }


def _table(panel: Panel, rows: list[Any]) -> dict[str, Any]:
    model = panel.crud.model
    return {
        "columns": [
            {
                "name": str(column),
                "label": column_label(model, column),
                "numeric": is_numeric(model, column),
                "sortable": False,
                "sorted": "none",
                "url": None,
            }
            for column in panel.columns
        ],
        "rows": [
            {
                "url": panel.crud.url("detail", row.pk),
                "cells": [cell_for(row, column) for column in panel.columns],
            }
            for row in rows
        ],
    }
