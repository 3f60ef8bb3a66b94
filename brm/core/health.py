"""Whether the process answers (/healthz) and whether the product is fit for work (/readyz).

Both are answered before anything else of a request is looked at: probes know no host name, no HTTPS
and no session. An app above reports on a component of its own by `register_check`.
"""

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

from brm.core.models import Heartbeat

Check = Callable[[], bool]

# A full or replicated PostgreSQL turns itself read-only.
TAKES_WRITES = {
    "postgresql": "SELECT current_setting('transaction_read_only') = 'off'",
    "sqlite": "SELECT 1",
}
LEAST_FREE = 200_000_000  # bytes for the product's files
BROKER_SECONDS = 0.5  # how long a probe waits for the broker
_checks: dict[str, Check] = {}
_all_applied: list[bool] = []


def register_check(name: str, is_well: Check) -> None:
    """Add a component to /readyz: `is_well` tells, without raising, whether it does its work.

    Raises ImproperlyConfigured when another function holds the name.
    """
    if _checks.get(name, is_well) is not is_well:
        raise ImproperlyConfigured(f"Two health checks are called {name!r}.")
    _checks[name] = is_well


def healthz(request: HttpRequest) -> HttpResponse:
    """`ok` as long as the process answers; touches neither database nor broker."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """503 without the database or with unapplied migrations, else 200 naming what is degraded."""
    try:
        takes_writes = ask_database()
        missing = unapplied_migrations()
    except DatabaseError:
        return JsonResponse({"unavailable": "database"}, status=503)
    if not takes_writes:
        return JsonResponse({"unavailable": "database is read-only"}, status=503)
    if missing:
        return JsonResponse({"unavailable": "migrations"}, status=503)
    return JsonResponse({"degraded": [name for name, up in check_results().items() if not up]})


def check_results() -> dict[str, bool]:
    """Which of the registered components do their work."""
    return {name: is_well() for name, is_well in _checks.items()}


def ask_database() -> bool:
    """Whether the database takes writes; raises DatabaseError unless it accepts a new connection.

    A connection that is open already would hang with a frozen server; a new one gives up after its
    connect_timeout.
    """
    fresh = connection.copy()
    try:
        with fresh.cursor() as cursor:
            cursor.execute(TAKES_WRITES[fresh.vendor])
            return bool(cursor.fetchone()[0]) and _is_writable(fresh)
    finally:
        fresh.close()


def _is_writable(fresh: BaseDatabaseWrapper) -> bool:
    """Whether the file of an embedded database may be written."""
    name = str(fresh.settings_dict["NAME"])
    return fresh.vendor != "sqlite" or not Path(name).exists() or os.access(name, os.W_OK)


def unapplied_migrations() -> bool:
    """Whether the code expects a migration that the database does not have.

    Once all were applied the answer is kept: the code of a process does not change.
    """
    if not _all_applied:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return True
        _all_applied.append(True)
    return False


def broker_is_well() -> bool:
    """Whether Redis answers, or the queue's folder can be written."""
    if not settings.REDIS_URL:
        return os.access(Path(settings.QUEUE_DIR) / "messages", os.W_OK)
    try:
        with Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=BROKER_SECONDS,
            socket_connect_timeout=BROKER_SECONDS,
        ) as broker:
            return bool(broker.ping())
    except (RedisError, OSError):
        return False


def worker_is_well() -> bool:
    """Whether a worker ran the sweep within two minutes, or two sweeps where they are rare."""
    patience = timedelta(seconds=max(120, 2 * settings.SWEEP_SECONDS))
    return Heartbeat.objects.filter(name="worker", at__gte=timezone.now() - patience).exists()


def disk_is_well() -> bool:
    """Whether the product's files have room to grow."""
    return shutil.disk_usage(settings.VAR_DIR).free >= LEAST_FREE


register_check("broker", broker_is_well)
register_check("worker", worker_is_well)
register_check("disk", disk_is_well)


class HealthMiddleware:
    """Answers the two health paths ahead of host check, redirect to HTTPS, session and sign-in."""

    paths = {"/healthz": healthz, "/readyz": readyz}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = self.paths.get(request.path)
        if view is None or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        response = view(request)
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        return response
