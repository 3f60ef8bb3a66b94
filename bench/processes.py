"""Processes of their own on this connection's database, and what they used."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from .measuring import Sample

ROOT = Path(__file__).resolve().parent.parent
LAUNCHER = ROOT / "bench" / "launcher.py"


@dataclass(frozen=True)
class Ended:
    """A process that ended: what it used, its largest resident set in megabytes, its output."""

    sample: Sample
    megabytes: float
    exit: int
    output: str


def run(*arguments: str) -> Ended:
    """Run Python with these arguments in a process of its own, its start included."""
    with tempfile.NamedTemporaryFile(prefix="brm-bench-", suffix=".json") as answer:
        told = subprocess.run(
            [sys.executable, str(LAUNCHER), answer.name, sys.executable, *arguments],
            check=True,
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        used = json.loads(Path(answer.name).read_text(encoding="utf-8"))
    sample = Sample(used["wall"], used["cpu"])
    return Ended(sample, used["memory"] / 1_000_000, used["exit"], told.stdout)


def environment() -> dict[str, str]:
    """This process's environment, with the database that this connection really uses."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        url = f"sqlite:///{name}"
    else:
        given, _slash, _name = os.environ["DATABASE_URL"].rpartition("/")
        url = f"{given}/{name}"
    known = {key: v for key, v in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    return known | {"DATABASE_URL": url}
