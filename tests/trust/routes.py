"""Every address of the product, found by walking the resolver, with records that exist."""

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories import RECORD_FACTORIES

HANDLE = "00000000-0000-4000-8000-000000000000"
FIXED = {
    "key": "complaints",
    "resource": "customers",
    "token": "t" * 43,
    "handle": HANDLE,
    "provider_id": "oidc",
    "delivery": "1",
    "target": "closed",
}
PARAMETER = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")


def patterns() -> list[str]:
    """The routes of all patterns, as they are declared; each once."""
    return list(dict.fromkeys(_walk(get_resolver(), "")))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for one in resolver.url_patterns:
        route = f"{prefix}{one.pattern}"
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from _walk(one, route)


def address_of(route: str, records: dict[str, Any]) -> str:
    """An address that a route leads to; `records` are what its keys may name, by resource."""
    plain = route.replace("^", "").replace(r"\Z", "")
    resource = plain.removeprefix("api/v1/").partition("/")[0]
    record = records.get(resource)

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name == "pk":
            return str(record.pk if record is not None else 1)
        if name == "reference":
            return str(getattr(record, "reference", None) or getattr(record, "username", "x"))
        if name == "name":
            return record.title_field if hasattr(record, "title_field") else "name"
        return FIXED[name]

    return "/" + PARAMETER.sub(value, plain)


def every_address(records: dict[str, Any]) -> list[str]:
    """An address for each route."""
    return [address_of(route, records) for route in patterns()]


def some_records() -> dict[str, Any]:
    """A record of each kind, by resource."""
    return {resource: factory() for resource, factory in RECORD_FACTORIES.items()}
