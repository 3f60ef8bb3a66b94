"""The views' menu of every list, and the default view a list opens with."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from brm.core.crud.list_parts import register_list_part, register_list_redirect
from brm.core.crud.list_query import VIEW, ListQuery
from brm.core.roles import ROLES, may

from .forms import audiences
from .models import Audience, SavedView

MOST_VIEWS = 200


def views_of(request: HttpRequest, query: ListQuery) -> list[SavedView]:
    """The views the user sees on this list; one statement a request."""
    if not hasattr(request, "saved_views"):
        found = SavedView.objects.filter(records=query.crud.model.resource)
        found = found.visible_to(request.user).with_choices_of(request.user)
        request.saved_views = list(found[:MOST_VIEWS])
    return request.saved_views


def address_of(view: SavedView, url: str) -> str:
    """The list as the view keeps it."""
    return f"{url}?{view.query}{'&' if view.query else ''}{VIEW}={view.pk}"


def menu(request: HttpRequest, query: ListQuery) -> dict[str, Any] | None:
    """All views, the pinned ones, the present one, and what can be done with it."""
    if not may(request.user, "V", SavedView.resource):
        return None
    views, url = views_of(request, query), query.crud.url("list")
    now = query.canonical()
    current = _current(request, views, now)
    return {
        "views": [_entry(view, url, request.user, current) for view in views],
        "pinned": [_entry(view, url, request.user, current) for view in views if view.pinned],
        "all_url": f"{url}?{VIEW}=none",
        "current": current,
        "is_changed": current is not None and current.query != now,
        "may_replace": current is not None and current.may_be_changed_by(request.user),
        "records": query.crud.model.resource,
        "query": now,
        "audiences": [{"value": value, "label": label} for value, label in audiences(request.user)],
        "url_new": reverse("saved-views-new"),
    }


def _current(request: HttpRequest, views: list[SavedView], now: str) -> SavedView | None:
    """The view that the address names, else one that is just this list."""
    named = request.GET.get(VIEW, "")
    by_name = next((view for view in views if str(view.pk) == named), None)
    if by_name is not None or not now:
        return by_name
    return next((view for view in views if view.query == now), None)


def _entry(view: SavedView, url: str, user: Any, current: SavedView | None) -> dict[str, Any]:
    team = view.audience == Audience.TEAM
    return {
        "pk": view.pk,
        "name": view.name,
        "url": address_of(view, url),
        "audience": str(ROLES.get(view.role, view.role)) if team else view.get_audience_display(),
        "current": view == current,
        "pinned": view.pinned,
        "is_default": view.is_default,
        "may_delete": view.may_be_changed_by(user),
    }


def default_address(request: HttpRequest, query: ListQuery) -> str | None:
    """The address of the user's default view of this list."""
    if not may(request.user, "V", SavedView.resource):
        return None
    views = views_of(request, query)
    found = next((view for view in views if view.is_default and view.query), None)
    return address_of(found, query.crud.url("list")) if found else None


register_list_part("views", menu)
register_list_redirect(default_address)
