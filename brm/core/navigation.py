"""The navigation: groups of pages, in order; each page is shown to those who may see it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .crud.declaration import REGISTRY
from .roles import may


@dataclass(frozen=True)
class Group:
    """A heading of the navigation."""

    key: str
    label: Any


OVERVIEW = Group("overview", "")
RELATIONSHIPS = Group("relationships", _("Relationships"))
PORTFOLIO = Group("portfolio", _("Portfolio"))
VOICE = Group("voice", _("Voice of the customer"))
FINANCE = Group("finance", _("Finance"))
STRATEGY = Group("strategy", _("Strategy"))
DATA = Group("data", _("Data"))
GROUPS = (OVERVIEW, RELATIONSHIPS, PORTFOLIO, VOICE, FINANCE, STRATEGY, DATA)


@dataclass(frozen=True)
class Entry:
    """A page of the navigation that is no record's list; without a `resource` it is everyone's."""

    group: Group
    order: int
    label: Any
    icon: str
    url_name: str
    resource: str
    verb: str = "V"


_entries: list[Entry] = []


def register_entry(entry: Entry) -> None:
    """Add a page to the navigation."""
    if entry not in _entries:
        _entries.append(entry)


def navigation_for(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups with what the user may see, the present page marked."""
    found: list[tuple[str, int, dict[str, Any]]] = []
    for entry in _entries:
        if not entry.resource or may(request.user, entry.verb, entry.resource):
            url = reverse(entry.url_name)
            found.append((entry.group.key, entry.order, _item(request, entry, url)))
    for crud in REGISTRY.values():
        if may(request.user, "V", crud.model.resource):
            found.append((crud.group.key, crud.order, _item(request, crud, crud.url("list"))))
    return [
        {"label": group.label, "items": items}
        for group in GROUPS
        if (items := [item for key, _order, item in sorted(found, key=_place) if key == group.key])
    ]


def _place(entry: tuple[str, int, dict[str, Any]]) -> tuple[int, str]:
    return entry[1], entry[2]["url"]


def _item(request: HttpRequest, page: Any, url: str) -> dict[str, Any]:
    label = page.label if isinstance(page, Entry) else capfirst(page.plural)
    current = request.path == url or (url != "/" and request.path.startswith(url))
    return {"label": label, "icon": page.icon, "url": url, "current": current, "count": None}
