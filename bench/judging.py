"""Judging: ratios against bounds, the table and the JSON."""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from django.db import connection

from .measuring import Case

AT_MOST, AT_LEAST = "≤", "≥"
PASSED, MISSED, OPEN = "pass", "MISS", "not measured"


@dataclass
class Verdict:
    """One bound of the goals: the value measured, and whether it holds; None: not measured."""

    what: str
    value: float | None
    sense: str
    bound: float
    unit: str = "×"
    note: str = ""

    @property
    def result(self) -> str:
        if self.value is None:
            return OPEN
        holds = self.value <= self.bound if self.sense == AT_MOST else self.value >= self.bound
        return PASSED if holds else MISSED

    def line(self) -> str:
        value = "–" if self.value is None else f"{self.value:,.3g}"
        note = f"  ({self.note})" if self.note else ""
        return (
            f"{self.result:12} {self.what}: {value}{self.unit},"
            f" bound {self.sense} {self.bound:,g}{self.unit}{note}"
        )


def ratio(
    what: str, case: Case | None, floor: Case | None, sense: str, bound: float, note: str = ""
) -> Verdict:
    """The case's processor time as a multiple of the floor's; the wall time's is in the note."""
    if case is None or floor is None or not case.samples or not floor.samples:
        return Verdict(what, None, sense, bound, note=note)
    wall = case.median("wall") / floor.median("wall")
    note = f"wall time {wall:,.3g}×" + (f"; {note}" if note else "")
    return Verdict(what, case.median("cpu") / floor.median("cpu"), sense, bound, note=note)


def opposite(what: str, floor: Case, case: Case, bound: float) -> Verdict:
    """How many times faster than a floor the case is."""
    return ratio(what, floor, case, AT_LEAST, bound)


def surroundings() -> dict[str, Any]:
    """Versions and commit under which was measured."""
    with connection.cursor() as cursor:
        sqlite = connection.vendor == "sqlite"
        cursor.execute("SELECT sqlite_version()" if sqlite else "SHOW server_version")
        version = cursor.fetchone()[0]
    return {
        "database": connection.vendor,
        "database_version": version,
        "python": platform.python_version(),
        "django": django.get_version(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "commit": commit(),
    }


def commit() -> str:
    """The commit of this checkout, empty where there is none."""
    git = shutil.which("git")
    if git is None:
        return ""
    folder = Path(__file__).resolve().parent
    told = subprocess.run(
        [git, "describe", "--always", "--dirty"], cwd=folder, capture_output=True, text=True
    )
    return told.stdout.strip()


def load() -> float:
    """How many processes want to work, over the last minute."""
    return os.getloadavg()[0]


def is_busy() -> bool:
    """Whether others use the machine so much that nothing measured on it means anything."""
    return load() > (os.cpu_count() or 1)


HEADER = (
    f"{'case':44}{'wall p50':>10}{'p95':>10}{'CPU ms':>10}{'stmts':>7}{'rows/s':>11}{'bytes':>9}"
)


def table(cases: Sequence[Case]) -> list[str]:
    """The lines of the table: milliseconds, statements, rows per second of wall time, bytes."""
    lines = [HEADER]
    for case in cases:
        if not case.samples:
            continue
        wall = case.median("wall")
        speed = f"{case.rows / wall:,.0f}" if case.rows else ""
        size = "" if case.size is None else f"{case.size:,}"
        lines.append(
            f"{case.name:44}{wall * 1000:>10,.1f}{slowest(case) * 1000:>10,.1f}"
            f"{case.median('cpu') * 1000:>10,.1f}{case.median('statements'):>7,.0f}{speed:>11}"
            f"{size:>9}"
        )
    return lines


def slowest(case: Case) -> float:
    """The 95th percentile of the wall times: of a few rounds, the slowest."""
    walls = sorted(sample.wall for sample in case.samples)
    return walls[max(0, -(-len(walls) * 95 // 100) - 1)]


def as_json(cases: Sequence[Case], verdicts: Sequence[Verdict], about: dict[str, Any]) -> str:
    """Everything measured and judged, for machines."""
    told = [
        {
            "case": case.name,
            "rounds": len(case.samples),
            "wall_p50_ms": round(case.median("wall") * 1000, 3),
            "wall_p95_ms": round(slowest(case) * 1000, 3),
            "cpu_ms": round(case.median("cpu") * 1000, 3),
            "statements": case.median("statements"),
            "rows": case.rows,
            "bytes_compressed": case.size,
        }
        for case in cases
        if case.samples
    ]
    judged = [
        {
            "what": v.what,
            "value": v.value,
            "bound": f"{v.sense} {v.bound:g}{v.unit}",
            "result": v.result,
            "note": v.note,
        }
        for v in verdicts
    ]
    return json.dumps({**about, "cases": told, "verdicts": judged}, indent=2, ensure_ascii=False)
