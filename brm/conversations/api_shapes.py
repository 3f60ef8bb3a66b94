"""The bodies of the REST resources of conversations, and how they are described."""

from functools import cache
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from brm.core.api import shapes
from brm.core.api.schema import RecordSchema, refusals
from brm.core.api.values import IdField

from .files.kinds import KINDS
from .models import LONGEST_COMMENT


class RecordKey(serializers.Serializer):
    """A record by its resource and id."""

    resource = serializers.CharField(max_length=60, help_text="Such as `customers`.")
    record_id = IdField(help_text="The id of the record.")


class CommentWrite(RecordKey):
    """A new comment."""

    text = serializers.CharField(
        max_length=LONGEST_COMMENT, trim_whitespace=False, help_text="Markdown; `@name` mentions."
    )


class CommentChange(serializers.Serializer):
    """The new words of a comment."""

    text = serializers.CharField(
        max_length=LONGEST_COMMENT, trim_whitespace=False, help_text="Markdown; `@name` mentions."
    )


class AttachmentUpload(RecordKey):
    """What is posted, as multipart/form-data."""

    file = serializers.FileField(help_text="At most 10 MB, of a kind that is taken.")


class Untold(serializers.Serializer):
    """Whom the text names and who was not told."""

    out_of_sight = serializers.ListField(
        child=serializers.CharField(), help_text="Usernames of people who may not see the record."
    )
    unknown = serializers.ListField(
        child=serializers.CharField(), help_text="What stands after an @ and is no username."
    )


class FollowerShape(serializers.Serializer):
    """Somebody who follows a record."""

    user = IdField()
    user_reference = serializers.CharField(help_text="The username.")
    since = serializers.DateTimeField()


class FollowersShape(serializers.Serializer):
    """Who follows a record: at most 1,000, the first ones first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = FollowerShape(many=True)


@cache
def said(view: type) -> type[serializers.Serializer]:
    """A comment that was written, with whom it names and who was not told."""
    parts = {"untold": Untold(read_only=True), "__doc__": "A comment that was just written."}
    return type("CommentSaid", (shapes.listed(view),), parts)


DESCRIPTIONS = {
    "list": (
        "Those on records you may see; `record=customers:12` narrows to one record. A token needs"
        " the right to read the record, too."
    ),
    "create": (
        "`resource` and `record_id` name a record you may see. To add a file you must be allowed"
        " to change it."
    ),
    "partial_update": "Your own words, for 24 hours; the comment is marked as edited.",
    "destroy": "Your own, or anybody's by those who keep order. The audit trail keeps the trace.",
    "content": "The file as a download, streamed.",
}
SUMMARIES = {"content": "Fetch the content of an attachment"}


class BesideSchema(RecordSchema):
    """Comments and files: what differs from other records."""

    def get_summary(self) -> str:
        return SUMMARIES.get(self.view.action) or super().get_summary()

    def get_description(self) -> str:
        return DESCRIPTIONS.get(self.view.action) or super().get_description()

    def get_override_parameters(self) -> list[OpenApiParameter]:
        if self.view.action == "content":
            return [self._key()]
        return super().get_override_parameters()

    def get_request_serializer(self) -> Any:
        return self.view.bodies.get(self.view.action)

    def get_response_serializers(self) -> dict[Any, Any]:
        action = self.view.action
        if action == "content":
            kinds = sorted({kind.content_type for kind in KINDS.values()})
            binary = OpenApiResponse(OpenApiTypes.BINARY, "The file.")
            return {**{(200, kind): binary for kind in kinds}, **refusals(400, 401, 403, 404)}
        found = super().get_response_serializers()
        if "untold" in self.view.answers and action in ("create", "partial_update"):
            found[201 if action == "create" else 200] = OpenApiResponse(said(type(self.view)))
        return found
