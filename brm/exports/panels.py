"""The export menu of every list."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from brm.core.crud.list_parts import register_list_part
from brm.core.crud.list_query import ListQuery
from brm.core.roles import may, scopes

from .models import FileFormat, Wording


def export_menu(request: HttpRequest, query: ListQuery) -> dict[str, Any] | None:
    """The menu for those who may export such records."""
    resource = query.crud.model.resource
    if not may(request.user, "X", resource):
        return None
    return {
        "url": reverse("exports-new"),
        "records": resource,
        "query": query.canonical(),
        "formats": [{"value": value, "label": label} for value, label in FileFormat.choices],
        "wordings": [{"value": value, "label": label} for value, label in Wording.choices],
        "only_own": "A" not in scopes(request.user, resource, "X"),
    }


register_list_part("export", export_menu)
