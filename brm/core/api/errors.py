"""One shape for every error: {type, code, detail, errors}.

`type` is the class of the problem, `code` the exact one for programs, `detail` a sentence for
people, `errors` the messages by field (those of no single field under `non_field_errors`).
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError, IntegrityError
from django.db.models import ProtectedError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from ..keyset import BadCursor
from ..lifecycle import IllegalTransition
from ..outage import is_outage

NON_FIELD = "non_field_errors"
TYPES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    412: "precondition_failed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "unprocessable",
    429: "throttled",
    503: "unavailable",
}


class ApiError(exceptions.APIException):
    """An error with its code, and what else the caller needs to know in `more`."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid"
    default_detail = _("The request cannot be understood.")

    def __init__(self, detail: Any = None, code: str | None = None, **more: Any) -> None:
        super().__init__(detail or self.default_detail, code or self.default_code)
        self.code, self.more = code or self.default_code, more


class Conflict(ApiError):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = _("Another record excludes this one.")


class PreconditionFailed(ApiError):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "stale"
    default_detail = _("The record was changed meanwhile. Read it again.")


class TooLarge(ApiError):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = _("The request is too large.")


class Unprocessable(ApiError):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "unprocessable"
    default_detail = _("The request cannot be carried out.")


class FieldErrors(ApiError):
    """What is wrong with the fields of a body or the parameters of an address."""

    default_detail = _("Some values are not valid.")

    def __init__(self, errors: Mapping[str, Any], code: str = "invalid", **more: Any) -> None:
        texts = {name: [str(text) for text in messages] for name, messages in errors.items()}
        super().__init__(code=code, errors=texts, **more)


def messages_by_field(error: ValidationError) -> dict[str, list[str]]:
    """The messages of a model's validation, by field."""
    if not hasattr(error, "error_dict"):
        return {NON_FIELD: error.messages}
    return {
        NON_FIELD if name == "__all__" else name: messages
        for name, messages in error.message_dict.items()
    }


def body(status_code: int, code: str, detail: Any, **more: Any) -> dict[str, Any]:
    """The body of an error."""
    kind = TYPES.get(status_code, "bad_request" if status_code < 500 else "unavailable")
    return {"type": kind, "code": code, "detail": str(detail), "errors": {}, **more}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The reply to an exception; None, and so a 500, only for faults of our own."""
    known = _known(error)
    if known is None:
        return None
    set_rollback()
    headers = {}
    if getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = known.auth_header
    if getattr(known, "wait", None):
        headers["Retry-After"] = str(int(known.wait))
    code = getattr(known, "code", None) or _code(known)
    more = getattr(known, "more", {})
    return Response(
        body(known.status_code, code, _sentence(known), **more),
        status=known.status_code,
        headers=headers,
    )


def _code(error: exceptions.APIException) -> str:
    code = error.get_codes()
    return code if isinstance(code, str) else "invalid"


def _sentence(error: exceptions.APIException) -> str:
    return str(error.detail) if isinstance(error.detail, str) else str(ApiError.default_detail)


def _known(error: Exception) -> exceptions.APIException | None:
    """The API's own error for what Django, the database or the parser raised."""
    if isinstance(error, exceptions.ValidationError):
        return FieldErrors(flat(error.detail))
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, ValidationError):
        return FieldErrors(messages_by_field(error))
    if isinstance(error, IllegalTransition):
        text = _("The record cannot go from “%(source)s” to “%(target)s”.")
        values = {"source": error.source, "target": error.target}
        return Conflict(text % values, "illegal_transition", allowed=error.allowed)
    for kinds, make in _MEANINGS:
        if isinstance(error, kinds):
            return make(error)
    return Busy() if is_outage(error) else None


def flat(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Nested serializer errors as one level of `field.subfield`."""
    if isinstance(detail, Mapping):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            found |= flat(inner, f"{prefix}.{name}" if prefix else str(name))
        return found
    texts = detail if isinstance(detail, list | tuple) else [detail]
    return {prefix or NON_FIELD: [str(text) for text in texts]}


_NUMBER = _("A value lies outside of what can be stored.")
_MEANINGS = (
    (BadCursor, lambda error: FieldErrors({"cursor": [str(error)]}, "bad_cursor")),
    ((Http404, ObjectDoesNotExist), lambda error: exceptions.NotFound()),
    (PermissionDenied, lambda error: exceptions.PermissionDenied()),
    (ProtectedError, lambda error: Conflict(code="referenced")),
    (IntegrityError, lambda error: Conflict()),
    ((DataError, OverflowError), lambda error: ApiError(_NUMBER, "out_of_range")),
    (RequestDataTooBig, lambda error: TooLarge()),
    ((SuspiciousOperation, BadRequest, RecursionError), lambda error: ApiError()),
)


class Busy(ApiError):
    """The database did not answer in time: nothing was written."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "busy"
    default_detail = _("The database is busy. Try again.")
    wait = 5
