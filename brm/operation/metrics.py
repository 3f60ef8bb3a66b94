"""`/metrics` for Prometheus: what the web server did, and how the work behind it stands.

Behind the right to see `operation`, or for a scraper behind the secret BRM_METRICS_TOKEN.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from brm.core.explaining import require
from brm.core.health import check_results
from brm.core.models import Heartbeat, Job
from brm.core.models.job import JobState
from brm.people.models import Session

from . import request_counts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[str, dict[str, str], float]


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics in Prometheus' text format; 401 without right and secret."""
    if not is_scraper(request):
        if not request.user.is_authenticated:
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        require(request.user, "V", "operation")
    text = "".join(written(*family) for family in families())
    return HttpResponse(text, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def is_scraper(request: HttpRequest) -> bool:
    """Whether the request brings the secret of the environment."""
    secret = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    return bool(secret) and constant_time_compare(given, f"Bearer {secret}")


def families() -> Iterator[tuple[str, str, str, list[Sample]]]:
    """Name, type, help and samples of each metric."""
    classes = request_counts.by_class().items()
    yield (
        "brm_requests_total",
        "counter",
        "Requests answered, by class of status.",
        [("brm_requests_total", {"status": name}, number) for name, number in classes],
    )
    buckets, seconds = request_counts.by_duration()
    name = "brm_request_seconds"
    durations: list[Sample] = [(f"{name}_bucket", {"le": le}, count) for le, count in buckets]
    durations += [(f"{name}_sum", {}, seconds), (f"{name}_count", {}, buckets[-1][1])]
    yield name, "histogram", "Seconds until the answer.", durations
    yield from states()


def states() -> Iterator[tuple[str, str, str, list[Sample]]]:
    """Gauges read from the database, by a fixed number of statements."""
    now = timezone.now()
    found = Job.objects.values_list("state").annotate(Count("pk"), Min("created_at")).order_by()
    jobs = {state: (number, oldest) for state, number, oldest in found}
    waiting = jobs.get(JobState.QUEUED, (0, None))[1]
    beat = Heartbeat.objects.filter(name="worker").values_list("at", flat=True).first()
    yield (
        "brm_jobs",
        "gauge",
        "Jobs by state.",
        [("brm_jobs", {"state": s}, jobs.get(s, (0,))[0]) for s in JobState.values],
    )
    yield _one("brm_oldest_queued_job_seconds", "Age of the oldest job that waits.", now, waiting)
    yield _one("brm_worker_heartbeat_seconds", "Seconds since a worker was last heard.", now, beat)
    alive = Session.objects.alive(now).exclude(user=None).count()
    yield "brm_sessions", "gauge", "Sessions signed in.", [("brm_sessions", {}, alive)]
    components = check_results()
    yield (
        "brm_component_up",
        "gauge",
        "1 where a component of /readyz is well.",
        [("brm_component_up", {"component": c}, int(up)) for c, up in components.items()],
    )


def _one(name: str, text: str, now: Any, since: Any) -> tuple[str, str, str, list[Sample]]:
    """A gauge of the seconds since an instant; without sample where there was none."""
    samples: list[Sample] = [(name, {}, (now - since).total_seconds())] if since else []
    return name, "gauge", text, samples


def written(name: str, kind: str, text: str, samples: list[Sample]) -> str:
    """A metric in the text format."""
    lines = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    for sample, labels, value in samples:
        inside = ",".join(f'{key}="{label}"' for key, label in labels.items())
        lines.append(f"{sample}{{{inside}}} {value}" if inside else f"{sample} {value}")
    return "\n".join(lines) + "\n"
