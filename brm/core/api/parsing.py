"""Strict JSON: bounded in size and depth, exact numbers, nothing a database could choke on."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from .errors import ApiError, TooLarge

DEPTH = 32


class StrictJSONParser(BaseParser):
    """Reads a JSON body of at most the view's `max_body` bytes."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        view = (parser_context or {}).get("view")
        limit = getattr(view, "max_body", 1_000_000)
        length = stream.META.get("CONTENT_LENGTH") if hasattr(stream, "META") else None
        if length and int(length) > limit:
            raise TooLarge()
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge()
        return parse_json(raw)


def parse_json(raw: bytes) -> Any:
    """The value of a JSON text; raises ApiError for what is none, or nested too deeply."""
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, parse_float=_exact, parse_constant=_refuse)
        if "\\u" in text:
            # An escape may hide half of a character, which nothing can store or send.
            json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except RecursionError:
        raise ApiError(_("The JSON is nested too deeply."), "too_deep") from None
    except (ValueError, InvalidOperation):
        raise ApiError(_("The body is not valid JSON."), "malformed") from None
    _check_depth(value)
    return value


def _exact(text: str) -> Decimal:
    return Decimal(text)


def _refuse(name: str) -> None:
    raise ValueError(name)


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, dict | list)
        ]
        depth += 1
        if depth > DEPTH:
            raise ApiError(_("The JSON is nested too deeply."), "too_deep")
