"""Reads the settings from the environment and refuses what is wrong with one sentence.

Every reader takes the name of a variable and returns a checked value. A wrong or missing one raises
`SettingError`, which ends the process, whichever it is, with that sentence and exit code 1.
"""

import contextlib
import ipaddress
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from babel.numbers import is_currency

SHORTEST_SECRET = 50
# Milliseconds that PostgreSQL gives a statement, a wait for a lock, a transaction at rest. While a
# migration waits for a lock all readers wait behind it: it gives up soon and is run again.
LIMITS = {
    "web": {"statement": 5_000, "lock": 3_000, "idle_in_transaction_session": 30_000},
    "worker": {"statement": 900_000, "lock": 30_000, "idle_in_transaction_session": 900_000},
    "migrate": {"statement": 900_000, "lock": 2_000, "idle_in_transaction_session": 900_000},
}
LOOPBACK_HOSTS = "localhost,127.0.0.1,[::1]"


class SettingError(SystemExit):
    """A setting is wrong or missing; being a SystemExit it prints its one sentence only."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}.")


@dataclass(frozen=True)
class Organisation:
    """What the product must know of the organisation that runs it (settings.BRM).

    `time_zone` decides which day and period an instant belongs to. `base_currency` is an ISO 4217
    code. `fiscal_year_start` is a month, 1 to 12. `renewal_grace_days` is the gap, in days, within
    which a new agreement continues the old one. `acknowledge_hours` is the time allowed for
    acknowledging a complaint. `nightly_at` is the wall-clock time of the nightly run.
    """

    time_zone: ZoneInfo
    base_currency: str
    fiscal_year_start: int
    renewal_grace_days: int
    acknowledge_hours: int
    nightly_at: time


class OrganisationFile:
    """What the first set-up was told of the organisation; the environment wins over it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, str]:
        """The values by the names of their variables; empty where nothing was set up."""
        try:
            lines = self._path.read_text().splitlines()
        except FileNotFoundError:
            return {}
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def written_at(self) -> int:
        """When the file was last written, in nanoseconds; 0 where there is none."""
        try:
            return self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def write(self, values: Mapping[str, str]) -> None:
        """Keep the values; processes that run read them when they start again (see `up`)."""
        text = "".join(f"{name}={value}\n" for name, value in values.items())
        fresh = self._path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self._path)


def organisation_file(var: Path) -> OrganisationFile:
    """The file of the installation whose files lie in `var`."""
    return OrganisationFile(var / "organisation")


class Environment:
    """The variables of the process, read one by one under their public names."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        """The value without surrounding blanks; an empty one counts as missing."""
        return self._values.get(name, "").strip() or default

    def needed(self, name: str, *, because: str) -> str:
        """A value without which another one is useless."""
        if not (value := self.text(name)):
            raise SettingError(name, f"is missing although {because}")
        return value

    def given(self) -> frozenset[str]:
        """The names of the variables that are set."""
        return frozenset(name for name in self._values if self.text(name))

    def completed_by(self, values: Mapping[str, str]) -> "Environment":
        """The same with values for what is missing."""
        return Environment({**values, **{name: self.text(name) for name in self.given()}})

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """`left=right` pairs separated by semicolons."""
        found = []
        for part in filter(None, (part.strip() for part in self.text(name).split(";"))):
            left, sign, right = part.rpartition("=")
            if not sign or not left.strip() or not right.strip():
                raise SettingError(name, f"must look like group=role;group=role, not {part!r}")
            found.append((left.strip(), right.strip()))
        return tuple(found)

    def flag(self, name: str, *, default: bool) -> bool:
        """`1` or `0`."""
        value = self.text(name, "1" if default else "0")
        if value not in ("0", "1"):
            raise SettingError(name, f"must be 0 or 1, not {value!r}")
        return value == "1"

    def whole_number(self, name: str, default: int, *, lowest: int, highest: int) -> int:
        """A whole number between the two bounds, both included."""
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or not lowest <= int(value) <= highest:
            raise SettingError(
                name, f"must be a whole number from {lowest} to {highest}, not {value!r}"
            )
        return int(value)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """One of a few words."""
        value = self.text(name, default)
        if value not in choices:
            raise SettingError(name, f"must be {' or '.join(choices)}, not {value!r}")
        return value

    def networks(self, name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """Networks such as 10.0.0.0/8, separated by commas; none by default."""
        texts = [text.strip() for text in self.text(name, "").split(",") if text.strip()]
        try:
            return [ipaddress.ip_network(text) for text in texts]
        except ValueError as error:
            raise SettingError(name, f"must hold networks such as 10.0.0.0/8: {error}") from None

    def wall_clock(self, name: str, default: str) -> time:
        """A time of day, HH:MM."""
        value = self.text(name, default)
        hours, colon, minutes = value.partition(":")
        with contextlib.suppress(ValueError):
            if colon and len(minutes) == 2:
                return time(int(hours), int(minutes))
        raise SettingError(name, f"must be a time of day such as 01:30, not {value!r}")

    def time_zone(self, name: str, default: str) -> ZoneInfo:
        """A zone of the IANA database."""
        value = self.text(name, default)
        try:
            return ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SettingError(
                name, f"must be a time zone such as Europe/Berlin, not {value!r}"
            ) from None

    def currency(self, name: str, default: str) -> str:
        """An ISO 4217 code in capitals."""
        value = self.text(name, default)
        if not is_currency(value):
            raise SettingError(name, f"must be a currency code such as EUR, not {value!r}")
        return value

    def hosts(self, name: str) -> list[str]:
        """Host names separated by commas, without wildcards."""
        hosts = [host.strip() for host in self.text(name, LOOPBACK_HOSTS).split(",")]
        if any(not host or "*" in host or "/" in host for host in hosts):
            raise SettingError(
                name, "must list host names separated by commas, without * and without http://"
            )
        return hosts

    def site(self, name: str, *, hosts: list[str], https: bool) -> str:
        """The address people reach the product at, without a slash at its end."""
        value = self.text(name, f"https://{hosts[0]}" if https else f"http://{hosts[0]}:8000")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise SettingError(name, "must look like https://brm.example.com")
        return value.rstrip("/")

    def organisation(self) -> Organisation:
        """The organisation's own settings, all with a default."""
        return Organisation(
            time_zone=self.time_zone("BRM_TIME_ZONE", "UTC"),
            base_currency=self.currency("BRM_BASE_CURRENCY", "EUR"),
            fiscal_year_start=self.whole_number("BRM_FISCAL_YEAR_START", 1, lowest=1, highest=12),
            renewal_grace_days=self.whole_number(
                "BRM_RENEWAL_GRACE_DAYS", 90, lowest=0, highest=3650
            ),
            acknowledge_hours=self.whole_number(
                "BRM_ACKNOWLEDGE_HOURS", 48, lowest=1, highest=8760
            ),
            nightly_at=self.wall_clock("BRM_NIGHTLY_AT", "01:30"),
        )

    def database(self, var: Path, *, process: str) -> dict[str, Any]:
        """Django's settings of the database: DATABASE_URL, else SQLite in the folder `var`.

        `process` (web, migrate, else worker) decides how long statements may take and wait.
        """
        url = self.text("DATABASE_URL", f"sqlite:///{var / 'brm.sqlite3'}")
        scheme = url.partition(":")[0]
        if scheme not in ("sqlite", "postgres", "postgresql"):
            raise SettingError("DATABASE_URL", "must begin with postgres:// or sqlite://")
        if scheme == "sqlite":
            return sqlite(url)
        return postgresql(url, process)

    def redis(self, name: str) -> str:
        """The URL of Redis or Valkey, empty where none is used."""
        url = self.text(name)
        if url and (urlsplit(url).scheme not in ("redis", "rediss") or not urlsplit(url).hostname):
            raise SettingError(name, "must look like redis://host:6379/0")
        return url

    def email(self, name: str) -> dict[str, Any]:
        """Django's EMAIL_ settings; without the variable mail is printed to the console."""
        schemes = environ.Env.EMAIL_SCHEMES
        url = self.text(name, "consolemail://")
        if urlsplit(url).scheme not in schemes:
            raise SettingError(name, f"must begin with one of {', '.join(sorted(schemes))}")
        settings = environ.Env.email_url_config(url)
        return {key: value for key, value in settings.items() if key.startswith("EMAIL")}

    def secret_key(self, name: str, *, file: Path | None) -> str:
        """The key that signs sessions and links; made once in `file` where one is given."""
        key = self.text(name)
        if not key and file is not None:
            key = kept_secret(file)
        if not key:
            raise SettingError(name, "is missing: with this database it has no default")
        if len(key) < SHORTEST_SECRET or key.startswith("django-insecure-"):
            raise SettingError(name, f"must be a secret of at least {SHORTEST_SECRET} characters")
        return key


def read_environment(dotenv: Path) -> Environment:
    """The process environment, completed by the file `.env`; the environment wins."""
    if dotenv.exists():
        environ.Env.read_env(dotenv)
    return Environment(os.environ)


def sqlite(url: str) -> dict[str, Any]:
    """SQLite for several writing processes: write-ahead log, writers queue from their start."""
    name = url.removeprefix("sqlite://").removeprefix("/") or ":memory:"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                "PRAGMA foreign_keys=ON; PRAGMA busy_timeout=20000;"
            ),
        },
    }


def postgresql(url: str, process: str) -> dict[str, Any]:
    """PostgreSQL with bounded waits; a web request gives up far sooner than a worker."""
    limits = LIMITS.get(process, LIMITS["worker"])
    settings = environ.Env.db_url_config(url)
    if not settings.get("NAME"):
        raise SettingError("DATABASE_URL", "must end with the name of a database")
    return {
        **settings,
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "options": " ".join(
                f"-c {limit}_timeout={milliseconds}" for limit, milliseconds in limits.items()
            ),
            **settings.get("OPTIONS", {}),
        },
    }


def origin_of(url: str) -> str:
    """Scheme and host of an address, as a content security policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def kept_secret(file: Path) -> str:
    """The secret in `file`; where there is none, a new one that only its owner may read.

    Several processes may start at once: the first makes the link, the others read its secret.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".secret-") as fresh:
            fresh.write(secrets.token_urlsafe(64))
            fresh.flush()
            os.chmod(fresh.name, stat.S_IRUSR | stat.S_IWUSR)
            with contextlib.suppress(FileExistsError):
                os.link(fresh.name, file)
    return file.read_text().strip()
