"""Pages and actions the palette offers besides records."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from brm.core.crud import REGISTRY
from brm.core.navigation import navigation_for

from .grams import initials, plain

MOST = 8


@dataclass(frozen=True)
class Place:
    """A page, or an action's page."""

    title: str
    url: str
    icon: str
    kind: str


def places(request: HttpRequest) -> list[Place]:
    """All pages and actions of the user, pages first."""
    pages = [
        Place(str(item["label"]), item["url"], item["icon"], _("Page"))
        for group in navigation_for(request)
        for item in group["items"]
    ]
    pages += [
        Place(_("Notifications"), reverse("notifications"), "bell", _("Page")),
        Place(_("How I am told"), reverse("notification-choices"), "sliders-horizontal", _("Page")),
    ]
    actions = [
        Place(
            _("New %(label)s") % {"label": crud.label},
            crud.url("create"),
            "plus",
            _("Action"),
        )
        for crud in REGISTRY.values()
        if crud.may_create(request.user)
    ]
    return [*pages, *actions]


def matching(request: HttpRequest, text: str) -> list[Place]:
    """The pages and actions whose words or initials hold every term."""
    terms = plain(text).split()
    if not terms:
        return []
    found = []
    for place in places(request):
        words = plain(place.title)
        searched = f"{words} {initials(words)}"
        if all(term in searched for term in terms):
            found.append((not words.startswith(terms[0]), place))
    return [place for _later, place in sorted(found, key=lambda one: one[0])][:MOST]
