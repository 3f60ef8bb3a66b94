"""Sending: constant id, order, back-off, giving up, redelivery, no redirect, no long wait."""

import json
import socket
import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from brm.core.models import Job
from brm.webhooks import dispatch, sending
from brm.webhooks.models import Delivery, Secret
from tests.factories import CustomerFactory
from tests.webhooks.conftest import deliver

pytestmark = pytest.mark.django_db


def later(**delta):
    """Let what waits for its next attempt be due."""
    now = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(next_at__isnull=False).update(next_at=now)


def sent_names(receiver):
    return [json.loads(body)["data"]["record"]["name"] for _headers, body in receiver.received]


def test_a_failure_is_repeated_with_the_same_id_and_body(subscribe, receiver):
    subscribe("customer.created")
    receiver.answer = lambda number: 500 if number < 3 else 200
    customer = CustomerFactory(name="first")
    for _attempt in range(3):
        deliver()
        later()
    customer.refresh_from_db()
    assert len(receiver.received) == 3
    assert len({headers["webhook-id"] for headers, _body in receiver.received}) == 1
    assert len({body for _headers, body in receiver.received}) == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("sent", 3)
    assert [entry["status"] for entry in delivery.log] == [500, 500, 200]


def test_it_waits_longer_each_time_and_gives_up_after_a_day(subscribe, receiver, time_machine):
    time_machine.move_to("2026-01-01T00:00:00Z", tick=False)
    subscribe("customer.created")
    receiver.answer = lambda number: 503
    CustomerFactory()
    began, waits = timezone.now(), []
    while (delivery := Delivery.objects.get()).state == "pending":
        time_machine.move_to(delivery.next_at, tick=False)
        before = delivery.next_at
        deliver()
        after = Delivery.objects.get().next_at
        waits.append(after - before if after else None)
    assert waits == [*dispatch.WAITS, None]
    assert waits[:-1] == sorted(waits[:-1])
    assert timedelta(hours=20) < before - began < timedelta(hours=28)
    assert (delivery.state, delivery.attempts) == ("dead", len(dispatch.WAITS) + 1)


def test_events_of_a_record_keep_their_order_and_do_not_hold_up_others(subscribe, receiver):
    subscribe("customer.*")
    receiver.answer = lambda number: 500 if number == 1 else 200
    first = CustomerFactory(name="a1")
    first.name = "a2"
    first.save()
    CustomerFactory(name="b")
    deliver()
    later()
    deliver()
    events = [
        (json.loads(body)["type"], json.loads(body)["data"]["record"]["reference"])
        for _headers, body in receiver.received
    ]
    own = [event for event, reference in events if reference == first.reference]
    assert own == ["customer.created", "customer.created", "customer.updated"]
    assert events[1][1] != first.reference


def test_a_given_up_event_is_delivered_again_on_demand(subscribe, receiver):
    webhook = subscribe("customer.created")
    CustomerFactory()
    Delivery.objects.update(state="dead", next_at=None, attempts=9)
    deliver()
    assert receiver.received == []
    delivery = Delivery.objects.get()
    dispatch.redeliver(delivery, now=timezone.now())
    deliver()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 1)
    [(headers, _body)] = receiver.received
    assert headers["webhook-id"] == delivery.event_id
    assert webhook.deliveries.count() == 1


def test_a_new_secret_signs_from_then_on(subscribe, receiver):
    webhook = subscribe("customer.created")
    before = Secret.objects.get(webhook=webhook).value
    from brm.webhooks.views import renewed_secret

    assert renewed_secret(webhook) != before
    assert Secret.objects.get(webhook=webhook).value != before


def test_a_paused_webhook_sends_nothing_and_goes_on_afterwards(subscribe, receiver):
    webhook = subscribe("customer.created")
    CustomerFactory()
    webhook.is_active = False
    webhook.save()
    deliver()
    assert receiver.received == []
    webhook.is_active = True
    webhook.save()
    deliver()
    assert len(receiver.received) == 1


def test_redirects_are_not_followed(subscribe, receiver):
    subscribe("customer.created")
    receiver.answer = lambda number: 307
    receiver.headers = {"Location": receiver.url}
    CustomerFactory()
    deliver()
    assert len(receiver.received) == 1
    assert Delivery.objects.get().log[0]["status"] == 307
    assert Delivery.objects.get().state == "pending"


@pytest.fixture
def silent(settings, receiver):
    """A server that takes the connection, then does as `behave(socket)` says."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def serve(behave):
            def run():
                try:
                    client, _address = server.accept()
                except OSError:
                    return
                with client:
                    client.recv(65536)
                    behave(client, stop)

            threading.Thread(target=run, daemon=True).start()
            return f"http://127.0.0.1:{server.getsockname()[1]}/"

        yield serve
        stop.set()


def test_a_silent_server_is_left_in_time(silent, monkeypatch):
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.3)
    url = silent(lambda client, stop: stop.wait(20))
    began = time.monotonic()
    outcome = sending.post(url, {}, b"{}")
    assert outcome.status is None
    assert "no answer" in outcome.error
    assert time.monotonic() - began < 5


def test_a_dripping_server_is_left_in_time(silent, monkeypatch):
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.5)

    def drip(client, stop):
        client.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not stop.wait(0.05):
            try:
                client.sendall(b"x")
            except OSError:
                return

    began = time.monotonic()
    outcome = sending.post(silent(drip), {}, b"{}")
    assert outcome.status is None
    assert time.monotonic() - began < 5


def test_an_endless_answer_is_cut_off(silent):
    def flood(client, stop):
        try:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for _chunk in range(2000):
                client.sendall(b"x" * 65536)
        except OSError:
            return

    outcome = sending.post(silent(flood), {}, b"{}")
    assert (outcome.status, len(outcome.answer)) == (200, sending.SHOWN_BYTES)


def test_what_is_no_http_is_a_failure(silent):
    outcome = sending.post(silent(lambda client, stop: client.sendall(b"\x00\xff\r\n")), {}, b"{}")
    assert outcome.status is None
    assert outcome.error


@pytest.mark.django_db(transaction=True)
def test_sending_is_queued_after_commit_and_found_again_when_that_was_lost(subscribe, receiver):
    subscribe("customer.created")
    CustomerFactory()
    assert Job.objects.filter(kind="webhook").count() == 1
    Job.objects.all().delete()
    deliver()
    assert len(receiver.received) == 1
