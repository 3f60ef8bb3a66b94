"""Health paths: /healthz for the process, /readyz for the product."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.utils import timezone

from brm.core import health
from brm.core.models import Heartbeat

READY, ALIVE = "/readyz", "/healthz"


@pytest.fixture
def working(db, monkeypatch):
    """Every component is well."""
    monkeypatch.setattr(health, "_checks", dict(health._checks, night=lambda: True))
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})


def test_alive_without_database(client):
    response = client.get(ALIVE)  # no database fixture: a query would fail
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.parametrize("path", [ALIVE, READY])
def test_probes_need_no_host_no_https_and_no_session(client, working, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    response = client.get(path, HTTP_HOST="10.1.2.3")
    assert response.status_code == 200
    assert response.cookies == {}


def test_ready_when_all_is_well(client, working):
    response = client.get(READY)
    assert (response.status_code, response.json()) == (200, {"degraded": []})


@pytest.mark.usefixtures("working")
def test_a_silent_worker_degrades(client):
    Heartbeat.objects.update(at=timezone.now() - timedelta(hours=1))
    assert client.get(READY).json() == {"degraded": ["worker"]}


@pytest.mark.usefixtures("working")
def test_a_dead_broker_degrades_and_is_asked_briefly(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get(READY)
    assert (response.status_code, response.json()) == (200, {"degraded": ["broker"]})


@pytest.mark.usefixtures("working")
def test_a_component_from_above_degrades(client, monkeypatch):
    monkeypatch.setitem(health._checks, "night", lambda: False)
    assert client.get(READY).json() == {"degraded": ["night"]}


@pytest.mark.usefixtures("working")
def test_unavailable_without_database(client, monkeypatch):
    def refuse():
        raise OperationalError

    monkeypatch.setattr(health, "ask_database", refuse)
    response = client.get(READY)
    assert (response.status_code, response.json()) == (503, {"unavailable": "database"})


@pytest.mark.usefixtures("working")
def test_unavailable_with_unapplied_migrations(client, monkeypatch):
    monkeypatch.setattr(health, "unapplied_migrations", lambda: True)
    response = client.get(READY)
    assert (response.status_code, response.json()) == (503, {"unavailable": "migrations"})


def test_two_checks_may_not_share_a_name(monkeypatch):
    monkeypatch.setattr(health, "_checks", {})
    health.register_check("night", bool)
    health.register_check("night", bool)
    with pytest.raises(ImproperlyConfigured):
        health.register_check("night", int)
