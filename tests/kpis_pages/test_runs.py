"""Runs: the list, the button, its progress."""

import pytest
from django.contrib.messages import get_messages

from brm.core import jobs
from brm.core.models import Job
from kpis import tasks
from kpis.models import Run, RunState, Trigger

from .reading import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_nudges(monkeypatch):
    """Nothing goes to the broker; the tests do the jobs themselves."""
    monkeypatch.setattr(jobs, "nudge", lambda job_id: None)


def test_without_runs_the_list_says_so(lead):
    assert "No run yet" in text_of(lead.get("/kpis/runs/"))


def test_the_list_tells_what_a_run_did(lead, company):
    words = text_of(lead.get("/kpis/runs/"))
    assert "first run" in words
    assert "Done" in words
    (row,) = lead.get("/kpis/runs/").context["table"]["rows"]
    assert lead.get(row["url"]).context["standing"]["past"]


def test_a_failed_run_shows_its_error(lead):
    Run.objects.create(state=RunState.FAILED, trigger=Trigger.MANUAL, error="No space left")
    assert "No space left" in text_of(lead.get("/kpis/runs/"))


def test_a_run_tells_its_restriction_and_the_nights_it_made_up_for(lead):
    Run.objects.create(
        state=RunState.FAILED,
        trigger=Trigger.CATCH_UP,
        kpis=["complaints"],
        from_month=202501,
        missed_nights=["2025-03-04", "2025-03-05"],
    )
    words = text_of(lead.get("/kpis/runs/"))
    assert "Complaints, 2025-01–…" in words
    assert "caught up: 4 Mar 2025, 5 Mar 2025" in words


def test_runs_are_paged(lead):
    Run.objects.bulk_create(
        Run(state=RunState.FAILED, trigger=Trigger.TEST, error="x") for _ in range(35)
    )
    response = lead.get("/kpis/runs/")
    assert len(response.context["table"]["rows"]) == 30
    assert len(lead.get(response.context["page"]["next_url"]).context["table"]["rows"]) == 5
    assert lead.get("/kpis/runs/?cursor=nonsense&at=x").status_code == 200


def test_the_button_starts_a_run_whose_progress_survives_leaving_the_page(lead, company):
    address = "/kpis/complaints/?period=2025-03"
    response = lead.post("/kpis/runs/new/", {"next": address}, follow=True)
    assert response.redirect_chain == [(address, 302)]
    run = Run.objects.get(state=RunState.QUEUED)
    assert (run.trigger, run.requested_by) == (Trigger.MANUAL, lead.user)
    for page in ("/", "/kpis/", "/kpis/runs/", address):
        progress = lead.get(page).context["recompute"]["progress"]
        assert progress["poll_url"] == f"/kpis/runs/{run.pk}/progress/?seen="
        assert "Recompute now" not in text_of(lead.get(page))
    assert lead.get(progress["poll_url"]).status_code == 204

    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING)
    part = lead.get(progress["poll_url"])
    assert (part.status_code, part.context["progress"]["percent"]) == (200, 0)
    assert lead.get(part.context["progress"]["poll_url"]).status_code == 204
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED)

    assert tasks.do_run  # registered as the handler of such jobs
    jobs.run(Job.objects.get().pk)
    done = lead.get(progress["poll_url"])
    assert (done.status_code, done.headers["HX-Refresh"]) == (204, "true")
    told = [str(message) for message in get_messages(done.wsgi_request)]
    assert told[0].startswith("The KPIs are up to date")
    assert lead.get("/kpis/").context["recompute"]["progress"] is None


def test_a_second_press_starts_no_second_run(lead):
    for _ in range(2):
        lead.post("/kpis/runs/new/", {"full": "1"})
    assert Run.objects.get().requested_full


def test_a_failed_run_is_told(lead):
    run = Run.objects.create(state=RunState.FAILED, trigger=Trigger.MANUAL, error="No space left")
    done = lead.get(f"/kpis/runs/{run.pk}/progress/")
    assert "No space left" in str(next(iter(get_messages(done.wsgi_request))))


def test_the_button_leads_nowhere_else(lead):
    response = lead.post("/kpis/runs/new/", {"next": "//evil.example/"})
    assert response.headers["Location"] == "/kpis/"


@pytest.mark.parametrize(
    ("role", "status"), [("administrator", 302), ("brm", 403), ("auditor", 403)]
)
def test_only_some_may_recompute(as_role, role, status):
    client = as_role(role)
    assert client.post("/kpis/runs/new/").status_code == status
    assert ("Compute now" in text_of(client.get("/kpis/"))) == (
        status == 302 and not Run.objects.exists()
    )


def test_starting_needs_a_post(lead):
    assert lead.get("/kpis/runs/new/").status_code == 405


def test_an_unknown_run_is_not_found(lead):
    assert lead.get("/kpis/runs/4711/progress/").status_code == 404
