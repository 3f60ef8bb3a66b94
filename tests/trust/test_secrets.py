"""T28: secrets that pass through the product are in no log, error page, job or audit entry."""

import io
import json
import logging
import re
import subprocess
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from brm.audit.models import AuditEntry
from brm.core import jobs
from brm.core.models import Job, User
from brm.notifications.models import Notification
from brm.operation.logs import JsonFormatter, LinkFilter, RequestIdFilter
from brm.tokens.actions import issue
from brm.urls import urlpatterns as pages
from tests.accounts.conftest import PASSWORD, sign_in

ROOT = Path(__file__).resolve().parents[2]
WRONG = "planted-wrong-password-6151"
NEW = "planted-new-password-7272"
QUERY = "planted-in-a-query-8383"
BODY = "planted-in-a-body-9494"
# The way to another language leads back to the very address that one is at.
ECHOED = {("query", "error pages"), ("link", "error pages")}


def fails(request: HttpRequest) -> HttpResponse:
    """Breaks with secrets all around: in variables, in the request, in what is thrown."""
    secret = request.headers.get("Authorization", "") + request.POST.get("password", "")
    raise RuntimeError(f"{len(secret)} characters")


urlpatterns = [*pages, path("fails/", fails)]


@pytest.fixture
def log():
    """Everything that is logged at any level, as text and as JSON."""
    stream = io.StringIO()
    handlers = [logging.StreamHandler(stream), logging.StreamHandler(stream)]
    handlers[1].setFormatter(JsonFormatter())
    root, level = logging.getLogger(), logging.getLogger().level
    quiet = ["django.db.backends", "asyncio"]
    for handler in handlers:
        handler.addFilter(RequestIdFilter())
        handler.addFilter(LinkFilter())
        handler.addFilter(lambda record: record.name not in quiet)
        root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in ("brm.requests", "django.request", "django.security", "celery"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    for handler in handlers:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def ada(db, monkeypatch):
    monkeypatch.setattr(jobs, "nudge", lambda job_id: None)
    return User.objects.create_user("ada", "ada@example.org", PASSWORD)


def work() -> None:
    for job in Job.objects.filter(state=Job.State.QUEUED):
        jobs.run(job.pk)


def use_secrets(ada: User, mailoutbox) -> tuple[dict[str, str], str]:
    """Pass secrets of every kind through the product; their names, and all that was answered."""
    client, said = Client(raise_request_exception=False), []
    said += [sign_in(client, "ada", WRONG), sign_in(client, "ada", PASSWORD)]
    session = client.cookies["brm"].value
    change = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    said.append(client.post("/accounts/password/change/", change))
    _token, secret = issue(ada, name="desk", scopes=["*"], days=1, now=timezone.now())
    bearer = {"Authorization": f"Bearer {secret}"}
    said.append(Client().get("/api/v1/customers/", headers=bearer))
    said.append(Client().get("/api/v1/customers/", headers={"Authorization": f"Bearer x{secret}"}))
    said.append(client.get("/customers/", {"search": QUERY, "password": QUERY}))
    said.append(client.post("/api/v1/customers/", {"password": BODY}, "application/json"))
    said.append(client.post("/fails/", {"password": BODY}, headers=bearer))
    said.append(client.get("/nowhere/", {"token": QUERY}))
    Client().post("/accounts/password/reset/", {"email": ada.email})
    work()
    link = re.search(r"/link/(\S+?)/", mailoutbox[-1].body)[1]
    said.append(Client().post(f"/link/{link}x/", {"new_password1": NEW, "new_password2": NEW}))
    answers = "".join(reply.content.decode() for reply in said if reply.status_code != 200)
    planted = {
        "wrong password": WRONG,
        "password": PASSWORD,
        "new password": NEW,
        "session": client.cookies["brm"].value,
        "former session": session,
        "token": secret,
        "query": QUERY,
        "body": BODY,
    }
    return planted | {"link": link}, answers


@pytest.mark.django_db
def test_no_secret_is_written_down(ada, log, mailoutbox, settings):
    settings.ROOT_URLCONF = __name__
    planted, answers = use_secrets(ada, mailoutbox)
    places = {
        "log": log.getvalue(),
        "error pages": answers,
        "jobs": json.dumps(list(Job.objects.values("key", "payload", "result", "error"))),
        "audit": json.dumps(list(AuditEntry.objects.values()), default=str),
        "notifications": json.dumps(list(Notification.objects.values()), default=str),
    }
    found = [
        (name, place)
        for place, text in places.items()
        for name, secret in planted.items()
        if secret in text and (name, place) not in ECHOED
    ]
    assert "RuntimeError" in places["log"]  # the fault itself is told
    assert "Traceback" not in places["error pages"]
    assert found == []


@pytest.mark.django_db
def test_a_log_knows_no_link(ada, log, mailoutbox):
    """The path of a request is logged; a mailed link in it is cut, because it is a key."""
    Client().post("/accounts/password/reset/", {"email": ada.email})
    work()
    token = re.search(r"/link/(\S+?)/", mailoutbox[-1].body)[1]
    assert Client().get(f"/link/{token}/").status_code == 200
    assert Client().get(f"/link/{token}x/").status_code == 404
    assert token not in log.getvalue()


# --- The repository ------------------------------------------------------------------------------

SHAPES = {
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "cloud key": r"\b(?:AKIA|ASIA|LTAI)[0-9A-Z]{16}\b",
    "forge token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20})\b",
    "chat token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "signed token": r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.",
    "model key": r"\bsk-[A-Za-z0-9_-]{32,}",
    "own token": r"\bbrm_[A-Za-z0-9_-]{40,}",
    "django key": r"django-insecure-[^\s\"'+]{20,}",
    "address with a password": r"\b[a-z][a-z+]{2,15}://[^\s/:@\"'<>{}$]+"
    r":(?!secret@|password@)[^\s/@\"'<>{}$]{6,}@",
}


@pytest.mark.once
def test_the_repository_holds_no_secret():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout")
    names = [name for name in listed.stdout.split("\0") if name]
    assert len(names) > 300
    found = []
    for name in names:
        file = ROOT / name
        if file.is_file() and file.suffix not in (".png", ".woff2", ".xlsx", ".gz"):
            text = file.read_text(errors="replace")
            found += [(name, kind) for kind, shape in SHAPES.items() if re.search(shape, text)]
    print(f"T28: {len(names)} files, {len(found)} secrets")  # noqa: T201
    assert [one for one in found if one[0] != "tests/trust/test_secrets.py"] == []
    assert not any(Path(name).name in (".env", "secret_key") for name in names)
