"""Every route of the product: its name and the methods it answers."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def walked() -> Iterator[tuple[str, URLPattern, set[str]]]:
    """The name of each route, with its namespace, its pattern and what its address takes."""
    yield from _walk(get_resolver(), "", set())


def _walk(
    resolver: URLResolver, namespace: str, taken: set[str]
) -> Iterator[tuple[str, URLPattern, set[str]]]:
    for one in resolver.url_patterns:
        takes = taken | {*one.pattern.converters, *one.pattern.regex.groupindex}
        if isinstance(one, URLResolver):
            inside = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from _walk(one, inside, takes)
        else:
            yield f"{namespace}{one.name or '(nowhere)'}", one, takes


def methods_of(pattern: URLPattern) -> list[str]:
    """The methods that a route answers; GET and POST where a function does not tell."""
    view: Any = pattern.callback
    if hasattr(view, "actions"):
        return [method for method in METHODS if method.lower() in view.actions]
    made = getattr(view, "view_class", getattr(view, "cls", None))
    if made is None:
        return ["GET", "POST"]
    names = [name for name in METHODS if name.lower() in made.http_method_names]
    return [name for name in names if hasattr(made, name.lower())]


def product() -> dict[str, list[str]]:
    """The routes of the product with their methods, by name."""
    found: dict[str, list[str]] = {}
    for name, pattern, _takes in walked():
        known = [*found.get(name, []), *methods_of(pattern)]
        found[name] = [method for method in METHODS if method in known]
    return found


def address_of(name: str, known: dict[str, Any]) -> str:
    """An address of the route; `known` gives what its parameters take, by name."""
    _name, _pattern, wanted = next(one for one in walked() if one[0] == name)
    return reverse(name, kwargs={key: known[key] for key in wanted})
