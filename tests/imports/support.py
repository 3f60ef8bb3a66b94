"""Files and imports for the tests of this folder."""

import csv
import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from brm.core.imports.actions import open_file
from brm.core.imports.batch import Context
from brm.core.imports.execution import Execution
from brm.core.imports.profiles import Profile, plain_profile
from brm.core.imports.report import RefusedFile, Report
from brm.core.imports.scratch import Scratch
from brm.core.models import ImportRun
from brm.core.origin import Door, acting

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


def write_csv(path: Path, *rows: Sequence[Any], encoding: str = "utf-8") -> Path:
    """A CSV file (gzipped by its name) of the rows, the first being the header."""
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "wt", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def run_import(
    path: Path,
    entity: str = "customers",
    *,
    profile: Profile | None = None,
    by: Any = None,
    write: bool = True,
    refused: Path | None = None,
    now: datetime = NOW,
) -> Report:
    """Import a file as the command and the worker do; returns the report with `run` on it."""
    profile = profile or plain_profile(entity)
    table = open_file(path, profile)
    entities = ",".join(dict.fromkeys(block.entity for block in profile.blocks))
    run = ImportRun.objects.create(entity=entities, file_name=path.name, by=by)
    with Scratch() as scratch, acting(user=by, door=Door.IMPORT, import_id=run.pk, at=now):
        context = Context(by, now, write=write, scratch=scratch)
        kept = RefusedFile(refused, table.header, encoding="utf-8", delimiter=",")
        execution = Execution(table, profile, context, refused=kept if refused else None)
        execution.run()
    run.state, run.report = ImportRun.State.DONE, execution.report.as_dict()
    run.save()
    execution.report.run = run
    return execution.report


def counted(report: Report, entity: str = "customers") -> tuple[int, int, int, int]:
    """Created, updated, unchanged, refused."""
    counter = report.counts[entity]
    return counter["created"], counter["updated"], counter["unchanged"], counter["refused"]


def said(report: Report) -> list[tuple[int, str, str]]:
    """The problems as (row, column, message)."""
    return [(problem.row, problem.column, problem.message) for problem in report.problems]
