"""The whole product as `manage.py up` runs it, for tests that start, kill and ask it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 120


def wait_for(condition: Callable[[], Any], seconds: float) -> Any:
    """The first true answer of the condition; fails after so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := condition():
            return answer
        time.sleep(0.1)
    return pytest.fail(f"not within {seconds} s")


class Product:
    """The product as `up` runs it, with files of its own in a folder whose name has a space."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = free_port()
        self.log = home / "log"
        self.env = {
            "PATH": os.environ["PATH"],
            "BRM_VAR_DIR": str(home / "var"),
            "BRM_STATIC_ROOT": str(home / "static"),
            **settings,
        }

    def command(self, port: int) -> list[str]:
        return [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)]

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                self.command(self.port), cwd=ROOT, env=self.env, stdout=log, stderr=log
            )
        line = f"ready: http://localhost:{self.port} ("
        wait_for(lambda: line in self.log.read_text() or self.ended(), READY_SECONDS)
        assert line in self.log.read_text(), self.log.read_text()

    def ended(self) -> bool:
        return self.process.poll() is not None

    def again(self, port: int) -> str:
        """Start a second one; returns what it complains about."""
        done = subprocess.run(
            self.command(port), cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        return done.stderr

    def manage(self, *arguments: str) -> str:
        """Run a command of the product beside it; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as reply:
            return reply.status, reply.read().decode()

    def processes(self) -> dict[int, str]:
        """Every process that works with these files: id and command line."""
        mark = f"BRM_VAR_DIR={self.home / 'var'}".encode()
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (entry / "environ").read_bytes():
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found[int(entry.name)] = command
        return found

    def process_of(self, part: str) -> int:
        """The id of the first process of `web`, `worker` or `beat`, a child of the supervisor."""
        words = {"web": "gunicorn", "worker": " worker ", "beat": " beat "}
        return min(
            (pid for pid, line in self.processes().items() if words[part] in line), default=0
        )

    def kill_everything(self) -> None:
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


PASSWORD = "correct horse battery staple"
NEW_USER = """
from django.contrib.auth.models import Group
from brm.core.models import User
user = User.objects.create_user("{name}", "{name}@example.org", "{password}")
user.groups.add(Group.objects.get(name="administrator"))
"""


class Visitor:
    """Someone signed in to a running product, with a browser's cookies."""

    def __init__(self, product: Product, name: str = "ada") -> None:
        """Makes the user, an administrator, and signs in by the form."""
        self.site = f"http://127.0.0.1:{product.port}"
        product.manage("shell", "-c", NEW_USER.format(name=name, password=PASSWORD))
        self.cookies = CookieJar()
        handler = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(handler)
        self.get("/accounts/login/")
        status, _body = self.post_form("/accounts/login/", login=name, password=PASSWORD)
        assert status == 200
        assert self.cookie("brm")

    def cookie(self, name: str) -> str:
        return next((cookie.value for cookie in self.cookies if cookie.name == name), "") or ""

    def get(self, path: str) -> tuple[int, bytes]:
        return self.send("GET", path)

    def post_form(self, path: str, **fields: str) -> tuple[int, bytes]:
        """Send a form; redirects are followed."""
        fields["csrfmiddlewaretoken"] = self.cookie("csrf")
        body = urllib.parse.urlencode(fields).encode()
        return self.send("POST", path, body, "application/x-www-form-urlencoded")

    def post(self, path: str, **content: Any) -> tuple[int, bytes]:
        """Send JSON to the API."""
        return self.send("POST", path, json.dumps(content).encode(), "application/json")

    def send(
        self, method: str, path: str, body: bytes | None = None, kind: str = ""
    ) -> tuple[int, bytes]:
        """One request; returns status and body, refusals included."""
        request = urllib.request.Request(self.site + path, data=body, method=method)
        if body is not None:
            request.add_header("Content-Type", kind)
            request.add_header("X-CSRFToken", self.cookie("csrf"))
        try:
            with self.opener.open(request, timeout=60) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()
