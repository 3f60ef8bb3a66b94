"""A broker that is down, or takes connections and never answers, delays and refuses no write."""

from __future__ import annotations

import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from tests.product import Product, Visitor
from tests.servers import free_port

pytestmark = [
    pytest.mark.full,
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

POSTS = 20
P95_SECONDS = 1.0  # ten times what a POST takes


@contextmanager
def black_hole() -> Iterator[int]:
    """A port that accepts every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as server:
        taken: list[socket.socket] = []

        def swallow() -> None:
            with suppress(OSError):
                while True:
                    taken.append(server.accept()[0])

        threading.Thread(target=swallow, daemon=True).start()
        yield server.getsockname()[1]
        for connection in taken:
            connection.close()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port nobody listens on."""
    yield free_port()


@pytest.fixture(params=[black_hole, closed_port], ids=["hung", "down"])
def visitor(request, tmp_path):
    """Someone signed in to a product whose broker and cache are not there."""
    with request.param() as port:
        product = Product(tmp_path, REDIS_URL=f"redis://127.0.0.1:{port}/0", BRM_SWEEP_SECONDS="5")
        try:
            product.start()
            yield Visitor(product)
        finally:
            product.kill_everything()


def timed(write) -> float:
    began = time.monotonic()
    write()
    return time.monotonic() - began


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95) - 1]


def count(visitor_home, table: str) -> int:
    with closing(sqlite3.connect(visitor_home / "var" / "brm.sqlite3")) as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_every_write_succeeds_at_once(visitor, tmp_path):
    complaint = {"subject": "Slow", "received_at": "2025-03-01T08:00:00Z"}

    def by_api() -> None:
        assert visitor.post("/api/v1/complaints/", **complaint)[0] == 201

    def by_form() -> None:
        form = {"subject": "Slow", "severity": "low", "received_at": "2025-03-01T08:00"}
        status, body = visitor.post_form("/complaints/new/", **form)
        assert status == 200
        assert b"was created" in body

    def with_a_job() -> None:
        assert visitor.post("/api/v1/kpi-runs/", kpis=["complaints"])[0] == 202

    visitor.get("/complaints/new/")  # templates are compiled
    for write in (by_api, by_form, with_a_job):
        seconds = [timed(write) for _number in range(POSTS)]
        assert p95(seconds) < P95_SECONDS, (write.__name__, sorted(seconds)[-3:])
    assert count(tmp_path, "feedback_complaint") == 2 * POSTS
    assert count(tmp_path, "kpis_run") == POSTS
    assert count(tmp_path, "core_job") == POSTS
