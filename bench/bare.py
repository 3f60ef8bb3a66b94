"""The floors of the suite `http`: what plain Django does with the same rows, and nothing else.

Bare views have no middleware, no session and no user; they read the newest fifty complaints by one
statement, with the columns that the product's list or its API shows. The empty page is one of the
product: its whole middleware, a session, a user, the frame around nothing.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine, Template, engines
from django.urls import path

from brm.core.api import REGISTRY
from brm.urls import urlpatterns as product
from feedback.models import Complaint

try:
    import orjson
except ModuleNotFoundError:  # bench/requirements.txt
    orjson = None

ROWS = 50
NEWEST = ("-received_at", "id")
OWN_ADDRESSES = "bench.bare.own_addresses"
WRITER = "orjson" if orjson else "json"

LIST = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Complaints</title></head>
<body>
<table>
  <thead><tr>
    <th>Subject</th><th>Customer</th><th>Service</th><th>Status</th><th>Severity</th>
    <th>Received at</th><th>Reference</th>
  </tr></thead>
  <tbody>
    {% for complaint in complaints %}
      <tr>
        <th scope="row"><a href="{% url "complaints-detail" complaint.pk %}">{{ complaint.subject }}</a></th>
        <td>{% if complaint.customer %}<a href="{% url "customers-detail" complaint.customer_id %}">{{ complaint.customer.name }}</a>{% else %}–{% endif %}</td>
        <td>{% if complaint.service %}<a href="{% url "services-detail" complaint.service_id %}">{{ complaint.service.name }}</a>{% else %}–{% endif %}</td>
        <td><span class="badge">{{ complaint.get_status_display }}</span></td>
        <td>{{ complaint.get_severity_display }}</td>
        <td>{{ complaint.received_at|date:"j M Y, H:i" }}</td>
        <td>{{ complaint.reference }}</td>
      </tr>
    {% endfor %}
  </tbody>
</table>
</body>
</html>
"""  # noqa: E501 - a template is not wrapped
EMPTY = '{% extends "base.html" %}{% block title %}Empty{% endblock %}'


def own_addresses(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """Middleware that leads to this module's views beside the product's."""

    def middleware(request: HttpRequest) -> Any:
        request.urlconf = __name__
        return get_response(request)

    return middleware


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nothing")


def values(request: HttpRequest) -> HttpResponse:
    """The columns of the REST resource by `values()`, written as JSON."""
    shown = [(c.name, c.path) for c in REGISTRY["complaints"].columns.values()]
    rows = Complaint.objects.order_by(*NEWEST).values_list(*(path for _name, path in shown))
    names = [name for name, _path in shown]
    results = [dict(zip(names, row, strict=True)) for row in rows[:ROWS]]
    text = orjson.dumps(results) if orjson else json.dumps(results, default=str)
    return HttpResponse(text, content_type="application/json")


def template(request: HttpRequest) -> HttpResponse:
    """The columns of the list by an ordinary template."""
    complaints = Complaint.objects.select_related("customer", "service").order_by(*NEWEST)
    return HttpResponse(listed().render(Context({"complaints": complaints[:ROWS]})))


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(framed().render({}, request))


@cache
def listed() -> Template:
    """The list's template, compiled once and without context processors."""
    return Template(LIST, engine=Engine())


@cache
def framed() -> Any:
    """A page of the product with nothing on it."""
    return engines["django"].from_string(EMPTY)


urlpatterns = [
    path("bench/nothing/", nothing),
    path("bench/values/", values),
    path("bench/template/", template),
    path("bench/empty/", empty),
    *product,
]
