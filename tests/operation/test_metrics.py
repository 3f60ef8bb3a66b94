"""/metrics: behind a right or a secret, true over all processes, in Prometheus' format."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from brm.core.models import Heartbeat, Job
from brm.operation import request_counts
from tests.factories import UserFactory
from tests.web_server import Browser, web_server

SECRET = "scrape-me-" * 4
LINE = re.compile(r'([a-z_]+)(?:\{([a-z]+="[^"]*")\})? (\S+)')


def read(text):
    """The samples of an exposition by name or name{label}; every line must be of the format."""
    samples = {}
    for line in text.splitlines():
        if line.startswith(("# HELP ", "# TYPE ")):
            continue
        name, label, value = LINE.fullmatch(line).groups()
        samples[f"{name}{{{label}}}" if label else name] = float(value)
    return samples


def scrape(client, **headers):
    response = client.get("/metrics", **headers)
    assert response.status_code == 200
    return read(response.content.decode())


@pytest.fixture
def scraper(settings):
    settings.METRICS_TOKEN = SECRET
    return {"HTTP_AUTHORIZATION": f"Bearer {SECRET}"}


@pytest.mark.django_db
def test_strangers_see_nothing(client, settings):
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 401
    settings.METRICS_TOKEN = SECRET
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer wrong").status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "status"), [("administrator", 200), ("lead", 403), ("auditor", 403)]
)
def test_the_right_is_an_administrators(role, status):
    client = Client()
    client.force_login(UserFactory(roles=[role]))
    assert client.get("/metrics").status_code == status


@pytest.mark.django_db
def test_requests_are_counted(client, scraper):
    UserFactory()  # without any user the sign-in page leads to the set-up
    before = scrape(client, **scraper)
    client.get("/accounts/login/")
    client.get("/nothing/here/")
    after = scrape(client, **scraper)
    assert (
        after['brm_requests_total{status="2xx"}'] - before['brm_requests_total{status="2xx"}'] == 2
    )  # the page and the first scrape
    assert after["brm_request_seconds_count"] - before["brm_request_seconds_count"] == 3
    assert after['brm_request_seconds_bucket{le="+Inf"}'] == after["brm_request_seconds_count"]
    buckets = [v for k, v in after.items() if k.startswith("brm_request_seconds_bucket")]
    assert buckets == sorted(buckets)
    assert after["brm_request_seconds_sum"] > before["brm_request_seconds_sum"]


@pytest.mark.django_db
def test_the_state_of_the_work(client, scraper, django_assert_num_queries):
    old = Job.objects.create(kind="a", key="1")
    Job.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(minutes=10))
    Job.objects.create(kind="a", key="2")
    Job.objects.create(kind="a", key="3", state=Job.State.FAILED)
    Heartbeat.objects.update_or_create(
        name="worker", defaults={"at": timezone.now() - timedelta(seconds=30)}
    )
    found = scrape(client, **scraper)
    assert found['brm_jobs{state="queued"}'] == 2
    assert found['brm_jobs{state="failed"}'] == 1
    assert 600 <= found["brm_oldest_queued_job_seconds"] < 660
    assert 30 <= found["brm_worker_heartbeat_seconds"] < 90
    assert found['brm_component_up{component="worker"}'] == 1
    assert found["brm_sessions"] == 0


def test_rows_of_dead_workers_are_used_again_and_nothing_is_lost():
    before = request_counts.by_class()["5xx"]
    rows = [request_counts.give_row(age) for age in (901, 902)]
    assert len(set(rows)) == 2
    request_counts.free_row(901)
    assert request_counts.give_row(903) == rows[0]
    try:
        for row in rows:
            request_counts.take_row(row)
            request_counts.count(503, 0.2)
    finally:
        request_counts.take_row(0)
        request_counts.free_row(902)
        request_counts.free_row(903)
    assert request_counts.by_class()["5xx"] - before == 2


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_all_processes_count_together():
    UserFactory()
    with web_server(workers=3, BRM_METRICS_TOKEN=SECRET) as port:
        for _ in range(60):
            assert Browser(port).get("/accounts/login/")[0] == 200
        status, text = Browser(port, Authorization=f"Bearer {SECRET}").get("/metrics")
    assert status == 200
    assert read(text)['brm_requests_total{status="2xx"}'] == 60
