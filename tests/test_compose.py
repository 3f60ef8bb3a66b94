"""docker-compose.yml, read by the real Compose; no engine is needed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
SECRETS = {
    "BRM_SECRET_KEY": "k" * 60,
    "POSTGRES_PASSWORD": "p",
    "BRM_ALLOWED_HOSTS": "brm.example.org",
}
OURS = {"migrate", "web", "worker", "beat"}


def compose(tmp_path, *arguments, **variables):
    """Run `docker-compose config` on a copy, with these variables and no .env."""
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    program = Path(sys.executable).with_name("docker-compose")
    return subprocess.run(
        [program, "config", *arguments],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def services(tmp_path):
    """The services as Compose understands them."""
    done = compose(tmp_path, "--format", "json", **SECRETS)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["services"]


def test_compose_accepts_the_file(tmp_path):
    done = compose(tmp_path, "-q", **SECRETS)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("missing", SECRETS)
def test_it_refuses_to_start_without_a_secret(tmp_path, missing):
    done = compose(tmp_path, "-q", **{k: v for k, v in SECRETS.items() if k != missing})
    assert done.returncode != 0
    assert f"set {missing}" in done.stderr


def test_all_parts_are_there(services):
    assert set(services) == OURS | {"db", "redis"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_run_without_rights(services, name):
    service = services[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_everything_that_stays_up_has_a_health_check(services):
    unchecked = {name for name, service in services.items() if "healthcheck" not in service}
    assert unchecked == {"migrate"}


def test_only_web_is_published_and_only_to_this_machine(services):
    published = {
        (name, port["host_ip"]) for name, s in services.items() for port in s.get("ports", [])
    }
    assert published == {("web", "127.0.0.1")}


def test_web_worker_and_beat_wait_for_the_migrations(services):
    for name in OURS - {"migrate"}:
        condition = services[name]["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"


def test_ours_get_the_same_settings(services):
    settings = [
        {k: v for k, v in services[name]["environment"].items() if k != "REMAP_SIGTERM"}
        for name in sorted(OURS)
    ]
    assert all(one == settings[0] for one in settings)
    assert settings[0]["BRM_SECRET_KEY"] == SECRETS["BRM_SECRET_KEY"]
    assert settings[0]["BRM_HTTPS"] == "1"
