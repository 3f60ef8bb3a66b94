"""A sender that is killed 25 times loses nothing and sends nothing that was not committed."""

import json
import os
import random
import signal
import threading
import time
from collections import defaultdict

import pytest
from django.db import connections, transaction

from brm.core import jobs
from brm.core.models import Job
from brm.webhooks.models import Delivery
from brm.webhooks.tasks import send
from customers.models import Customer

pytestmark = [pytest.mark.full, pytest.mark.timeout(900), pytest.mark.django_db(transaction=True)]
KILLS = 25


def sender() -> int:
    """A process that sends until it is killed; returns its id."""
    connections.close_all()
    child = os.fork()
    if child:
        return child
    try:
        while True:
            send()
            for key in Job.objects.filter(kind="webhook").exclude(state="done").values_list("pk"):
                jobs.run(key[0])
            time.sleep(0.01)
    finally:
        os._exit(1)


def write(stop: threading.Event, committed: list[str]) -> None:
    """Records made, changed and rolled back until it is told to stop."""
    dice = random.Random(7)
    number = 0
    while not stop.wait(0.02):
        number += 1
        with transaction.atomic():
            customer = Customer(name="1", reference=f"C{number}")
            customer.save()
            customer.name = "2"
            customer.save()
            gone = dice.random() < 0.2
            transaction.set_rollback(gone)
        if not gone:
            committed.append(customer.reference)
    connections.close_all()


def test_killed_senders_lose_nothing(subscribe, receiver):
    subscribe("customer.*")
    committed: list[str] = []
    stop = threading.Event()
    writer = threading.Thread(target=write, args=[stop, committed])
    dice = random.Random(3)
    children = []
    receiver.answer = lambda number: time.sleep(0.005) or 200
    writer.start()
    for _kill in range(KILLS):
        children.append(child := sender())
        time.sleep(0.2 + dice.random())
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    stop.set()
    writer.join()
    last = sender()
    until = time.monotonic() + 300
    while Delivery.objects.filter(state="pending").exists() and time.monotonic() < until:
        time.sleep(0.2)
    os.kill(last, signal.SIGKILL)
    os.waitpid(last, 0)

    ids = defaultdict(list)
    for headers, body in receiver.received:
        content = json.loads(body)
        ids[content["data"]["record"]["reference"]].append(
            (content["data"]["version"], headers["webhook-id"])
        )
    deliveries = Delivery.objects.count()
    twice = len(receiver.received) - deliveries
    print(f"{KILLS} kills, {deliveries} events, {twice} delivered twice")  # noqa: T201
    assert set(ids) == set(committed)
    assert deliveries == 2 * len(committed)
    for reference, got in ids.items():
        assert {version for version, _id in got} == {1, 2}, reference
        assert got == sorted(got, key=lambda entry: entry[0]), reference
        assert len(set(got)) == 2, reference
