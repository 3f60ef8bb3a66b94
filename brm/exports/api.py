"""The REST resource `exports`: ask for a file with the records of a list, follow it, fetch it."""

from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.urls import URLPattern, path, re_path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from brm.core import keyset
from brm.core.api import ApiView
from brm.core.api.errors import Conflict, FieldErrors
from brm.core.api.schema import refusals
from brm.core.crud.declaration import REGISTRY
from brm.core.crud.list_query import ListQuery, offered_columns, sortable
from brm.core.models import Job
from brm.core.roles import may

from . import actions
from .forms import LONGEST_QUERY
from .models import Export, ExportState, FileFormat, Wording
from .views import TYPES, file_of

PAGE, LARGEST_PAGE = 50, 200


class ExportShape(serializers.ModelSerializer):
    """An export as it is shown; `file` is its address once it is written."""

    resource = serializers.CharField(source="records")
    format = serializers.ChoiceField(FileFormat.values, source="file_format")
    progress = serializers.SerializerMethodField()
    file = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields = [
            "id",
            "resource",
            "query",
            "format",
            "wording",
            "state",
            "progress",
            "rows",
            "size",
            "sha256",
            "error",
            "as_of",
            "created_at",
            "finished_at",
            "expires_at",
            "file",
        ]
        read_only_fields = fields

    def get_progress(self, export: Export) -> float:
        if not export.is_at_work:
            return 1.0
        job = Job.objects.filter(kind=actions.WRITE, key=str(export.pk)).order_by("-pk").first()
        return job.progress if job else 0.0

    def get_file(self, export: Export) -> str | None:
        if export.state != ExportState.DONE:
            return None
        return self.context["request"].build_absolute_uri(
            reverse("api:exports-file", args=[export.pk])
        )


class ExportPageShape(serializers.Serializer):
    """A page of exports."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ExportShape(many=True)


class AskedShape(serializers.Serializer):
    """What is asked for; `filters` are those of the resource's list, `ordering` is one column."""

    resource = serializers.CharField(max_length=60, help_text="Such as `customers`.")
    format = serializers.ChoiceField(FileFormat.values, default=FileFormat.CSV)
    wording = serializers.ChoiceField(Wording.values, default=Wording.CODES)
    filters = serializers.DictField(
        child=serializers.CharField(max_length=200, allow_blank=True), default=dict
    )
    ordering = serializers.CharField(max_length=100, required=False)
    fields_ = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, max_length=40
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """`fields` is a name that serializers keep for themselves."""
        found = super().get_fields()
        found["fields"] = found.pop("fields_")
        return found


def described(shape: Any, summary: str, status: int = 200, **more: Any) -> Any:
    """The description of an answer."""
    answers = {status: OpenApiResponse(shape), **refusals(400, 401, 403, 404)}
    return extend_schema(summary=summary, tags=["exports"], responses=answers, **more)


class ExportApi(ApiView):
    """What the views share: everyone sees the own exports alone."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not may(request.user, "V", "exports"):
            raise PermissionDenied()

    def export(self, pk: str) -> Export:
        own = Export.objects.filter(by=self.request.user).select_related("by")
        found = own.filter(pk=int(pk)).first()
        if found is None:
            raise NotFound()
        return found

    def shown(self, exports: Any, **options: Any) -> Any:
        return ExportShape(exports, context={"request": self.request}, **options).data


class ExportsView(ExportApi):
    """The own exports, and new ones."""

    def allowed_parameters(self) -> frozenset[str]:
        return frozenset({"cursor", "page_size"} if self.request.method == "GET" else ())

    @described(
        ExportPageShape,
        "List exports",
        operation_id="exports_list",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)],
    )
    def get(self, request: Request) -> Response:
        own = Export.objects.filter(by=request.user)
        page = keyset.paginate(own, ["-id"], request.query_params.get("cursor"), self._size())
        return Response(
            {
                "next": self._address(page.next_cursor),
                "previous": self._address(page.previous_cursor),
                "results": self.shown(page.items, many=True),
            }
        )

    def _size(self) -> int:
        text = self.request.query_params.get("page_size", str(PAGE))
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= LARGEST_PAGE):
            raise FieldErrors({"page_size": [_("A page has 1 to 200 records.")]})
        return int(text)

    def _address(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        parameters = self.request.query_params.copy()
        parameters["cursor"] = cursor
        return self.request.build_absolute_uri(f"{self.request.path}?{parameters.urlencode()}")

    @described(
        ExportShape,
        "Export the records of a list",
        status=202,
        operation_id="exports_create",
        request=AskedShape,
    )
    def post(self, request: Request) -> Response:
        asked = AskedShape(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        export = actions.ask(
            self._query(values),
            file_format=values["format"],
            wording=values["wording"],
            now=timezone.now(),
        )
        location = request.build_absolute_uri(reverse("api:exports-detail", args=[export.pk]))
        return Response(self.shown(export), status=202, headers={"Location": location})

    def _query(self, asked: dict[str, Any]) -> ListQuery:
        """The list that was asked for; raises FieldErrors for what it does not know."""
        resource = asked["resource"]
        if resource not in REGISTRY:
            raise FieldErrors({"resource": [_("There is no such resource.")]})
        if not may(self.request.user, "X", resource):
            raise PermissionDenied()
        crud = REGISTRY[resource]
        parameters = QueryDict(mutable=True)
        parameters.update(asked["filters"])
        ordering, columns = asked.get("ordering", ""), asked.get("fields") or []
        if ordering and ordering.removeprefix("-") not in sortable(crud):
            raise FieldErrors({"ordering": [_("There is no such column to order by.")]})
        if unknown := [name for name in columns if name not in offered_columns(crud)]:
            raise FieldErrors({"fields": [_("There is no such field: %s.") % unknown[0]]})
        parameters["sort"], parameters["columns"] = ordering, ",".join(columns)
        query = ListQuery(crud, parameters, self.request.user)
        if query.unread:
            names = {name: [_("This filter cannot be read.")] for name in query.unread}
            raise FieldErrors(names)
        if len(query.canonical()) > LONGEST_QUERY:
            raise FieldErrors({"filters": [_("These filters are too long.")]})
        return query


class ExportView(ExportApi):
    """One export, with its progress."""

    @described(ExportShape, "An export", operation_id="exports_retrieve")
    def get(self, request: Request, pk: str) -> Response:
        return Response(self.shown(self.export(pk)))

    @described(None, "Delete an export", status=204, operation_id="exports_destroy")
    def delete(self, request: Request, pk: str) -> Response:
        actions.forget(self.export(pk))
        return Response(status=204)


class FileView(ExportApi):
    """The file of an export."""

    @extend_schema(
        summary="Fetch the file of an export",
        tags=["exports"],
        operation_id="exports_file",
        responses={
            **{
                (200, kind.partition(";")[0]): OpenApiResponse(
                    OpenApiTypes.BINARY, "The file, streamed."
                )
                for kind in TYPES.values()
            },
            **refusals(400, 401, 403, 404, 409),
        },
    )
    def get(self, request: Request, pk: str) -> HttpResponseBase:
        export = self.export(pk)
        if export.state != ExportState.DONE or not export.path.is_file():
            raise Conflict(_("This export has no file yet."), "not_written")
        if not actions.may_fetch(export, request.user):
            raise PermissionDenied()
        return file_of(export)


KEY = r"(?P<pk>[0-9]{1,18})"
urls: list[URLPattern] = [
    path("exports/", ExportsView.as_view(), name="exports-list"),
    re_path(rf"^exports/{KEY}/\Z", ExportView.as_view(), name="exports-detail"),
    re_path(rf"^exports/{KEY}/file/\Z", FileView.as_view(), name="exports-file"),
]
