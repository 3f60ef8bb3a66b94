"""Pages of the KPIs: start page, scorecard, one KPI, runs."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from brm.core.crud import CreateView, CrudViews, UpdateView
from brm.core.explaining import require
from brm.core.formatting import format_number
from brm.core.navigation import OVERVIEW, Entry, register_entry
from brm.core.returning import go_back
from brm.core.roles import may

from .actions import start_run
from .definitions import find
from .forms import KpiTargetForm
from .models import KpiTarget, Run, RunState
from .pages.address import Address
from .pages.home import greeting, portfolio_of
from .pages.kpi import kpi_context
from .pages.runs import runs_context
from .pages.scorecard import drawing_key, home_context, later, scorecard_context
from .pages.standing import progress_of, recompute_context, standing_context, standing_of
from .pages.wording import period_name

register_entry(Entry(OVERVIEW, 10, gettext_lazy("Home"), "house", "home", "kpis"))
register_entry(Entry(OVERVIEW, 20, gettext_lazy("KPI scorecard"), "gauge", "kpi-scorecard", "kpis"))


class KpiPages(View):
    """Base: `verb` on `resource` must be allowed; an address is read with every request."""

    resource, verb = "kpis", "V"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require(request.user, self.verb, self.resource)
        self.address = Address(request, timezone.now())
        return super().dispatch(request, *args, **kwargs)

    def frame(self, standing: Any) -> dict[str, Any]:
        """What every KPI page says: on what it stands, what is under way."""
        return {
            "standing": standing_context(standing, self.address),
            "recompute": recompute_context(self.request, standing),
            "empty": standing.run is None,
        }


class ScorecardView(KpiPages):
    """All KPIs of a period, by topic."""

    def get(self, request: HttpRequest) -> HttpResponse:
        standing = standing_of(self.address)
        context: dict[str, Any] = {}
        if standing.run is not None:
            period = self.address.period(standing.run.date)
            asked = (self.address, period, standing.run, request.user)
            context["board"] = later(scorecard_context, *asked)
            context["drawing_key"] = drawing_key(*asked)
        return render(request, "kpis/scorecard.html", context | self.frame(standing))


class HomeView(KpiPages):
    """The headlines, and the own portfolio of a relationship manager."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may(request.user, "V", "kpis"):
            return render(request, "kpis/no_role.html")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        standing = standing_of(self.address)
        context = {"greeting": greeting(request.user, self.address.now)}
        context["portfolio"] = portfolio_of(request.user, self.address.now)
        if standing.run is not None:
            period = self.address.period(standing.run.date)
            asked = (self.address, period, standing.run, request.user)
            context["board"] = later(home_context, *asked)
            context["drawing_key"] = drawing_key(*asked)
            context["headline"] = _("KPIs in %(period)s") % {"period": period_name(period)}
        return render(request, "kpis/home.html", context | self.frame(standing))


class KpiPage(KpiPages):
    """One KPI: figure, chart, breakdown, and what stands behind it."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        kpi = find(key)
        if kpi is None:
            raise Http404
        standing = standing_of(self.address)
        context = kpi_context(kpi, self.address, standing, request.user) | self.frame(standing)
        part = request.htmx and request.htmx.target == "detail" and not context["empty"]
        return render(request, "kpis/_detail.html" if part else "kpis/kpi.html", context)


# --- Runs ----------------------------------------------------------------------------------------


class RunsView(KpiPages):
    """The recomputes, newest first."""

    resource = "kpi-runs"

    def get(self, request: HttpRequest) -> HttpResponse:
        standing = standing_of(self.address)
        context = runs_context(self.address) | self.frame(standing)
        return render(request, "kpis/runs.html", context)


class RecomputeView(KpiPages):
    """POST queues a run and goes back to where the button was."""

    resource, verb = "kpi-runs", "C"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if not Run.objects.exclude(state__in=[RunState.DONE, RunState.FAILED]).exists():
            start_run(by=request.user, full=bool(request.POST.get("full")))
        return go_back(request, request.POST.get("next", ""), otherwise=reverse("kpi-scorecard"))


class ProgressView(KpiPages):
    """How far a run is, asked every two seconds by whatever page shows its progress.

    204: nothing new. When the run has ended the page is loaded anew, with a message.
    """

    resource = "kpi-runs"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = get_object_or_404(Run, pk=pk)
        if run.is_finished:
            tell(request, run)
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        progress = progress_of(run)
        seen = "" if progress["percent"] is None else str(progress["percent"])
        if self.address.text("seen") == seen:
            return HttpResponse(status=204)
        return render(request, "components/progress.html", {"progress": progress})


def tell(request: HttpRequest, run: Run) -> None:
    """Say how a run ended."""
    if run.state == RunState.FAILED:
        messages.error(request, _("The run failed: %(error)s") % {"error": run.error})
        return
    text = _("The KPIs are up to date: %(rows_in)s rows in, %(rows_out)s rows out.")
    counts = {name: format_number(getattr(run, name)) for name in ("rows_in", "rows_out")}
    messages.success(request, text % counts)


# --- Targets -------------------------------------------------------------------------------------


class TargetPage:
    """Shared by the forms of a target: its own form, and back to the KPI's page."""

    def form(self, *args: Any, **kwargs: Any) -> KpiTargetForm:
        return KpiTargetForm(*args, user=self.request.user, **kwargs)


class TargetCreateView(TargetPage, CreateView):
    """A new target, for the KPI and member the address names."""

    def post(self, request: HttpRequest) -> HttpResponse:
        return back_to_kpi(request, super().post(request))


class TargetUpdateView(TargetPage, UpdateView):
    """Change a target."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return back_to_kpi(request, super().post(request, pk))


def back_to_kpi(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """After a target was saved: the page it was set from."""
    kpi = find(request.POST.get("kpi", ""))
    if response.status_code != 302 or kpi is None:
        return response
    return redirect(f"{reverse('kpi-page', args=[kpi.key])}?part=targets#detail")


class KpiTargetViews(CrudViews):
    """Targets of all KPIs; each KPI's page lists its own."""

    model = KpiTarget
    icon = "target"
    group, order = OVERVIEW, 30
    columns = ["kpi", "dimension", "member", "month", "target", "amber", "red", "owner"]
    fields = ["kpi", "month", "dimension", "member", "target", "amber", "red", "owner"]
    ordering = "kpi"
    create_view = TargetCreateView
    update_view = TargetUpdateView
    empty_text = gettext_lazy(
        "A target says what a KPI should be from a month on, and who is told when it turns."
    )

    @classmethod
    def actions(cls, record: KpiTarget, request: HttpRequest) -> list[dict[str, Any]]:
        url = reverse("kpi-page", args=[record.kpi])
        return [{"label": _("To the KPI"), "icon": "gauge", "url": url, "primary": False}]
