"""Keeps what a signed-in user sees out of every cache."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


class PrivateRepliesMiddleware:
    """Marks replies to signed-in users as private; empties the browser's store at sign-out.

    A view that says otherwise about caching is left alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        was_signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        elif was_signed_in:
            response["Clear-Site-Data"] = '"cache", "storage"'
            response["Cache-Control"] = "no-store"
        return response
