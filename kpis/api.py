"""The REST resources of KPIs, their targets and their runs."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import URLPattern, path, re_path, reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from brm.core import keyset, roles
from brm.core.api import ApiView, RecordViewSet
from brm.core.api.errors import FieldErrors
from brm.core.api.schema import refusals
from brm.core.api.values import Instant
from brm.core.instants import whole_offset

from . import actions, answers, drilldown, figures, shapes
from .definitions import KPIS, Kpi, find
from .models import KpiTarget, Run, RunState, Trigger
from .periods import GRAINS, parse_month, parse_period, shifted

MOST_MONTHS = 600
PAGE, LARGEST_PAGE = 50, 200


class KpiTargetViewSet(RecordViewSet):
    """A target from a month on, for the whole or for one member of a dimension."""

    model = KpiTarget
    fields = ("kpi", "dimension", "member", "month", "target", "amber", "red", "owner")


class KpiView(ApiView):
    """What the views of this module share: rights, and the parameters of an address."""

    resource = "kpis"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        verb = "C" if request.method == "POST" else "V"
        if not roles.may(request.user, verb, self.resource):
            raise PermissionDenied()

    def kpi(self, key: str) -> Kpi:
        found = find(key)
        if found is None:
            raise NotFound()
        return found

    def read(
        self, name: str, parse: Callable[[str], Any], problem: Any, default: Any = None
    ) -> Any:
        """A parameter; raises FieldErrors when `parse` raises ValueError."""
        text = self.request.query_params.get(name)
        if text is None:
            return default
        try:
            return parse(text)
        except ValueError:
            raise FieldErrors({name: [problem]}) from None

    def instant(self, name: str) -> datetime | None:
        """An instant with its offset; a + that arrived as a blank is read as one."""
        text = self.request.query_params.get(name)
        if text is None:
            return None
        try:
            return Instant().run_validation(whole_offset(text))
        except serializers.ValidationError as error:
            raise FieldErrors({name: error.detail}) from None

    def place(self, kpi: Kpi) -> dict[str, str | None]:
        """The dimension and member asked for."""
        dimension = self.request.query_params.get("dimension")
        member = self.request.query_params.get("member")
        if dimension is not None and dimension not in kpi.dimensions:
            text = _("This KPI has the dimensions %(names)s.") % {
                "names": ", ".join(kpi.dimensions)
            }
            raise FieldErrors({"dimension": [text]})
        if member is not None and dimension is None:
            raise FieldErrors({"member": [_("A member needs its dimension.")]})
        if member is not None and "\x00" in member:
            raise FieldErrors({"member": [_("There is no such member.")]})
        return {"dimension": dimension, "member": member}

    def period(self) -> Any:
        if "period" not in self.request.query_params:
            raise FieldErrors({"period": [_("This parameter is needed.")]})
        problem = _("A period is written 2025-03, 2025-Q1 or 2025.")
        return self.read("period", parse_period, problem)

    def paging(self) -> dict[str, Any]:
        """Cursor and page size."""

        def size(text: str) -> int:
            if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= LARGEST_PAGE):
                raise ValueError(text)
            return int(text)

        problem = _("A page has 1 to 200 records.")
        return {
            "cursor": self.request.query_params.get("cursor"),
            "page_size": self.read("page_size", size, problem, PAGE),
        }

    def address(self, cursor: str | None) -> str | None:
        """This list at another place."""
        if cursor is None:
            return None
        parameters = {**self.request.query_params.dict(), "cursor": cursor}
        return self.request.build_absolute_uri(f"{self.request.path}?{urlencode(parameters)}")


def _parameter(name: str, text: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.QUERY, description=text, **options)


PLACE = [
    _parameter("dimension", "One of the KPI's dimensions."),
    _parameter("member", "A reference, a username, a value, or `unattributed`."),
]
PERIOD = _parameter("period", "2025-03, 2025-Q1 or 2025 (fiscal).", required=True)
AS_OF = _parameter("as_of", "An instant with offset; as the last run finished by then left it.")
CURSOR = [
    _parameter("cursor", "The place in the list, from `next` or `previous`."),
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
        OpenApiParameter.QUERY,
        description="Rows on a page.",
    ),
]


def described(shape: Any, *parameters: OpenApiParameter, summary: str, status: int = 200, **more):
    """The description of an answer."""
    return extend_schema(
        summary=summary,
        tags=["kpis"],
        parameters=list(parameters),
        responses={status: OpenApiResponse(shape), **refusals(400, 401, 403, 404)},
        **more,
    )


class KpiListView(KpiView):
    """The definitions of all KPIs."""

    @described(shapes.KpiPage, summary="List KPIs", operation_id="kpis_list")
    def get(self, request: Request) -> Response:
        results = [answers.definition(kpi) for kpi in KPIS]
        return Response({"next": None, "previous": None, "results": results})


class KpiDetailView(KpiView):
    """One KPI's definition."""

    @described(shapes.KpiDefinition, summary="A KPI", operation_id="kpis_retrieve")
    def get(self, request: Request, key: str) -> Response:
        return Response(answers.definition(self.kpi(key)))


class SeriesView(KpiView):
    """A KPI's figures, period by period."""

    parameters = frozenset({"from", "to", "grain", "dimension", "member", "as_of"})

    @described(
        shapes.KpiSeries,
        _parameter("from", "The first month, 2025-01."),
        _parameter("to", "The last month; the default is the last 12 begun."),
        _parameter("grain", "month, quarter or year.", enum=list(GRAINS)),
        *PLACE,
        AS_OF,
        summary="Figures of a KPI",
        operation_id="kpis_series",
    )
    def get(self, request: Request, key: str) -> Response:
        kpi = self.kpi(key)
        found = figures.series(
            kpi,
            **self.window(),
            grain=self.read("grain", self.grain, _("A grain is month, quarter or year."), "month"),
            **self.place(kpi),
            at=self.instant("as_of"),
            viewer=request.user,
        )
        return Response(answers.whole_series(found))

    def window(self) -> dict[str, int | None]:
        problem = _("A month is written 2025-03.")
        start, end = (self.read(name, parse_month, problem) for name in ("from", "to"))
        if start and not end:
            end = max(start, figures.default_months(None)[1])
        if start and start > end:
            raise FieldErrors({"to": [_("This month is before the first one.")]})
        if start and shifted(start, MOST_MONTHS) <= end:
            raise FieldErrors({"from": [_("At most 600 months are answered at once.")]})
        return {"start": start, "end": end}

    @staticmethod
    def grain(text: str) -> str:
        if text not in GRAINS:
            raise ValueError(text)
        return text


class RowsView(KpiView):
    """The contributions behind a figure."""

    parameters = frozenset({"period", "dimension", "member", "as_of", "cursor", "page_size"})

    @described(
        shapes.KpiRows,
        PERIOD,
        *PLACE,
        AS_OF,
        *CURSOR,
        summary="Contributions behind a figure",
        operation_id="kpis_rows",
    )
    def get(self, request: Request, key: str) -> Response:
        kpi = self.kpi(key)
        found = drilldown.rows(
            kpi,
            self.period(),
            **self.place(kpi),
            at=self.instant("as_of"),
            viewer=request.user,
            **self.paging(),
        )
        neighbours = {
            "next": self.address(found.next_cursor),
            "previous": self.address(found.previous_cursor),
        }
        return Response({**neighbours, **answers.page_of_rows(kpi, found)})


class ChangesView(KpiView):
    """Why a figure is not what it was."""

    parameters = frozenset({"period", "since", "until", "dimension", "member"})

    @described(
        shapes.KpiChanges,
        PERIOD,
        _parameter("since", "An instant with offset.", required=True),
        _parameter("until", "An instant with offset; the default is now."),
        *PLACE,
        summary="What changed a figure",
        operation_id="kpis_changes",
    )
    def get(self, request: Request, key: str) -> Response:
        kpi = self.kpi(key)
        if "since" not in request.query_params:
            raise FieldErrors({"since": [_("This parameter is needed.")]})
        since, until = self.instant("since"), self.instant("until")
        if until is not None and until < since:
            raise FieldErrors({"until": [_("This instant is before the first one.")]})
        found = drilldown.changes(
            kpi,
            self.period(),
            since=since,
            until=until,
            **self.place(kpi),
            viewer=request.user,
        )
        return Response(answers.difference(kpi, found))


class RunsView(KpiView):
    """Runs of the recompute."""

    resource = "kpi-runs"

    def allowed_parameters(self) -> frozenset[str]:
        read = {"cursor", "page_size", "state", "trigger"}
        return frozenset(read if self.request.method == "GET" else ())

    @described(
        shapes.KpiRunPage,
        _parameter("state", "Only runs in this state.", enum=RunState.values),
        _parameter("trigger", "Only runs started so.", enum=Trigger.values),
        *CURSOR,
        summary="List runs",
        operation_id="kpi_runs_list",
    )
    def get(self, request: Request) -> Response:
        page = keyset.paginate(self.chosen(), ["-id"], **self.renamed(self.paging()))
        return Response(
            {
                "next": self.address(page.next_cursor),
                "previous": self.address(page.previous_cursor),
                "results": [answers.run_state(run) for run in page.items],
            }
        )

    @staticmethod
    def renamed(paging: dict[str, Any]) -> dict[str, Any]:
        return {"cursor": paging["cursor"], "size": paging["page_size"]}

    def chosen(self) -> QuerySet:
        runs = Run.objects.prefetch_related("parts")
        for name, choices in (("state", RunState), ("trigger", Trigger)):
            problem = _("Choose one of %(names)s.") % {"names": ", ".join(choices.values)}
            wanted = self.read(name, choices, problem)
            runs = runs if wanted is None else runs.filter(**{name: wanted})
        return runs

    @described(
        shapes.KpiRun,
        summary="Start a run",
        operation_id="kpi_runs_create",
        status=202,
        request=shapes.KpiRunStart,
    )
    def post(self, request: Request) -> Response:
        given = shapes.KpiRunStart(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        run = actions.start_run(
            by=request.user,
            full=data["full"],
            kpis=data["kpis"],
            from_month=data["from"],
            to_month=data["to"],
        )
        location = request.build_absolute_uri(reverse("api:kpi-runs-detail", args=[run.pk]))
        return Response(answers.run_state(run), status=202, headers={"Location": location})


class RunView(KpiView):
    """One run, with its progress."""

    resource = "kpi-runs"

    @described(shapes.KpiRun, summary="A run", operation_id="kpi_runs_retrieve")
    def get(self, request: Request, pk: str) -> Response:
        run = Run.objects.filter(pk=int(pk)).first()
        if run is None:
            raise NotFound()
        return Response(answers.run_state(run))


urls: list[URLPattern] = [
    path("kpis/", KpiListView.as_view(), name="kpis-list"),
    path("kpis/<slug:key>/", KpiDetailView.as_view(), name="kpis-detail"),
    path("kpis/<slug:key>/series/", SeriesView.as_view(), name="kpis-series"),
    path("kpis/<slug:key>/rows/", RowsView.as_view(), name="kpis-rows"),
    path("kpis/<slug:key>/changes/", ChangesView.as_view(), name="kpis-changes"),
    path("kpi-runs/", RunsView.as_view(), name="kpi-runs-list"),
    re_path(r"^kpi-runs/(?P<pk>[0-9]{1,18})/\Z", RunView.as_view(), name="kpi-runs-detail"),
]
