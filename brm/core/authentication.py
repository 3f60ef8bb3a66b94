"""How a request to the API says who it comes from."""

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class BrowserSession(SessionAuthentication):
    """The session of a signed-in browser; unsafe methods need its CSRF token.

    Unlike its base it names a scheme, so that a caller without a session is told 401, not 403.
    """

    def authenticate_header(self, request: Request) -> str:
        return "Session"
