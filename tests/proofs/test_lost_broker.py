"""Fifty periods to compute while Redis is emptied, killed and hung, and the worker dies with it."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from contextlib import closing, contextmanager

import psycopg2
import pytest
from django.conf import settings

from tests.product import Product, Visitor, wait_for
from tests.servers import SECRET_OF_TESTS, free_port, start_redis

pytestmark = [
    pytest.mark.full,
    pytest.mark.once,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

PERIODS = 50
QUEUE = """
from datetime import UTC, datetime
from django.db import transaction
from brm.core.writing import write_many
from feedback.models import Complaint
from kpis import actions
months = [(2021 + n // 12, n % 12 + 1) for n in range({periods})]
write_many([
    Complaint(subject="Slow", received_at=datetime(year, month, 10, 9, tzinfo=UTC))
    for year, month in months for _ in range(20)
])
with transaction.atomic():
    for year, month in months:
        one = year * 100 + month
        actions.start_run(by=None, full=True, from_month=one, to_month=one)
"""
JUDGE = """
from brm.core.models import Job
from kpis import engine
from kpis.models import Contribution
rows = Contribution.objects.filter(closed_run=None, kpi=engine.definitions.find("complaints").code)
full = engine.run(full=True)
unfinished = Job.objects.filter(kind="kpi-run").exclude(state="done").count()
print(full.differences, rows.count(), rows.values("source_id").distinct().count(), unfinished)
"""


class Redis:
    """A server that can be emptied, killed, started anew, and hung."""

    def __init__(self) -> None:
        self.port = free_port()
        self.server = start_redis(self.port)

    def empty(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), 5) as client:
            client.sendall(b"FLUSHALL\r\n")
            assert client.recv(5) == b"+OK\r\n"

    def die(self) -> None:
        self.server.kill()
        self.server.wait()

    def come_back(self) -> None:
        self.server = start_redis(self.port)

    @contextmanager
    def hung(self):
        self.server.send_signal(signal.SIGSTOP)
        yield
        self.server.send_signal(signal.SIGCONT)


@pytest.fixture
def redis():
    one = Redis()
    yield one
    one.die()


@pytest.fixture
def database() -> dict[str, str]:
    """The settings of a PostgreSQL database of its own; none for SQLite."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return {}
    name = f"lost_broker_{os.getpid()}"
    known = settings.DATABASES["default"]
    place = {"host": known["HOST"], "port": known["PORT"] or None}
    login = {"user": known["USER"], "password": known["PASSWORD"] or None}
    with closing(psycopg2.connect(dbname="postgres", **place, **login)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
    secret = {"BRM_SECRET_KEY": SECRET_OF_TESTS, "BRM_HTTPS": "0"}
    return {"DATABASE_URL": f"{url.rpartition('/')[0]}/{name}", **secret}


@pytest.fixture
def product(redis, database, tmp_path):
    url = f"redis://127.0.0.1:{redis.port}/0"
    one = Product(tmp_path, REDIS_URL=url, BRM_SWEEP_SECONDS="2", **database)
    try:
        one.start()
        yield one
    finally:
        one.kill_everything()


def states(visitor: Visitor) -> list[str]:
    """The states of the periods' runs, as the API tells them."""
    status, body = visitor.get("/api/v1/kpi-runs/?page_size=200")
    assert status == 200, body
    runs = json.loads(body)["results"]
    return [run["state"] for run in runs if run["trigger"] == "manual"]


def test_every_period_is_done_in_the_end(product, redis):
    visitor = Visitor(product)
    product.manage("shell", "-c", QUEUE.format(periods=PERIODS))

    def wait_until_done(count: int) -> int:
        return wait_for(lambda: states(visitor).count("done") >= count, 300)

    redis.empty()
    wait_until_done(8)
    redis.empty()
    wait_until_done(16)
    redis.die()
    os.kill(product.process_of("worker"), signal.SIGKILL)
    time.sleep(3)  # the time the broker is away
    redis.come_back()
    wait_until_done(26)
    with redis.hung():
        os.kill(product.process_of("worker"), signal.SIGKILL)
        time.sleep(3)  # the time it hangs
    wait_until_done(36)
    redis.empty()
    redis.die()
    redis.come_back()
    wait_until_done(PERIODS)
    assert states(visitor) == ["done"] * PERIODS
    told = product.manage("shell", "-c", JUDGE).split()[-4:]
    assert told == ["0", str(PERIODS * 20), str(PERIODS * 20), "0"]
