"""Redis dies, comes back, hangs: pages answer, and the worker goes on by itself."""

import os
import signal
import sqlite3
import sys
import time

import pytest

from tests.product import Product, wait_for
from tests.servers import free_port, start_redis

pytestmark = [
    pytest.mark.full,
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

DEATHS = 5
PAGE_SECONDS = 1.5


@pytest.fixture
def redis():
    """A Redis that a test may kill; `redis.server` is the process that runs now."""

    class Redis:
        port = free_port()

        def start(self):
            self.server = start_redis(self.port)

        def die(self):
            self.server.kill()
            self.server.wait()

    one = Redis()
    one.start()
    yield one
    one.die()


@pytest.fixture
def product(redis, tmp_path):
    """The product with Redis as broker and cache."""
    url = f"redis://127.0.0.1:{redis.port}/0"
    product = Product(tmp_path, REDIS_URL=url, BRM_SWEEP_SECONDS="1")
    try:
        product.start()
        yield product
    finally:
        product.kill_everything()


def last_beat(product):
    """When the worker last ran the sweep, as the database writes it."""
    with sqlite3.connect(product.home / "var" / "brm.sqlite3") as database:
        return database.execute("SELECT max(at) FROM core_heartbeat").fetchone()[0]


def seconds_of_a_page(product):
    began = time.monotonic()
    assert product.ask("/accounts/login/")[0] == 200
    return time.monotonic() - began


def test_the_worker_goes_on_after_each_death_of_redis(product, redis):
    wait_for(lambda: last_beat(product), 30)
    seconds_of_a_page(product)  # templates are compiled
    for _ in range(DEATHS):
        redis.die()
        assert seconds_of_a_page(product) < PAGE_SECONDS
        assert product.ask("/readyz")[1] == '{"degraded": ["broker"]}'
        before = last_beat(product)
        redis.start()
        wait_for(lambda before=before: last_beat(product) > before, 40)
        assert product.ask("/readyz")[1] == '{"degraded": []}'


def test_a_hung_redis_delays_no_page(product, redis):
    wait_for(lambda: last_beat(product), 30)
    seconds_of_a_page(product)
    os.kill(redis.server.pid, signal.SIGSTOP)
    try:
        assert seconds_of_a_page(product) < PAGE_SECONDS
        assert product.ask("/readyz")[1] == '{"degraded": ["broker"]}'
    finally:
        os.kill(redis.server.pid, signal.SIGCONT)
    before = last_beat(product)
    wait_for(lambda: last_beat(product) > before, 60)
