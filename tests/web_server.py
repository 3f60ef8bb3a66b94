"""The product's web server on the test database, for tests that ask several processes at once."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

from django.db import connection

from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


def database_url() -> str:
    """Where a process of its own finds the test database."""
    url, _slash, _name = os.environ["DATABASE_URL"].rpartition("/")
    name = str(connection.settings_dict["NAME"])
    return f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{url}/{name}"


class Browser:
    """Somebody with cookies who sends forms."""

    def __init__(self, port: int, **headers: str) -> None:
        self.base = f"http://127.0.0.1:{port}"
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(jar)
        self.opener.addheaders = list(headers.items())

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        return self._open(self.base + path)

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Send a form, with the token of the page at the same address."""
        _status, page = self.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None, page[:500]
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        return self._open(self.base + path, data)

    def _open(self, url: str, data: bytes | None = None) -> tuple[int, str]:
        try:
            with self.opener.open(url, data, timeout=60) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@contextmanager
def web_server(workers: int = 4, threads: int = 4, **settings: str) -> Iterator[int]:
    """Run gunicorn on the test database; yields its port. The test has to commit its data."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "python:brm.gunicorn"]
    command += ["--workers", str(workers), "--threads", str(threads)]
    command += ["--bind", f"127.0.0.1:{port}", "brm.wsgi:application"]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "BRM_PROCESS": "web"}
    env |= {"DATABASE_URL": database_url(), **settings}
    server = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(port):
            assert server.poll() is None, "gunicorn ended"
            assert time.monotonic() < until, "gunicorn does not answer"
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False
