"""The KPI pages in a real browser: no violation of accessibility, nothing refused by the CSP."""

import pytest

from kpis.models import KpiTarget, Run, RunState, Trigger
from tests.factories import ComplaintFactory, UserFactory
from tests.looking import look_at, sign_in

from .conftest import FIRST_NIGHT

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
PAGES = [
    "/",
    "/kpis/?period=2025-03",
    "/kpis/complaints/?period=2025-03",
    "/kpis/complaints/?period=2025-03&part=targets",
    "/kpis/complaints/?period=2025-03&part=comparison",
    "/kpis/service_satisfaction/?period=2025-Q1&part=method&as_of=2026-01-01T00:00Z",
    "/kpis/runs/",
    "/kpi-targets/new/?kpi=complaints",
]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft 有限公司"


@pytest.mark.full
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
@pytest.mark.parametrize("has_data", [True, False])
def test_every_page_is_accessible(request, page, has_data, width, theme):
    user = UserFactory(roles=("lead", "brm"), name=LONG)
    if has_data:
        company = request.getfixturevalue("company")
        ComplaintFactory(customer=company.customers[0], subject=LONG, received_at=FIRST_NIGHT)
        KpiTarget(kpi="complaints", month="2025-01", target=4, owner=user).save()
        Run.objects.create(state=RunState.FAILED, trigger=Trigger.MANUAL, error=LONG * 3)
    page.goto("/accounts/login/")
    sign_in(page, user)
    for address in PAGES:
        assert look_at(page, address, width, theme) == ([], 0, []), address


def test_the_button_shows_progress_and_the_result(page, company, monkeypatch):
    from brm.core import jobs
    from brm.core.models import Job
    from kpis import tasks

    assert tasks.do_run  # registered as the handler of such jobs
    monkeypatch.setattr(jobs, "nudge", lambda job_id: None)
    page.goto("/accounts/login/")
    sign_in(page, UserFactory(roles=("lead",)))
    page.goto("/kpis/")
    page.get_by_role("button", name="Recompute now").click()
    assert page.get_by_role("progressbar").count() == 1
    page.goto("/kpis/complaints/")
    assert page.get_by_role("progressbar").count() == 1
    jobs.run(Job.objects.get().pk)
    page.locator(".toast").wait_for(timeout=8000)
    assert "The KPIs are up to date" in page.locator(".toast").inner_text()
    assert page.get_by_role("progressbar").count() == 0
