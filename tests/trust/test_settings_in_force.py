"""The settings checklist: what production runs with, read from a process that has its settings."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.operation.test_deploy_checks import PRODUCTION

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[2]
HOUR = 3600
EXPECTED = {
    "DEBUG": False,
    "ALLOWED_HOSTS": ["brm.example.org"],
    "CSRF_TRUSTED_ORIGINS": ["https://brm.example.org"],
    "USE_X_FORWARDED_HOST": False,
    "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
    "SECURE_SSL_REDIRECT": True,
    "SECURE_REDIRECT_EXEMPT": ["^api/"],
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_REFERRER_POLICY": "same-origin",
    "SECURE_CONTENT_TYPE_NOSNIFF": True,
    "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
    "X_FRAME_OPTIONS": "DENY",
    "SESSION_COOKIE_NAME": "__Host-brm",
    "CSRF_COOKIE_NAME": "__Host-csrf",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_DOMAIN": None,
    "SESSION_COOKIE_PATH": "/",
    "SESSION_COOKIE_AGE": 12 * HOUR,
    "SESSION_IDLE_SECONDS": HOUR,
    "SESSION_ENGINE": "brm.people.sessions",
    "DATA_UPLOAD_MAX_MEMORY_SIZE": 2_621_440,
    "DATA_UPLOAD_MAX_NUMBER_FIELDS": 1000,
    "DATA_UPLOAD_MAX_NUMBER_FILES": 20,
    "FILE_UPLOAD_PERMISSIONS": 0o640,
    "MEDIA_URL": "/",
    "USE_TZ": True,
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "SOCIALACCOUNT_STORE_TOKENS": False,
    "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
    "CELERY_TASK_ACKS_LATE": True,
    "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
    "CELERY_TASK_IGNORE_RESULT": True,
    "CELERY_TASK_SOFT_TIME_LIMIT": 240,
    "CELERY_TASK_TIME_LIMIT": 300,
    "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
    "CELERY_WORKER_MAX_TASKS_PER_CHILD": 200,
    "CELERY_WORKER_MAX_MEMORY_PER_CHILD": 300_000,
    "CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT": 30,
    "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
}
SHOW = """
import json, django
from django.conf import settings
django.setup()
names = {names}
shown = {{name: getattr(settings, name, None) for name in names}}
shown["rest"] = settings.REST_FRAMEWORK
shown["broker"] = settings.CELERY_BROKER_TRANSPORT_OPTIONS
shown["database"] = settings.DATABASES["default"]
shown["validators"] = [one["NAME"].rpartition(".")[2] for one in settings.AUTH_PASSWORD_VALIDATORS]
shown["results"] = getattr(settings, "CELERY_RESULT_BACKEND", None)
shown["admin"] = "django.contrib.admin" in settings.INSTALLED_APPS
shown["cors"] = [name for name in settings.INSTALLED_APPS if "cors" in name]
shown["csp"] = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
shown["hasher"] = settings.PASSWORD_HASHERS[0]
print(json.dumps(shown, default=str))
"""


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    """The settings of the documented production, as its web process has them."""
    var = tmp_path_factory.mktemp("var")
    env = {"PATH": os.environ["PATH"], "BRM_VAR_DIR": str(var), "BRM_PROCESS": "web"}
    env |= {**PRODUCTION, "DJANGO_SETTINGS_MODULE": "brm.settings"}
    done = subprocess.run(
        [sys.executable, "-c", SHOW.format(names=list(EXPECTED))],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_setting_of_production(production, name):
    assert production[name] == EXPECTED[name]


def test_passwords(production):
    assert production["validators"] == [
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "OwnWordsValidator",
    ]
    assert "MD5" not in production["hasher"]


def test_the_database_never_keeps_a_page_waiting(production):
    database = production["database"]
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (60, True)
    options = database["OPTIONS"]
    assert options["connect_timeout"] == 3
    assert [options[f"keepalives_{name}"] for name in ("idle", "interval", "count")] == [30, 10, 3]
    for limit in ("statement_timeout=5000", "lock_timeout=3000", "session_timeout=30000"):
        assert limit in options["options"]


def test_the_broker_carries_nudges_and_no_results(production):
    assert production["results"] is None
    assert production["broker"] == {
        "visibility_timeout": 3600,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }


def test_the_api_is_closed_and_speaks_json(production):
    rest = production["rest"]
    assert rest["DEFAULT_PERMISSION_CLASSES"] == ["rest_framework.permissions.IsAuthenticated"]
    assert rest["DEFAULT_RENDERER_CLASSES"] == ["rest_framework.renderers.JSONRenderer"]
    assert (rest["NUM_PROXIES"], production["cors"], production["admin"]) == (1, [], False)


def test_the_server_cuts_what_is_slow_or_long():
    import brm.gunicorn as server

    assert (server.timeout, server.graceful_timeout) == (30, 30)
    assert (server.max_requests, server.max_requests_jitter) == (2000, 200)
    assert (server.limit_request_line, server.limit_request_field_size) == (4094, 8190)
    assert server.forwarded_allow_ips == ""


def test_htmx_runs_nothing_that_a_reply_brings():
    head = (ROOT / "templates" / "frame" / "head.html").read_text()
    for wanted in ('"allowEval":false', '"selfRequestsOnly":true', '"allowScriptTags":false',
                   '"includeIndicatorStyles":false', '"historyCacheSize":0'):  # fmt: skip
        assert wanted in head.replace(" ", ""), wanted


def test_the_pins_that_matter():
    lock = (ROOT / "requirements.txt").read_text()
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", lock, re.MULTILINE))
    for name, (lowest, below) in NEEDED.items():
        number = tuple(int(part) for part in pinned[name].split("."))
        assert lowest <= number < below, name
    assert "--hash=sha256:" in lock


NEEDED = {
    "django": ((5, 2, 19), (5, 3)),
    "celery": ((5, 6, 3), (5, 7)),
    "kombu": ((5, 6, 2), (5, 7)),
    "djangorestframework": ((3, 17), (4,)),
}
