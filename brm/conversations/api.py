"""The REST resources `comments` and `attachments`."""

from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponseBase
from django.urls import URLPattern, path, re_path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from brm.core.api.columns import Column, columns_of
from brm.core.api.errors import FieldErrors, PreconditionFailed, TooLarge
from brm.core.api.reading import Listing
from brm.core.models import Record

from . import actions
from .api_shapes import AttachmentUpload, BesideSchema, CommentChange, CommentWrite
from .file_views import LARGEST_BODY, content_of, is_too_large
from .files import FileRefused
from .filters import BesideFilters
from .follower_api import follower_urls
from .mentions import Mentions
from .models import Attachment, Beside, Comment
from .querysets import discussed
from .records import may_attach, visible_record

KEY = r"(?P<pk>[0-9]{1,18})"


def record_of(user: Any, given: dict[str, Any]) -> Record:
    """The record a body names; raises FieldErrors for one the caller does not see."""
    if given["resource"] not in discussed():
        raise FieldErrors({"resource": [_("There is no such resource.")]})
    record = visible_record(user, given["resource"], given["record_id"])
    if record is None:
        raise FieldErrors({"record_id": [_("There is no such record among those you may see.")]})
    return record


def read(shape: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """A body's values; raises for what is missing, wrong or unknown."""
    given = shape(data=data)
    given.is_valid(raise_exception=True)
    if unknown := [name for name in data if name not in given.fields]:
        raise FieldErrors({name[:100]: [_("There is no such field.")] for name in unknown[:10]})
    return given.validated_data


class BesideViewSet(ViewSetMixin, Listing):
    """What comments and files share: as visible as their record; newest last."""

    schema = BesideSchema()
    model: type[Beside]
    bodies: ClassVar[dict[str, type[serializers.Serializer]]] = {}
    answers: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def filterset(cls) -> type[FilterSet]:
        return BesideFilters

    def visible(self) -> Any:
        return self.model.objects.visible_to(self.user)

    def stored(self, beside: Beside) -> dict[str, Any]:
        return self.row(self.model.objects.filter(pk=beside.pk))

    def created(self, beside: Beside, **more: Any) -> Response:
        address = reverse(f"api:{self.model.resource}-detail", args=[beside.pk])
        location = self.request.build_absolute_uri(address)
        response = self.answer(self.stored(beside), status=201, Location=location)
        response.data |= more
        return response

    def locked(self, pk: str) -> Beside:
        """A visible one, locked; raises NotFound."""
        self.require("V")
        if not self.visible().filter(pk=int(pk)).exists():
            raise NotFound()
        found = self.model.objects.select_for_update(of=("self",)).select_related("author")
        beside = found.filter(pk=int(pk)).first()
        if beside is None:  # somebody was quicker
            raise NotFound()
        self.match(beside)
        return beside

    def match(self, beside: Beside) -> None:
        """Raise PreconditionFailed when `If-Match` names another version than the stored one."""
        wanted = self.request.headers.get("If-Match")
        if wanted is None or wanted.strip() == "*":
            return
        if f'"{beside.version}"' not in [tag.strip() for tag in wanted.split(",")]:
            raise PreconditionFailed(version=beside.version)

    @transaction.atomic
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete one softly: one's own, or any by those who keep order."""
        beside = self.locked(pk)
        if not actions.may_take_back(beside, self.user):
            raise PermissionDenied()
        actions.take_back(beside)
        return Response(status=204)


def _columns(model: type[Beside], *names: str) -> dict[str, Column]:
    found = columns_of(model, ("parent_resource", "parent_id", "author", *names))
    named = {"parent_resource": "resource", "parent_id": "record_id"}
    return {
        named.get(name, name): Column(
            named.get(name, name), one.path, one.convert, one.field, one.sortable
        )
        for name, one in found.items()
    }


class CommentViewSet(BesideViewSet):
    """What people say about records."""

    model = Comment
    columns = {
        **_columns(Comment, "text", "edited_at"),
        "mentioned": Column(
            "mentioned", "mentioned", None, serializers.ListField(child=serializers.CharField())
        ),
    }
    bodies = {"create": CommentWrite, "partial_update": CommentChange}
    answers = frozenset({"untold"})

    def create(self, request: Request) -> Response:
        self.require("C")
        given = read(CommentWrite, request.data)
        record = record_of(self.user, given)
        text = actions.clean_text(given["text"])
        said = actions.say(record, text, by=self.user, now=timezone.now())
        return self.created(said.comment, untold=untold(said.mentions))

    @transaction.atomic
    def partial_update(self, request: Request, pk: str) -> Response:
        self.require("U")
        given = read(CommentChange, request.data)
        comment = self.locked(pk)
        record = visible_record(self.user, comment.parent_resource, comment.parent_id)
        text = actions.clean_text(given["text"])
        said = actions.correct(comment, record, text, by=self.user, now=timezone.now())
        response = self.answer(self.stored(comment))
        response.data["untold"] = untold(said.mentions)
        return response

    @classmethod
    def urls(cls) -> list[URLPattern]:
        single = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
        return [
            path("comments/", cls.as_view({"get": "list", "post": "create"}), name="comments-list"),
            re_path(rf"^comments/{KEY}/\Z", cls.as_view(single), name="comments-detail"),
        ]


def untold(mentions: Mentions) -> dict[str, list[str]]:
    return {
        "out_of_sight": [user.username for user in mentions.out_of_sight],
        "unknown": mentions.unknown,
    }


class AttachmentViewSet(BesideViewSet):
    """Files beside records."""

    model = Attachment
    columns = _columns(Attachment, "name", "kind", "size", "sha256")
    bodies = {"create": AttachmentUpload}
    parser_classes = [MultiPartParser]
    max_body = LARGEST_BODY

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before anything reads the body: even the look for a CSRF token does.
        if request.method == "POST" and is_too_large(request):
            raise TooLarge()
        super().initial(request, *args, **kwargs)

    def create(self, request: Request) -> Response:
        self.require("C")
        given = read(AttachmentUpload, request.data)
        record = record_of(self.user, given)
        if not may_attach(self.user, record):
            raise PermissionDenied()
        file = given["file"]
        try:
            attachment = actions.attach(
                record, file, file.name, file.size, by=self.user, now=timezone.now()
            )
        except FileRefused as refused:
            raise FieldErrors({"file": [str(refused)]}, "file_refused") from None
        return self.created(attachment)

    def content(self, request: Request, pk: str) -> HttpResponseBase:
        self.require("V")
        attachment = self.visible().filter(pk=int(pk)).first()
        if attachment is None:
            raise NotFound()
        return content_of(attachment)

    @classmethod
    def urls(cls) -> list[URLPattern]:
        many = cls.as_view({"get": "list", "post": "create"})
        single = cls.as_view({"get": "retrieve", "delete": "destroy"})
        content = cls.as_view({"get": "content"})
        return [
            path("attachments/", many, name="attachments-list"),
            re_path(rf"^attachments/{KEY}/\Z", single, name="attachments-detail"),
            re_path(rf"^attachments/{KEY}/content/\Z", content, name="attachments-content"),
        ]


urls: list[URLPattern] = [*CommentViewSet.urls(), *AttachmentViewSet.urls(), *follower_urls]
