"""Every example of docs/api.md runs against a live server and does what it says."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from brm.conversations.models import Attachment, Comment, Follow
from brm.core.models import ImportRun
from brm.tokens.actions import issue
from brm.webhooks import signing
from customers.models import Customer
from feedback.models import Complaint
from kpis.models import Run
from tests.factories import UserFactory

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]
TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
BODY = '{"type":"customer.created","data":{"record":{"name":"Größe 客户"}}}'.encode()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def environment(
    live_server: Any, monkeypatch: Any, settings: Any, tmp_path: Path
) -> dict[str, str]:
    """The address of a live server and the token of an integration."""
    monkeypatch.setattr("brm.core.jobs.nudge", lambda job_id: None)
    settings.MEDIA_ROOT = tmp_path / "uploads"
    owner = UserFactory(roles=["integration"])
    _token, secret = issue(owner, name="docs", scopes=["*"], days=1, now=timezone.now())
    return {"BRM_URL": live_server.url, "BRM_TOKEN": secret}


def signed() -> tuple[str, dict[str, str]]:
    secret = signing.new_secret()
    return secret, signing.headers(secret, "evt_1", int(time.time()), BODY)


def test_there_is_a_python_and_a_shell_example_for_each_flow():
    flows = re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert len(flows) >= 13
    assert [name for name, text in flows if "```python" not in text or "```sh" not in text] == []


def test_the_python_examples(environment, monkeypatch, capsys):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    names: dict[str, Any] = {}
    for block in blocks("python"):
        exec(compile(block, "docs/api.md", "exec"), names)
    assert Customer.objects.get(reference="CRM-17").version == 1
    assert names["names"] == ["Kestrel Rail", "Nordwind"]
    assert len(names["key_customers"]) == 1
    assert Customer.objects.get(name="Kestrel Rail").region == "North"
    assert names["stale"] == 412
    assert [outcome["status"] for outcome in names["answer"]["results"]] == [201, 201, 201, 400]
    assert Complaint.objects.get().status == "acknowledged"
    assert [one["text"] for one in names["said"]] == ["Called back twice, **solved**."]
    assert names["attachment"]["name"] == Attachment.objects.get().name == "call.txt"
    assert Follow.objects.get(is_active=True).parent_resource == "complaints"
    assert len(names["series"]["results"]) == 3
    assert (Run.objects.count(), ImportRun.objects.get().entity) == (1, "customers")
    secret, headers = signed()
    assert names["verify"](secret, headers, BODY)
    assert not names["verify"](secret, headers, BODY + b" ")
    assert not names["verify"](signing.new_secret(), headers, BODY)
    old = signing.headers(secret, "evt_1", int(time.time()) - 600, BODY)
    assert not names["verify"](secret, old, BODY)


def test_the_shell_examples(environment, tmp_path):
    if not all(shutil.which(program) for program in ("bash", "curl", "openssl")):
        pytest.skip("bash, curl or openssl is not installed")
    secret, headers = signed()
    (tmp_path / "body.json").write_bytes(BODY)
    variables = environment | {
        "SECRET": secret,
        "ID": headers["webhook-id"],
        "STAMP": headers["webhook-timestamp"],
        "SIGNATURE": headers["webhook-signature"],
    }
    end = "verify && echo verified; echo x >> body.json; verify || echo forged"
    script = "\n".join(["set -euo pipefail", *blocks("sh"), end])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert done.stdout.endswith("verified\nforged\n")
    names = set(Customer.objects.values_list("name", flat=True))
    assert names == {"Harbor Freight", "Nordwind", "East", "West"}
    assert Customer.objects.get(reference="CRM-17").region == "North"
    assert Complaint.objects.get().status == "acknowledged"
    assert Run.objects.get().trigger == "manual"
    assert ImportRun.objects.get().entity == "customers"
    assert (Comment.objects.get().text, Attachment.objects.get().size) == ("On it.", 13)
