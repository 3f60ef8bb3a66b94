"""F22, F26, T22: several processes at once: told to stop, waiting for a lock, counting callers."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection, connections

from brm.throttles.models import RequestCount
from tests.trust import serving
from tests.web_server import ROOT, Browser, database_url, web_server

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]
SETTINGS = "tests.trust.serving"


def test_callers_are_counted_exactly_by_four_processes_whatever_they_forge():
    """T22: 200 requests of one address at once, each with a forged header: the limit pass."""

    def ask(number: int) -> int:
        return Browser(port, **{"X-Forwarded-For": f"198.51.100.{number}"}).get("/api/v1/")[0]

    with (
        web_server(workers=4, DJANGO_SETTINGS_MODULE=SETTINGS) as port,
        ThreadPoolExecutor(40) as crowd,
    ):
        time.sleep(60 - time.time() % 60 if time.time() % 60 > 30 else 0)  # within one minute
        RequestCount.objects.all().delete()
        began = time.time() // 60
        answers = Counter(crowd.map(ask, range(200)))
        minutes = time.time() // 60 - began + 1
    print(f"T22: {dict(answers)}")  # noqa: T201
    limit = serving.API_RATES["address"]
    assert answers[401] == limit if minutes == 1 else limit <= answers[401] <= minutes * limit
    assert answers[401] + answers[429] == 200


@pytest.mark.once
def test_a_server_told_to_stop_ends_what_it_began():
    """F26: requests under way when SIGTERM comes are answered whole."""
    answers: list[tuple[int, str]] = []
    with web_server(workers=2, threads=4, DJANGO_SETTINGS_MODULE=SETTINGS) as port:
        waiting = [
            threading.Thread(target=lambda: answers.append(Browser(port).get("/patient/")))
            for _number in range(6)
        ]
        for thread in waiting:
            thread.start()
        time.sleep(1)  # they are under way, none is answered yet
        assert answers == []
        os.kill(master_of(port), signal.SIGTERM)
        for thread in waiting:
            thread.join()
    print(f"F26: {len(answers)} of {len(waiting)} answered whole")  # noqa: T201
    assert answers == [(200, "whole")] * len(waiting)


def master_of(port: int) -> int:
    """The process id of the gunicorn that was started for the port: a child of this process."""
    for entry in os.listdir("/proc"):
        with suppress(OSError, ValueError):
            with open(f"/proc/{int(entry)}/cmdline", "rb") as file:
                line = file.read().split(b"\0")
            with open(f"/proc/{int(entry)}/stat") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
            if f"127.0.0.1:{port}".encode() in line and parent == os.getpid():
                return int(entry)
    raise AssertionError("no such server")


ALTER = """
import sys, time
sys.argv = ["manage.py", "migrate"]
import django
django.setup()
from django.db import OperationalError, connection
began = time.monotonic()
try:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_heartbeat ADD COLUMN waiting integer")
    print("altered")
except OperationalError as error:
    print(f"{time.monotonic() - began:.2f}", error)
"""


@pytest.mark.once
def test_a_migration_behind_a_long_reader_gives_up_and_readers_go_on():
    """F22: as `migrate` connects, a change of a table waits two seconds, and readers no longer."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer and no waiting readers")
    env = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    waited: list[float] = []

    def read() -> None:
        began = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM core_heartbeat")
        waited.append(time.monotonic() - began)
        connections.close_all()

    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT count(*) FROM core_heartbeat")
        migration = subprocess.Popen(
            [sys.executable, "-c", ALTER], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
        )
        while not is_waiting(cursor):
            assert migration.poll() is None, migration.communicate()
        readers = [threading.Thread(target=read) for _number in range(10)]
        for reader in readers:
            reader.start()
        said = migration.communicate(timeout=60)[0]
        for reader in readers:
            reader.join()
        cursor.execute("COMMIT")
    seconds, _blank, why = said.partition(" ")
    print(f"F22: gave up after {seconds} s, readers waited {max(waited):.1f} s")  # noqa: T201
    assert "lock timeout" in why
    assert float(seconds) < 4
    assert max(waited) < 4


def is_waiting(cursor) -> bool:
    """Whether a statement waits for the table."""
    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return cursor.fetchone()[0] > 0
