"""What the processes write to their log: lines for people, or JSON for machines.

Every line carries the id of the request it belongs to, also in the worker: a job keeps the id of
the request that queued it. Neither query strings nor bodies nor mailed links are
logged: they are or may hold secrets.
"""

import json
import logging
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponseBase

from brm.core import origin

from . import request_counts

LINK = re.compile(r"(/link/)[^/\s]+")
requests_logger = logging.getLogger("brm.requests")


class RequestIdFilter(logging.Filter):
    """Gives each line the id of the request, `-` outside of one."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not getattr(record, "request_id", ""):
            record.request_id = origin.current_request_id() or "-"
        return True


class LinkFilter(logging.Filter):
    """Cuts the links that were mailed out of addresses: whoever holds one may set a password."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_cut(one) if isinstance(one, str) else one for one in record.args)
        return True


def _cut(text: str) -> str:
    return LINK.sub(r"\1…", text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, message, request_id, process, facts of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", "-"),
            "process": record.process,
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class RequestLogMiddleware:
    """Counts every request and, where `brm.requests` is on (JSON logs), writes a line for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        request_counts.count(response.status_code, seconds)
        if requests_logger.isEnabledFor(logging.INFO):
            tell(request, response, seconds)
        return response


def tell(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Write the line of a request: method, path without query, status, milliseconds, user."""
    user = getattr(request, "user", None)
    facts = {
        "method": request.method,
        "path": _cut(request.path),
        "status": response.status_code,
        "milliseconds": round(seconds * 1000, 1),
        "user": user.pk if user is not None and user.is_authenticated else None,
    }
    requests_logger.info(
        "%s %s %s %.0f ms",
        request.method,
        request.path,
        response.status_code,
        seconds * 1000,
        extra={"facts": facts, "request_id": response.get("X-Request-ID", "")},
    )
