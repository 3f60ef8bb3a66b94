"""The KPI pages in a real browser: no violation of accessibility, nothing refused by the CSP."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from kpis.models import KpiTarget, Run, RunState, Trigger
from tests.factories import ComplaintFactory, UserFactory

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


@pytest.fixture(autouse=True)
def static_files(settings, tmp_path):
    """The style sheets and scripts, where the live server looks for them."""
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)


def sign_in(page, user):
    """Gives the browser the session of a user."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    url = page.evaluate("location.origin") if page.url != "about:blank" else None
    cookie = {"name": name, "value": client.cookies[name].value}
    page.context.add_cookies([cookie | {"url": url}])


def look_at(page, address, width, theme):
    """Opens a page; returns what axe finds, how far it overflows, what the console reports."""
    page.set_viewport_size({"width": width, "height": 900})
    page.context.add_cookies([{"name": "theme", "value": theme, "url": page.url}])
    page.goto(address)
    page.wait_for_load_state("networkidle")
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    found = Axe().run(page).response["violations"]
    return [one["id"] for one in found], too_wide, list(page.reports)


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
