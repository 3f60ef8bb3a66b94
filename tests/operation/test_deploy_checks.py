"""`check --deploy`: nothing to say about the documented production, and what is wrong otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks

from brm.core.models import User

ROOT = Path(__file__).resolve().parents[2]
# As docs/production.md describes it, with values.
PRODUCTION = {
    "DATABASE_URL": "postgres://brm:secret@db.internal:5432/brm",
    "REDIS_URL": "redis://redis:6379/0",
    "BRM_SECRET_KEY": "kS9-abcdef" * 6,
    "BRM_ALLOWED_HOSTS": "brm.example.org",
    "BRM_TRUSTED_PROXIES": "1",
    "EMAIL_URL": "smtp+tls://brm:secret@mail.example.org:587",
    "BRM_FROM_EMAIL": "brm@example.org",
}


def check(tmp_path, **changes):
    """Run `check --deploy` with the settings of production, changed; returns code and output."""
    env = {"PATH": os.environ["PATH"], "BRM_VAR_DIR": str(tmp_path), **PRODUCTION, **changes}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.once
def test_the_documented_production_is_clean(tmp_path):
    code, said = check(tmp_path)
    assert (code, "no issues" in said) == (0, True), said


@pytest.mark.once
def test_a_production_that_is_wrong_in_many_ways(tmp_path):
    code, said = check(
        tmp_path,
        BRM_HTTPS="0",
        BRM_DEBUG="1",
        BRM_TRUSTED_PROXIES="0",
        EMAIL_URL="consolemail://",
        REDIS_URL="redis://redis.example.org:6379/0",
    )
    assert code == 1
    for number in ("E004", "E013", "W004", "W005"):
        assert f"operation.{number}" in said


WRONG = {
    "E001": {"ALLOWED_HOSTS": ["*"]},
    "W001": {"ALLOWED_HOSTS": ["localhost", "127.0.0.1"]},
    "E002": {"CSRF_TRUSTED_ORIGINS": ["https://*.example.org"]},
    "E003": {"USE_X_FORWARDED_HOST": True},
    "E004": {"ALLOWED_HOSTS": ["brm.example.org"], "HTTPS": False},
    "E005": {"HTTPS": True, "TRUSTED_PROXIES": 0},
    "W002": {"HTTPS": False, "TRUSTED_PROXIES": 1},
    "W003": {"ALLOWED_HOSTS": ["brm.example.org"], "EMBEDDED": True},
    "E006": {
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    },
    "W004": {"REDIS_URL": "redis://9.9.9.9:6379/0"},
    "W005": {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"},
    "W006": {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "DEFAULT_FROM_EMAIL": "brm@localhost",
    },
    "E008": {"AUTH_PASSWORD_VALIDATORS": []},
    "E009": {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"},
    "E010": {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]},
    "E012": {"DATA_UPLOAD_MAX_MEMORY_SIZE": None},
    "E013": {"DEBUG": True},
}


def identifiers():
    return {message.id for message in run_checks(include_deployment_checks=True)}


@pytest.mark.django_db
@pytest.mark.parametrize("number", WRONG)
def test_each_wrong_setting_is_named(settings, number):
    for name, value in WRONG[number].items():
        setattr(settings, name, value)
    assert f"operation.{number}" in identifiers()


@pytest.mark.django_db
def test_uploads_among_served_files_are_named(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.MEDIA_ROOT = tmp_path / "uploads"
    assert "operation.E007" in identifiers()


@pytest.mark.django_db
def test_demo_users_under_a_public_name_are_named(settings):
    settings.ALLOWED_HOSTS = ["brm.example.org"]
    assert "operation.E011" not in identifiers()
    User.objects.create_user("brm", is_demo=True)
    assert "operation.E011" in identifiers()


@pytest.mark.parametrize(
    "url",
    ["redis://localhost:6379", "redis://redis:6379", "redis://10.0.0.3:6379", "redis://:p@r.io:1"],
)
@pytest.mark.django_db
def test_a_redis_that_strangers_do_not_reach_needs_no_password(settings, url):
    settings.REDIS_URL = url
    assert "operation.W004" not in identifiers()
