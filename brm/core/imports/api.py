"""The REST resource `imports`: upload a file, follow its progress, undo it."""

from typing import Any

from django.db.models import QuerySet
from django.urls import URLPattern, path, re_path, reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from .. import keyset
from ..api import ApiView
from ..api.errors import Conflict, FieldErrors
from ..api.schema import refusals
from ..models import ImportRun
from ..roles import may
from . import actions, work
from .declarations import entities, importer_for
from .forms import importable_by
from .profiles import Profile, shipped_profiles
from .refusals import FileRefused
from .views import visible_runs

State = ImportRun.State
PAGE, LARGEST_PAGE = 50, 200
UNDOABLE = (State.DONE, State.FAILED)


class ImportShape(serializers.Serializer):
    """An import as it is shown; `report` is that of the check until the import has begun."""

    id = serializers.IntegerField()
    entity = serializers.ListField(source="entities", child=serializers.CharField())
    file_name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()
    profile = serializers.CharField()
    state = serializers.ChoiceField(State.values)
    progress = serializers.SerializerMethodField()
    rows = serializers.IntegerField(allow_null=True)
    report = serializers.SerializerMethodField()
    error = serializers.CharField()
    by = serializers.CharField(source="by.username", allow_null=True, default=None)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)

    def get_progress(self, run: ImportRun) -> float:
        if run.state in (State.DONE, State.UNDONE, State.CHECKED):
            return 1.0
        return min(1.0, (run.position - 1) / run.rows) if run.rows else 0.0

    def get_report(self, run: ImportRun) -> dict[str, Any]:
        return run.report or run.check_report


class ImportPageShape(serializers.Serializer):
    """A page of imports."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ImportShape(many=True)


class UploadShape(serializers.Serializer):
    """What is posted, as multipart/form-data."""

    file = serializers.FileField(help_text="CSV, CSV.gz or XLSX, at most 200 MB.")
    entity = serializers.CharField(help_text="Such as `customers` or `survey_responses`.")
    profile = serializers.CharField(required=False, help_text="A shipped profile.")
    dry_run = serializers.BooleanField(default=False)
    on_error = serializers.ChoiceField(["skip", "stop"], default="skip")
    encoding = serializers.CharField(default="utf-8", max_length=30)
    delimiter = serializers.ChoiceField([",", ";", "\t", "|", "sniff"], default=",")
    date = serializers.CharField(required=False, max_length=40, help_text="Such as %d/%m/%Y.")
    instant = serializers.CharField(required=False, max_length=40)
    time_zone = serializers.CharField(required=False, max_length=60)


def described(shape: Any, summary: str, status: int = 200, **more: Any) -> Any:
    """The description of an answer."""
    answers = {status: OpenApiResponse(shape), **refusals(400, 401, 403, 404, 409)}
    return extend_schema(summary=summary, tags=["imports"], responses=answers, **more)


class ImportApi(ApiView):
    """What the views share: rights, and which imports one sees."""

    verb = "V"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not may(request.user, "C" if request.method == "POST" else "V", "imports"):
            raise PermissionDenied()

    def run(self, pk: str) -> ImportRun:
        found = visible_runs(self.request.user).filter(pk=int(pk)).first()
        if found is None:
            raise NotFound()
        return found


class ImportsView(ImportApi):
    """All imports one may see, and new ones."""

    parser_classes = [MultiPartParser]

    def allowed_parameters(self) -> frozenset[str]:
        read = {"cursor", "page_size", "state", "entity"}
        return frozenset(read if self.request.method == "GET" else ())

    @described(
        ImportPageShape,
        "List imports",
        operation_id="imports_list",
        parameters=[
            OpenApiParameter("state", str, enum=State.values),
            OpenApiParameter("entity", str),
            OpenApiParameter("cursor", str),
            OpenApiParameter("page_size", int),
        ],
    )
    def get(self, request: Request) -> Response:
        cursor = request.query_params.get("cursor")
        page = keyset.paginate(self._chosen(), ["-id"], cursor, self._size())
        return Response(
            {
                "next": self._address(page.next_cursor),
                "previous": self._address(page.previous_cursor),
                "results": ImportShape(page.items, many=True).data,
            }
        )

    def _size(self) -> int:
        text = self.request.query_params.get("page_size", str(PAGE))
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= LARGEST_PAGE):
            raise FieldErrors({"page_size": [_("A page has 1 to 200 records.")]})
        return int(text)

    def _chosen(self) -> QuerySet[ImportRun]:
        runs = visible_runs(self.request.user).select_related("by")
        state = self.request.query_params.get("state")
        if state is not None and state not in State.values:
            raise FieldErrors({"state": [_("There is no such state.")]})
        entity = self.request.query_params.get("entity")
        if entity is not None and entity not in entities():
            raise FieldErrors({"entity": [_("There is no such entity.")]})
        runs = runs if state is None else runs.filter(state=state)
        return runs if entity is None else runs.filter(entity__contains=entity)

    def _address(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        parameters = self.request.query_params.copy()
        parameters["cursor"] = cursor
        return self.request.build_absolute_uri(f"{self.request.path}?{parameters.urlencode()}")

    @described(
        ImportShape,
        "Import a file",
        status=202,
        operation_id="imports_create",
        request={"multipart/form-data": UploadShape},
    )
    def post(self, request: Request) -> Response:
        given = UploadShape(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            run = self._upload(given.validated_data)
        except FileRefused as error:
            raise FieldErrors({"file": [str(error)]}) from None
        work.start(run, write=not given.validated_data["dry_run"], by=request.user)
        location = request.build_absolute_uri(reverse("api:imports-detail", args=[run.pk]))
        return Response(ImportShape(run).data, status=202, headers={"Location": location})

    def _upload(self, given: dict[str, Any]) -> ImportRun:
        wanted = self._entities(given)
        reading = {name: given[name] for name in ("encoding", "delimiter")}
        run = actions.upload(
            given["file"], given["file"].name, by=self.request.user, entity=",".join(wanted)
        )
        try:
            run.profile = given.get("profile", "")
            formats = {n: given[n] for n in ("date", "instant", "time_zone") if n in given}
            run.options = {"formats": formats, "on_error": given["on_error"]}
            if self.request.user.token_scopes is not None:
                run.options["scopes"] = sorted(self.request.user.token_scopes)
            if not run.profile:
                run.options["mapping"] = {**reading, "entity": [{"entity": run.entity}]}
            if given["on_error"] == "stop" and run.size > work.LARGEST_ALL_OR_NOTHING:
                raise FileRefused(_("All or nothing is possible for files of up to 20 MB."))
            table = actions.table_of(run, actions.profile_of(run))
            run.header, run.rows = table.header, table.count
            run.save()
        except FileRefused:
            actions.discard(run)
            raise
        return run

    def _entities(self, given: dict[str, Any]) -> list[str]:
        """What the upload writes; the caller needs the right to create all of it."""
        wanted = [given["entity"]]
        if "profile" in given:
            profile: Profile | None = shipped_profiles().get(given["profile"])
            if profile is None:
                raise FieldErrors({"profile": [_("There is no such profile.")]})
            wanted = list(dict.fromkeys(block.entity for block in profile.blocks))
        if given["entity"] not in wanted or given["entity"] not in entities():
            raise FieldErrors({"entity": [_("There is no such entity.")]})
        if not set(wanted) <= set(importable_by(self.request.user)):
            raise PermissionDenied()
        return wanted


class ImportView(ImportApi):
    """One import, with its progress and its report."""

    @described(ImportShape, "An import", operation_id="imports_retrieve")
    def get(self, request: Request, pk: str) -> Response:
        return Response(ImportShape(self.run(pk)).data)


class UndoView(ImportApi):
    """Taking an import back."""

    @described(ImportShape, "Undo an import", status=202, operation_id="imports_undo", request=None)
    def post(self, request: Request, pk: str) -> Response:
        run = self.run(pk)
        undoable = all(importer_for(entity).undoable for entity in run.entities)
        if run.state not in UNDOABLE or not undoable:
            raise Conflict(_("This import cannot be undone."), "not_undoable")
        if not set(run.entities) <= set(importable_by(request.user)):
            raise PermissionDenied()
        work.start_undo(run, by=request.user)
        return Response(ImportShape(run).data, status=202)


KEY = r"(?P<pk>[0-9]{1,18})"
urls: list[URLPattern] = [
    path("imports/", ImportsView.as_view(), name="imports-list"),
    re_path(rf"^imports/{KEY}/\Z", ImportView.as_view(), name="imports-detail"),
    re_path(rf"^imports/{KEY}/undo/\Z", UndoView.as_view(), name="imports-undo"),
]
