"""The selection of every list: rows, or all that match."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from brm.core.crud.list_parts import register_list_part
from brm.core.crud.list_query import ListQuery
from brm.core.models import Record
from brm.core.roles import may


def selection(request: HttpRequest, query: ListQuery) -> dict[str, Any] | None:
    """For those who may change or move some such records; people are no such records."""
    model = query.crud.model
    if not issubclass(model, Record) or not may_change(request.user, model):
        return None
    return {
        "url": reverse("bulk-changes-new"),
        "records": model.resource,
        "query": query.canonical(look=False),
    }


def may_change(user: Any, model: type[Record]) -> bool:
    """Whether the user may edit or move any record of the model."""
    return may(user, "U", model.resource) or (
        hasattr(model, "Status") and may(user, "P", model.resource)
    )


register_list_part("selection", selection)
