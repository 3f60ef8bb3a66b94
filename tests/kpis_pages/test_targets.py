"""Targets on a KPI's page and their form; the KPIs on the pages of customers and services."""

import pytest

from kpis.models import Contribution, KpiTarget, Run, RunState, Trigger
from tests.factories import CustomerFactory, ServiceFactory, UserFactory

from .reading import text_of

pytestmark = pytest.mark.django_db
PAGE = "/kpis/complaints/?part=targets"


def sent(**changes):
    """A form as the browser sends it."""
    known = {"kpi": "complaints", "month": "2025-03", "target": "4", "amber": "5", "red": "9"}
    return known | {"dimension": "", "member": "", "owner": ""} | changes


def test_without_a_target_the_page_offers_one(lead, company):
    assert "No target yet" in text_of(lead.get(PAGE))
    url = lead.get(PAGE).context["targets"]["new_url"]
    form = lead.get(url).context["form"]
    assert form["kpi"].value() == "complaints"
    assert form["month"].value() == "2025-05"


def test_a_target_is_set_from_the_page_and_judges_it(lead, company):
    owner = UserFactory(name="Ola")
    response = lead.post("/kpi-targets/new/", sent(owner=owner.pk))
    assert response.headers["Location"] == f"{PAGE}#detail"
    page = lead.get(f"{PAGE}&period=2025-03")
    (row,) = page.context["targets"]["rows"]
    assert (row["month"], row["target"], row["red"], row["owner"]) == ("Mar 2025", "4", "9", "Ola")
    assert row["in_force"]
    assert page.context["figure"]["status"]["label"] == "Near target"
    assert page.context["figure"]["facts"][0]["value"] == "≤ 4"


def test_a_target_is_changed(lead, company):
    target = KpiTarget(kpi="complaints", month="2025-03", target=4)
    target.save()
    (row,) = lead.get(PAGE).context["targets"]["rows"]
    response = lead.post(row["url"], sent(target="7", amber="", red="", version=target.version))
    assert response.status_code == 302
    assert KpiTarget.objects.get().target == 7


def test_the_past_shows_the_targets_of_then_and_edits_nothing(lead, company):
    KpiTarget(kpi="complaints", month="2025-03", target=4).save()
    targets = lead.get(f"{PAGE}&as_of=2025-04-20T00:00Z").context["targets"]
    assert targets["rows"] == []
    assert targets["new_url"] == ""


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"month": "March"}, "month"),
        ({"amber": "3"}, "amber"),
        ({"dimension": "service"}, "member"),
        ({"dimension": "service", "member": "NONE"}, "member"),
        ({"dimension": "objective", "member": "x"}, "dimension"),
        ({"kpi": "happiness"}, "kpi"),
    ],
)
def test_a_wrong_target_is_refused_at_its_field(lead, company, change, field):
    response = lead.post("/kpi-targets/new/", sent(**change))
    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_a_target_for_one_member(lead, company):
    response = lead.post("/kpi-targets/new/", sent(dimension="service", member="SVC-1"))
    assert response.status_code == 302
    (row,) = lead.get(PAGE).context["targets"]["rows"]
    assert row["scope"] == "Service: SVC-1"


def test_only_some_may_set_targets(as_role, company):
    client = as_role("brm")
    assert client.get(PAGE).context["targets"]["new_url"] == ""
    assert client.get("/kpi-targets/new/").status_code == 403
    assert client.post("/kpi-targets/new/", sent()).status_code == 403


def test_the_pages_of_customer_and_service_show_their_kpis(lead, company):
    for record in (company.customers[0], company.service):
        panels = lead.get(record.get_absolute_url()).context["panels"]
        panel = next(panel for panel in panels if panel["resource"] == "kpis")
        complaints = panel["table"]["rows"][0]
        assert complaints["cells"][0]["value"] == "Complaints"
        assert lead.get(complaints["url"]).status_code == 200
    assert complaints["cells"][1]["value"] == "6"


def test_without_figures_there_is_no_panel(lead, company):
    for record in (CustomerFactory(), ServiceFactory()):
        panels = lead.get(record.get_absolute_url()).context["panels"]
        assert "kpis" not in [panel["resource"] for panel in panels]


def test_while_a_run_is_at_work_the_panel_shows_the_last_finished_one(lead, company):
    def complaints():
        panels = lead.get(company.customers[0].get_absolute_url()).context["panels"]
        panel = next(panel for panel in panels if panel["resource"] == "kpis")
        return panel["table"]["rows"][0]["cells"][1]["value"]

    at_work = Run.objects.create(state=RunState.RUNNING, trigger=Trigger.TEST)
    Contribution.objects.filter(closed_run=None).update(closed_run=at_work.pk)
    assert complaints() == "2"
