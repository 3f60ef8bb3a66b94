"""The search page, and the list the palette shows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

from . import refreshing
from .finding import find, read
from .places import matching, places

ON_PAGE = 50
IN_PALETTE = 12
RECENT = 8


class SearchView(View):
    """All that fits, as an ordinary page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()
        refreshing.refresh_a_few()
        context = {
            "text": text[:200],
            "places": matching(request, text),
            "hits": find(text, request.user, ON_PAGE),
        }
        return render(request, "search/page.html", context)


class PaletteView(View):
    """Groups of options for what was typed; without it recent records and all places."""

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()
        if text:
            refreshing.refresh_a_few()
            hits, offered = find(text, request.user, IN_PALETTE), matching(request, text)
        else:
            hits, offered = read(recent(request), request.user), places(request)
        context = {"text": text[:200], "hits": hits, "places": offered}
        return render(request, "search/_options.html", context)


def recent(request: HttpRequest) -> list[tuple[str, int]]:
    """The records the browser remembers: `recent=customers:5,complaints:7`, only names of keys."""
    found = []
    for part in request.GET.get("recent", "")[:400].split(",")[:RECENT]:
        resource, _colon, pk = part.partition(":")
        if pk.isascii() and pk.isdigit() and len(pk) < 19:
            found.append((resource, int(pk)))
    return found
