"""Keeps what a signed-in user sees out of every cache."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


class PrivateRepliesMiddleware:
    """Marks replies to signed-in users as private; a view that says otherwise is left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        return response
