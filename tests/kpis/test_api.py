"""The API of the KPIs, as the contract says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from brm.core.models import Job
from kpis import engine
from kpis.models import KpiTarget, Run
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
KEYS = {
    *("period", "member", "member_id", "member_name", "value", "numerator", "denominator", "n"),
    *("state", "provisional", "published_value", "published_at", "restated", "interval"),
    *("target", "status", "computed_at"),
}


@pytest.fixture
def lead(client):
    client.force_login(factories.UserFactory(roles=["lead"]))
    return client


def run(now=NOW, **options):
    return engine.run(trigger="test", judged_at=now, instant=now, **options)


def get(client, path, status=200, **parameters):
    answer = client.get(f"/api/v1/{path}", parameters)
    assert answer.status_code == status, answer.content
    return answer.json()


def test_definitions(lead):
    listed = get(lead, "kpis/")["results"]
    assert len(listed) == 18
    assert listed[0]["key"] == "new_customers"
    assert get(lead, "kpis/complaints/")["dimensions"][0] == "customer"
    get(lead, "kpis/nothing/series/", 404)


def test_before_the_first_run_nothing_applies(lead):
    answer = get(lead, "kpis/complaints/series/", **{"from": "2025-01", "to": "2025-03"})
    assert (answer["run"], answer["as_of"]) == (None, None)
    assert [one["state"] for one in answer["results"]] == ["not_applicable"] * 3


def test_series_rows_and_changes(lead):
    service = factories.ServiceFactory(reference="S1", name="Mail")
    one = factories.ComplaintFactory(service=service, reference="K1")
    first = run()
    window = {"from": "2025-03", "to": "2025-03"}
    answer = get(lead, "kpis/complaints/series/", **window)
    assert answer["scope"] == {"visible": 1, "total": 1}
    assert answer["run"] == first.pk
    [figure] = answer["results"]
    assert set(figure) == KEYS
    assert (figure["period"], figure["value"], figure["n"]) == ("2025-03", 1, 1)
    assert (figure["state"], figure["denominator"], figure["provisional"]) == ("value", None, False)
    assert (figure["published_value"], figure["restated"]) == (1, False)

    factories.ComplaintFactory(reference="K2")
    second = run(NOW + timedelta(days=1))
    [figure] = get(lead, "kpis/complaints/series/", **window)["results"]
    assert (figure["value"], figure["published_value"], figure["restated"]) == (2, 1, True)
    before = get(lead, "kpis/complaints/series/", **window, as_of=answer["as_of"])
    assert before == answer

    split = get(lead, "kpis/complaints/series/", **window, dimension="service")
    assert [(r["member"], r["member_name"], r["value"]) for r in split["results"]] == [
        ("S1", "Mail", 1),
        ("unattributed", "unattributed", 1),
    ]
    rows = get(lead, "kpis/complaints/rows/", period="2025-03", page_size="1")
    assert [row["reference"] for row in rows["results"]] == ["K1"]
    assert rows["results"][0]["service"] == "S1"
    assert rows["results"][0]["url"] == one.get_absolute_url()
    following = lead.get(rows["next"]).json()
    assert [row["reference"] for row in following["results"]] == ["K2"]
    assert following["next"] is None

    changed = get(
        lead,
        "kpis/complaints/changes/",
        period="2025-03",
        since=first.instant.isoformat(),
        until=second.instant.isoformat(),
    )
    assert (changed["before"]["value"], changed["after"]["value"]) == (1, 2)
    assert [row["reference"] for row in changed["in"]] == ["K2"]
    assert changed["out"] == []


def test_what_the_viewer_may_not_see_is_summed_up(client):
    viewer = factories.UserFactory(roles=["brm"])
    own = factories.CustomerFactory(manager=viewer)
    factories.ComplaintFactory(customer=own, reference="K1")
    factories.ComplaintFactory(reference="K2")
    run()
    client.force_login(viewer)
    rows = get(client, "kpis/complaints/rows/", period="2025-03")
    assert rows["scope"] == {"visible": 1, "total": 2}
    assert [row.get("reference") for row in rows["results"]] == ["K1", None]
    assert rows["results"][1] == {
        "hidden": True,
        "count": 1,
        "numerator": 1,
        "denominator": None,
    }
    series = get(client, "kpis/complaints/series/", **{"from": "2025-03", "to": "2025-03"})
    assert series["scope"] == {"visible": 1, "total": 2}
    assert series["results"][0]["value"] == 2


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("series/", {"colour": "red"}),
        ("series/", {"from": "2025"}),
        ("series/", {"from": "2025-05", "to": "2025-01"}),
        ("series/", {"from": "1000-01", "to": "2025-01"}),
        ("series/", {"grain": "week"}),
        ("series/", {"dimension": "reason"}),
        ("series/", {"member": "S1"}),
        ("series/", {"as_of": "2025-03-01T00:00:00"}),
        ("series/", {"as_of": "yesterday"}),
        ("rows/", {}),
        ("rows/", {"period": "2025-13"}),
        ("rows/", {"period": "2025-03", "page_size": "1000"}),
        ("changes/", {"period": "2025-03"}),
    ],
)
def test_wrong_parameters_are_refused(lead, path, parameters):
    assert get(lead, f"kpis/complaints/{path}", 400, **parameters)["errors"]


def test_targets_colour_the_figures_and_the_past_keeps_its_own(lead):
    run()
    answer = get(lead, "kpis/complaints/series/", **{"from": "2025-03", "to": "2025-03"})
    assert (answer["results"][0]["target"], answer["results"][0]["status"]) == (None, "grey")
    body = {"kpi": "complaints", "month": "2025-01", "target": "0", "amber": "0", "red": "2"}
    made = lead.post("/api/v1/kpi-targets/", body, content_type="application/json")
    assert made.status_code == 201, made.content
    factories.ComplaintFactory()
    run(NOW + timedelta(days=1))
    [figure] = get(lead, "kpis/complaints/series/", **{"from": "2025-03", "to": "2025-03"})[
        "results"
    ]
    assert (figure["target"], figure["status"]) == (0, "amber")
    past = get(
        lead,
        "kpis/complaints/series/",
        **{"from": "2025-03", "to": "2025-03"},
        as_of=answer["as_of"],
    )
    assert past == answer
    wrong = {**body, "month": "2025-02", "red": "-1"}
    refused = lead.post("/api/v1/kpi-targets/", wrong, content_type="application/json")
    assert refused.status_code == 400
    assert KpiTarget.objects.get().versions.count() == 1


def test_runs_are_started_by_leads_and_seen_by_all(lead, client):
    answer = lead.post("/api/v1/kpi-runs/", {"full": True}, content_type="application/json")
    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert (body["state"], body["progress"], body["trigger"]) == ("queued", 0, "manual")
    assert Job.objects.filter(kind="kpi-run", key=str(body["id"])).count() == 1
    assert lead.get(answer["Location"]).json() == body
    engine.work(Run.objects.get(pk=body["id"]))
    assert lead.get(answer["Location"]).json()["state"] == "done"
    assert len(get(lead, "kpi-runs/")["results"]) == 1
    for wrong in ({"kpis": ["nothing"]}, {"from": "2025"}, {"colour": 1}):
        refused = lead.post("/api/v1/kpi-runs/", wrong, content_type="application/json")
        assert refused.status_code == 400, refused.content
    client.force_login(factories.UserFactory(roles=["finance"]))
    refused = client.post("/api/v1/kpi-runs/", {}, content_type="application/json")
    assert refused.status_code == 403
