"""What apps above add to every list: saved views, exports, bulk changes.

A part is built from the list's query and drawn by a template of its own.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from .list_query import ListQuery

Build = Callable[[HttpRequest, ListQuery], dict[str, Any] | None]
Redirect = Callable[[HttpRequest, ListQuery], str | None]

_parts: dict[str, Build] = {}
_redirects: list[Redirect] = []


def register_list_part(name: str, build: Build) -> None:
    """Let `build(request, query)` fill `parts.<name>` of list pages; None shows nothing."""
    _parts[name] = build


def register_list_redirect(lead: Redirect) -> None:
    """Let `lead(request, query)` name another address for a list opened without parameters."""
    if lead not in _redirects:
        _redirects.append(lead)


def parts_of(request: HttpRequest, query: ListQuery) -> dict[str, Any]:
    """All parts of a list page, by name."""
    return {name: build(request, query) for name, build in _parts.items()}


def redirect_of(request: HttpRequest, query: ListQuery) -> str | None:
    """Where a list that was opened without parameters goes; None stays."""
    return next((to for lead in _redirects if (to := lead(request, query))), None)
