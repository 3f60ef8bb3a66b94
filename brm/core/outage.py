"""What is answered while the database is away, full or read-only: try again, not "broken"."""

import sys

from django.db import Error, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

RETRY_SECONDS = "5"
READ_ONLY = "25006"  # PostgreSQL's name for a write where none is taken


def is_outage(error: BaseException | None) -> bool:
    """Whether an error says that the database cannot work now; nothing of a write is kept then."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, InternalError) and _sqlstate(error) == READ_ONLY


def _sqlstate(error: Error) -> str:
    return getattr(error.__cause__, "pgcode", None) or ""


def server_error(request: HttpRequest) -> HttpResponse:
    """The reply to an error that nothing handled: 503 in an outage, else 500."""
    status = 503 if is_outage(sys.exc_info()[1]) else 500
    response = _for_machines(status) if request.path.startswith("/api/") else _page(status)
    if status == 503:
        response["Retry-After"] = RETRY_SECONDS
    return response


def _page(status: int) -> HttpResponse:
    # Without the request: what a page says of its user would be read from the database.
    return HttpResponse(render_to_string(f"{status}.html"), status=status)


def _for_machines(status: int) -> JsonResponse:
    known = {
        503: ("unavailable", "busy", _("The database is busy. Try again.")),
        500: ("internal", "internal", _("Something broke on our side")),
    }
    kind, code, text = known[status]
    body = {"type": kind, "code": code, "detail": text, "errors": {}}
    return JsonResponse(body, status=status)
