"""`manage.py up`: prepares the database and runs the whole product until Ctrl-C."""

import fcntl
import hashlib
import ipaddress
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from brm.core.supervisor import Child, Supervisor
from brm.environment import organisation_file


class Command(BaseCommand):
    """Prepare the database, then run web server, worker and schedule together."""

    help = "Prepare the database and run web server, worker and schedule until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The address, and whether a new database gets demo data."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--no-demo", action="store_true", help="leave a new database empty")

    def handle(self, *, port: int, host: str, no_demo: bool, **options: Any) -> None:
        """Prepare, run, stop; raises CommandError when the folder or the port is in use."""
        began = time.monotonic()
        with only_one_here():
            refuse_used_port(host, port)
            try:
                self.prepare(with_demo=not no_demo and settings.EMBEDDED)
            except KeyboardInterrupt:
                raise CommandError("Stopped before it was ready; the next start goes on.") from None
            name = "localhost" if is_loopback(host) else host
            os.environ.setdefault("BRM_SITE_URL", f"http://{name}:{port}")
            self.offer_set_up(f"http://{name}:{port}")
            # The children open their own connections.
            connections.close_all()
            supervisor = Supervisor(children(host, port), self.tell)
            supervisor.run(
                is_ready=partial(answers, port, host),
                when_ready=lambda: self.tell(
                    f"ready: http://{name}:{port} ({time.monotonic() - began:.0f} s)"
                ),
                settings_as_of=organisation_file(settings.VAR_DIR).written_at,
            )
        self.tell("stopped")

    def prepare(self, *, with_demo: bool) -> None:
        """Bring database, translations and static files up to date; demo data once."""
        is_new = not connection.introspection.table_names()
        self.tell("preparing the database")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("compile_translations", verbosity=0)
        collect_static()
        if with_demo:
            self.make_demo_data(is_new=is_new)

    def make_demo_data(self, *, is_new: bool) -> None:
        """Seed the demo unless this database had it once, or has customers of its own.

        A file beside the database remembers it, so that a demo taken out does not come back; one
        that was interrupted is made again.
        """
        memory = settings.VAR_DIR / "demo"
        state = memory.read_text() if memory.exists() and not is_new else ""
        if state == "made" or "seed_demo" not in get_commands():
            return
        if state == "begun" or not apps.get_model("customers", "Customer")._base_manager.exists():
            self.tell("making the demo data")
            memory.write_text("begun")
            try:
                call_command("seed_demo", stdout=self.stdout)
            except CommandError as refusal:
                self.tell(f"no demo data: {refusal}")
        memory.write_text("made")

    def offer_set_up(self, site: str) -> None:
        """Print how the first administrator is made, while there is no user."""
        if "setup_code" in get_commands() and not get_user_model().objects.exists():
            call_command("setup_code", site=site, stdout=self.stdout)

    def tell(self, line: str) -> None:
        """Print a line at once, also into a pipe."""
        self.stdout.write(line)
        self.stdout.flush()


def collect_static() -> None:
    """Collect and compress the static files, unless none changed since the last time."""
    digest = hashlib.sha256()
    ignored = apps.get_app_config("staticfiles").ignore_patterns
    for finder in get_finders():
        for path, storage in finder.list(ignored):
            digest.update(f"{path} {os.stat(storage.path(path)).st_mtime_ns}\n".encode())
    state = Path(settings.STATIC_ROOT) / ".state"
    if state.exists() and state.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    state.write_text(digest.hexdigest())


def children(host: str, port: int) -> list[Child]:
    """The processes of the product, none started yet."""
    python = [sys.executable, "-m"]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    web = [*python, "gunicorn", "--config", "python:brm.gunicorn", "--graceful-timeout", "8"]
    celery = [*python, "celery", "--app", "brm", "--quiet"]
    return [
        Child(
            "web",
            [*web, "--workers", "2", "--threads", "4", "--bind", address(host, port)]
            + ["brm.wsgi:application"],
            {**env, "BRM_BOUND_TO_LOOPBACK": "1" if is_loopback(host) else "0"},
            renews_on_hangup=True,
        ),
        Child(
            "worker",
            [*celery, "worker", "--pool", "prefork", "--concurrency", "2"]
            + ["--without-gossip", "--without-mingle", "--without-heartbeat"],
            # A stop waits a moment for running tasks and then puts them back.
            {**env, "REMAP_SIGTERM": "SIGQUIT"},
        ),
        Child("beat", [*celery, "beat"], env),
    ]


@contextmanager
def only_one_here() -> Iterator[None]:
    """Hold the lock of this installation's folder; the system frees it when the process ends."""
    with (settings.VAR_DIR / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("The product already runs from this folder.") from None
        yield


def refuse_used_port(host: str, port: int) -> None:
    """Raise CommandError when the address cannot be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {address(host, port)}: {error.strerror}. "
                "Choose another port: make run PORT=9000."
            ) from None


def address(host: str, port: int) -> str:
    """Host and port as gunicorn and URLs write them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def answers(port: int, host: str) -> bool:
    """Whether the web server answers its health path."""
    reach = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound
    try:
        with urllib.request.urlopen(f"http://{address(reach, port)}/healthz", timeout=1) as reply:
            return reply.status == 200
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
