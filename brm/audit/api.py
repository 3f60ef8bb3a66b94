"""The REST resource of the audit trail: read only, for auditors and administrators."""

import json
from typing import Any

from django.db import models
from django.db.models.functions import JSONObject
from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from rest_framework import serializers
from rest_framework.viewsets import ViewSetMixin

from brm.core import roles
from brm.core.api.columns import Column, converter, instant_text
from brm.core.api.reading import Listing
from brm.core.api.schema import RecordSchema
from brm.core.api.values import IdField
from brm.core.origin import Door

from .filters import AuditFilters
from .models import AuditEntry, Event
from .wording import models_by_kind, triples

KEY = r"(?P<pk>[0-9]{1,18})"


class FieldChange(serializers.Serializer):
    """One changed field."""

    field = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


def changes_shown(told: Any) -> list[dict[str, Any]]:
    """The changes of an entry as the API writes such values elsewhere."""
    if isinstance(told, str):
        told = json.loads(told)
    changes = told["changes"]
    changes = json.loads(changes) if isinstance(changes, str) else changes
    model = models_by_kind().get(told["kind"])
    fields = {f.name: f for f in model._meta.concrete_fields} if model else {}

    def written(name: str, value: Any) -> Any:
        convert = converter(fields[name]) if name in fields else None
        return (
            value if value is None or convert is None or isinstance(value, str) else convert(value)
        )

    return [
        {"field": name, "before": written(name, before), "after": written(name, after)}
        for name, before, after in triples(told["kind"], told["event"], changes)
    ]


def _text(name: str, path: str = "", **options: Any) -> Column:
    return Column(name, path or name, None, serializers.CharField(read_only=True, **options))


def _id(name: str, path: str, **options: Any) -> Column:
    return Column(name, path, None, IdField(read_only=True, allow_null=True, **options))


class AuditEntryViewSet(ViewSetMixin, Listing):
    """Who changed what, when and by what way; newest first."""

    model = AuditEntry
    schema = RecordSchema()
    default_ordering = ("-id",)
    columns = {
        "id": Column("id", "id", None, IdField(read_only=True), sortable=True),
        "at": Column("at", "at", instant_text, serializers.DateTimeField(read_only=True)),
        "actor": _id("actor", "actor_id", help_text=_("Who did it: the id of a user.")),
        "actor_reference": _text("actor_reference", "actor_name"),
        "event": Column("event", "event", None, serializers.ChoiceField(Event.choices)),
        "kind": _text("kind", help_text=_("The resource of the record.")),
        "record": _id("record", "object_id", help_text=_("The id of the record.")),
        "reference": _text("reference"),
        "changes": Column("changes", "told", changes_shown, FieldChange(many=True)),
        "reason": _text("reason"),
        "source": Column("source", "door", None, serializers.ChoiceField(Door.choices)),
        "request": _text("request", "request_id"),
        "import": _id("import", "import_id"),
        "token": _id("token", "token_id"),
    }

    @classmethod
    def filterset(cls) -> type[FilterSet]:
        return AuditFilters

    def visible(self) -> models.QuerySet:
        allowed = roles.may(self.user, "V", self.model.resource)
        return AuditEntry.objects.all() if allowed else AuditEntry.objects.none()

    def annotated(self, queryset: models.QuerySet) -> models.QuerySet:
        return queryset.annotate(told=JSONObject(kind="kind", event="event", changes="changes"))

    @classmethod
    def urls(cls) -> list[URLPattern]:
        """The addresses of the resource."""
        name = cls.model.resource
        return [
            path(f"{name}/", cls.as_view({"get": "list"}), name=f"{name}-list"),
            re_path(rf"^{name}/{KEY}/\Z", cls.as_view({"get": "retrieve"}), name=f"{name}-detail"),
        ]
