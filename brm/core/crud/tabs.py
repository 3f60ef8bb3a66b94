"""Tabs that apps above add to the page of every record, each fetched when it is first opened."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tab:
    """A tab `key` called `label`; `address(record, user)` is the page it shows, None for no tab.

    The page answers htmx with the tab's content alone.
    """

    key: str
    label: Any
    address: Callable[[Any, Any], str | None]
    order: int = 100


_tabs: dict[str, Tab] = {}


def register_tab(tab: Tab) -> None:
    """Add a tab to every record's page; the same key again replaces it."""
    _tabs[tab.key] = tab


def tabs_for(record: Any, user: Any) -> Iterator[dict[str, Any]]:
    """The tabs of a record's page, as the template takes them; no statement."""
    for tab in sorted(_tabs.values(), key=lambda one: one.order):
        if address := tab.address(record, user):
            yield {"key": tab.key, "label": tab.label, "url": address}
