"""Settings come from the environment; a wrong or missing one stops the start with one sentence."""

import os
import secrets
import subprocess
import sys
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from brm.environment import Environment, Organisation, SettingError, kept_secret, read_environment

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
SECRET = "s" * 50
SHOW = "import json, brm.settings as s; print(json.dumps({value}, default=str))"


def start(tmp_path, value, **variables):
    """Import the settings in a fresh process with only these variables; returns what it did."""
    return subprocess.run(
        [sys.executable, "-c", SHOW.format(value=value)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "BRM_VAR_DIR": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_defaults_of_the_organisation():
    assert Environment({}).organisation() == Organisation(
        time_zone=ZoneInfo("UTC"),
        base_currency="EUR",
        fiscal_year_start=1,
        renewal_grace_days=90,
        acknowledge_hours=48,
        nightly_at=time(1, 30),
    )


def test_the_organisation_reads_its_variables():
    environment = Environment(
        {
            "BRM_TIME_ZONE": "Asia/Shanghai",
            "BRM_BASE_CURRENCY": "CNY",
            "BRM_FISCAL_YEAR_START": "4",
            "BRM_RENEWAL_GRACE_DAYS": "0",
            "BRM_ACKNOWLEDGE_HOURS": "24",
            "BRM_NIGHTLY_AT": "23:05",
        }
    )
    assert environment.organisation() == Organisation(
        ZoneInfo("Asia/Shanghai"), "CNY", 4, 0, 24, time(23, 5)
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRM_TIME_ZONE", "Europe/Nowhere"),
        ("BRM_TIME_ZONE", "../etc/passwd"),
        ("BRM_BASE_CURRENCY", "EURO"),
        ("BRM_BASE_CURRENCY", "eur"),
        ("BRM_FISCAL_YEAR_START", "13"),
        ("BRM_FISCAL_YEAR_START", "April"),
        ("BRM_RENEWAL_GRACE_DAYS", "-1"),
        ("BRM_ACKNOWLEDGE_HOURS", "0"),
        ("BRM_ACKNOWLEDGE_HOURS", "4²"),
        ("BRM_NIGHTLY_AT", "1.30"),
        ("BRM_NIGHTLY_AT", "24:00"),
    ],
)
def test_a_wrong_value_of_the_organisation_is_named(name, value):
    with pytest.raises(SettingError, match=name):
        Environment({name: value}).organisation()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRM_DEBUG", "yes"),
        ("BRM_HTTPS", "true"),
        ("BRM_ALLOWED_HOSTS", "*"),
        ("BRM_ALLOWED_HOSTS", "brm.example.org,,"),
        ("BRM_ALLOWED_HOSTS", "https://brm.example.org"),
        ("BRM_TRUSTED_PROXIES", "many"),
        ("BRM_SECRET_KEY", "short"),
        ("BRM_SECRET_KEY", "django-insecure-" + SECRET),
        ("BRM_SWEEP_SECONDS", "0"),
        ("DATABASE_URL", "mysql://db/brm"),
        ("DATABASE_URL", "postgres://db"),
        ("REDIS_URL", "localhost:6379"),
        ("EMAIL_URL", "carrier-pigeon://"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_sentence(tmp_path, name, value):
    variables = {"BRM_SECRET_KEY": SECRET, name: value}
    done = start(tmp_path, "1", **variables)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"{name} ")
    assert done.stderr.endswith(".\n")
    assert done.stderr.count("\n") == 1


def test_another_database_needs_a_secret_key(tmp_path):
    done = start(tmp_path, "1", DATABASE_URL="postgres://brm@db/brm")
    assert done.returncode == 1
    assert done.stderr == "BRM_SECRET_KEY is missing: with this database it has no default.\n"


def test_without_any_setting_the_embedded_default_holds(tmp_path):
    value = "[s.EMBEDDED, s.HTTPS, s.DEBUG, s.SESSION_COOKIE_NAME, s.DATABASES['default']['NAME']]"
    done = start(tmp_path, value)
    name = f'"{tmp_path}/brm.sqlite3"'
    assert done.stdout == f'[true, false, false, "brm", {name}]\n', done.stderr
    key = tmp_path / "secret_key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text()) >= 50


def test_production_is_closed_by_default(tmp_path):
    value = (
        "[s.HTTPS, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.SESSION_COOKIE_SECURE, "
        "s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME]"
    )
    done = start(tmp_path, value, DATABASE_URL="postgres://brm@db/brm", BRM_SECRET_KEY=SECRET)
    assert done.stdout == '[true, true, 31536000, true, "__Host-brm", "__Host-csrf"]\n'


@pytest.mark.parametrize(("process", "milliseconds"), [("web", 5_000), ("", 900_000)])
def test_web_requests_have_less_time_than_workers(tmp_path, process, milliseconds):
    done = start(
        tmp_path,
        "s.DATABASES['default']['OPTIONS']['options']",
        DATABASE_URL="postgres://brm@db/brm",
        BRM_SECRET_KEY=SECRET,
        BRM_PROCESS=process,
    )
    assert f"-c statement_timeout={milliseconds} " in done.stdout


def test_the_web_entry_says_that_it_is_the_web(tmp_path):
    code = (
        "import brm.wsgi; from django.conf import settings; "
        "print(settings.DATABASES['default']['OPTIONS']['options'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "BRM_VAR_DIR": str(tmp_path),
            "DATABASE_URL": "postgres://brm@db/brm",
            "BRM_SECRET_KEY": SECRET,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert "-c statement_timeout=5000 " in done.stdout


@pytest.mark.parametrize(
    ("process", "limit"), [("web", "lock_timeout=3000"), ("migrate", "lock_timeout=2000")]
)
def test_nobody_waits_long_for_a_lock(process, limit):
    settings = Environment({"DATABASE_URL": "postgres://db/brm"}).database(ROOT, process=process)
    assert limit in settings["OPTIONS"]["options"]


def test_django_finds_nothing_to_say_against_production(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "BRM_VAR_DIR": str(tmp_path),
            "DATABASE_URL": "postgres://brm@db/brm",
            "REDIS_URL": "redis://redis:6379/0",
            "BRM_SECRET_KEY": secrets.token_urlsafe(64),
            "BRM_ALLOWED_HOSTS": "brm.example.org",
            "BRM_TRUSTED_PROXIES": "1",
            "EMAIL_URL": "smtp+tls://brm:secret@mail.example.org:587",
            "BRM_FROM_EMAIL": "brm@example.org",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_file_env_completes_the_environment(tmp_path, monkeypatch):
    file = tmp_path / ".env"
    file.write_text("BRM_BASE_CURRENCY=CHF\nBRM_ACKNOWLEDGE_HOURS=24\n")
    monkeypatch.setenv("BRM_ACKNOWLEDGE_HOURS", "72")
    monkeypatch.setenv("BRM_BASE_CURRENCY", "")  # so that it is put back afterwards
    monkeypatch.delenv("BRM_BASE_CURRENCY")
    organisation = read_environment(file).organisation()
    assert (organisation.base_currency, organisation.acknowledge_hours) == ("CHF", 72)


def test_the_secret_is_made_once(tmp_path):
    file = tmp_path / "var" / "secret_key"
    first = kept_secret(file)
    assert kept_secret(file) == first
    assert [path.name for path in file.parent.iterdir()] == ["secret_key"]


def test_django_lives_in_the_time_zone_of_the_organisation():
    assert settings.BRM.time_zone.key == settings.TIME_ZONE
    assert settings.USE_TZ


def test_no_page_may_load_or_run_anything_foreign():
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert policy["default-src"] == ["'none'"]
    sources = {source for values in policy.values() for source in values}
    assert sources == {"'none'", "'self'", "data:"}
    assert policy["img-src"] == ["'self'", "data:"]


def test_tasks_survive_a_lost_worker():
    assert settings.CELERY_TASK_ACKS_LATE
    assert settings.CELERY_TASK_REJECT_ON_WORKER_LOST
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    assert not hasattr(settings, "CELERY_RESULT_BACKEND")
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT
