"""The bodies that the schema names: pages, single records, outcomes, errors."""

from functools import cache
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from ..origin import Door
from ..watching import EVENTS


class Error(serializers.Serializer):
    """Every error has this shape; some codes add more, such as `allowed` of an illegal move."""

    type = serializers.CharField(help_text="The class of the problem.")
    code = serializers.CharField(help_text="The exact problem, for programs.")
    detail = serializers.CharField(help_text="A sentence for people.")
    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Messages by field; those of no single field under `non_field_errors`.",
    )


class Transition(serializers.Serializer):
    """A move that is legal for the caller."""

    state = serializers.CharField(help_text="The state that the move reaches.")
    verb = serializers.CharField(help_text="What the move is called.")
    fields = serializers.ListField(
        child=serializers.CharField(), help_text="Fields that the move needs."
    )


class BulkOutcome(serializers.Serializer):
    """What became of one item."""

    index = serializers.IntegerField(help_text="The item's place in the request, from 0.")
    status = serializers.IntegerField(help_text="The HTTP status the item alone would have had.")
    id = serializers.IntegerField(allow_null=True, help_text="The record's id, if it has one.")
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class BulkAnswer(serializers.Serializer):
    """The outcomes, in the order of the items."""

    results = BulkOutcome(many=True)


def _made(name: str, parts: dict[str, Any], text: str) -> type[serializers.Serializer]:
    return type(name, (serializers.Serializer,), {**parts, "__doc__": text})


@cache
def listed(view: type) -> type[serializers.Serializer]:
    """A record in a list."""
    parts = {name: column.field for name, column in view.columns.items()}
    return _made(view.shape_name(), parts, str(view.model._meta.verbose_name))


@cache
def _single(view: type) -> type[serializers.Serializer]:
    parts = {name: column.field for name, column in view.columns.items()}
    if hasattr(view.model, "Status"):
        parts["transitions"] = Transition(many=True, read_only=True)
    return _made(f"{view.shape_name()}Single", parts, str(view.model._meta.verbose_name))


def single(view: Any) -> type[serializers.Serializer]:
    """A record alone, with its legal moves."""
    return _single(type(view))


@cache
def _past(view: type) -> type[serializers.Serializer]:
    known = view.kept_columns()
    parts = {name: column.field for name, column in known.items()}
    parts["as_of"] = serializers.DateTimeField(help_text="The instant asked for.")
    parts["deleted_at"] = serializers.DateTimeField(
        allow_null=True, help_text="Since when the record was deleted then; null: it was not."
    )
    parts["unknown"] = serializers.ListField(
        child=serializers.CharField(), help_text="Columns that are not known as of then."
    )
    text = f"{view.model._meta.verbose_name}, as of an instant"
    return _made(f"{view.shape_name()}Past", parts, text)


def single_or_past(view: Any) -> PolymorphicProxySerializer:
    """A record alone, or as it was."""
    return PolymorphicProxySerializer(
        component_name=f"{view.shape_name()}NowOrPast",
        serializers=[_single(type(view)), _past(type(view))],
        resource_type_field_name=None,
    )


class RecordChange(serializers.Serializer):
    """A field before and after."""

    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class RecordEntry(serializers.Serializer):
    """One write of a record."""

    id = serializers.IntegerField(help_text="Grows with each write.")
    at = serializers.DateTimeField(help_text="When it was written.")
    event = serializers.ChoiceField(choices=list(EVENTS), help_text="What happened.")
    version = serializers.IntegerField(help_text="The version that the write made.")
    actor = serializers.CharField(allow_null=True, help_text="Who wrote; null: the product.")
    door = serializers.ChoiceField(choices=list(Door.values), help_text="By what way.")
    request = serializers.CharField(help_text="The `X-Request-ID` of the write, if it has one.")
    changes = serializers.DictField(
        child=RecordChange(), help_text="The changed fields by name; empty for a new record."
    )


class RecordHistory(serializers.Serializer):
    """A page of a record's history."""

    next = serializers.URLField(allow_null=True, help_text="The next page.")
    previous = serializers.URLField(allow_null=True, help_text="The page before.")
    results = RecordEntry(many=True)


@cache
def _page(view: type) -> type[serializers.Serializer]:
    parts = {
        "next": serializers.URLField(allow_null=True, help_text="The next page."),
        "previous": serializers.URLField(allow_null=True, help_text="The page before."),
        "results": listed(view)(many=True),
    }
    return _made(f"{view.shape_name()}Page", parts, "A page of a list.")


def page(view: Any) -> type[serializers.Serializer]:
    """The envelope of a list."""
    return _page(type(view))


@cache
def bulk_request(inputs: Any) -> type[serializers.Serializer]:
    """The body of a bulk write."""
    parts = dict(inputs.serializer_class._declared_fields)
    text = "Of the record to change; absent for a new one."
    parts["id"] = serializers.IntegerField(required=False, min_value=1, help_text=text)
    item = _made(f"{inputs.name}BulkItem", parts, "A record to make or to change.")
    items = {"items": serializers.ListField(child=item(), max_length=1000)}
    return _made(f"{inputs.name}BulkWrite", items, "Up to 1,000 records.")
