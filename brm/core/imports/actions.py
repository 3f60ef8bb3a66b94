"""What one does with an import: upload, check, import in one go or in parts, undo."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import ImportRun
from ..origin import Door, acting
from .batch import Context
from .execution import Execution
from .opening import CHUNK, LARGEST_FILE, MEGABYTE, Source, open_source
from .profiles import Profile, load_profile, plain_profile
from .refusals import FileRefused
from .report import RefusedFile, Report
from .scratch import Scratch
from .tables import Table

State = ImportRun.State
Pause = Callable[[], bool]


class RowsRefused(Exception):
    """`stop`: a row was refused, so nothing is written; `report` tells which."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(f"{report.refused_rows}")


def upload(stream: BinaryIO, name: str, *, by: Any, entity: str = "") -> ImportRun:
    """Keep an uploaded file and look at it; raises FileRefused, then nothing is kept.

    Effects: the file under the media folder, one ImportRun in the state uploaded.
    """
    run = ImportRun(entity=entity, file_name=Path(name).name[:255], by=by)
    run.directory.mkdir(parents=True, mode=0o750)
    try:
        _store(stream, run.upload_path)
        source = open_source(run.upload_path, run.file_name)
        run.size, run.sha256 = source.size, source.sha256
        run.save()
    except FileRefused:
        shutil.rmtree(run.directory)
        raise
    return run


def _store(stream: BinaryIO, path: Path) -> None:
    size = 0
    with path.open("wb") as kept:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > LARGEST_FILE:
                raise FileRefused(
                    _("The file has more than %(most)d MB.") % {"most": LARGEST_FILE // MEGABYTE}
                )
            kept.write(chunk)


def profile_of(run: ImportRun) -> Profile:
    """The profile chosen for a run: its own mapping, a shipped one, or our own layout."""
    options = run.options
    if "mapping" in options:
        profile = Profile.from_dict(options["mapping"])
    elif run.profile:
        profile = load_profile(run.profile)
    else:
        profile = plain_profile(run.entity)
    return profile.with_formats(**options.get("formats", {}))


def table_of(run: ImportRun, profile: Profile) -> Table:
    """The uploaded file as a table; raises FileRefused."""
    source = open_source(run.upload_path, run.file_name)
    return Table(source, encoding=profile.encoding, delimiter=profile.delimiter)


def check(run: ImportRun, *, now: datetime, pause: Pause = lambda: False) -> bool:
    """Dry run of the rows not checked yet; returns whether the end was reached.

    Effects: report and position of the run; no record is written.
    """
    profile = profile_of(run)
    table = table_of(run, profile)
    with Scratch(run.scratch_path) as scratch:
        context = Context(run.by, now, write=False, scratch=scratch)
        report = Report.from_dict(run.check_report) if run.position > 1 else None
        execution = Execution(table, profile, context, report=report)

        def keep(position: int) -> None:
            run.position, run.check_report = position, execution.report.as_dict()
            run.rows = table.count
            run.save(update_fields=["position", "check_report", "rows"])

        finished = execution.run(after=run.position, after_batch=keep, pause=pause)
    if finished:
        run.state, run.position = State.CHECKED, 1
        run.save(update_fields=["state", "position"])
    return finished


def import_rows(run: ImportRun, *, now: datetime, pause: Pause = lambda: False) -> bool:
    """Import the rows not imported yet; returns whether the end was reached.

    Each batch is committed with the run's counts and position, so that it may be interrupted
    anywhere and repeated. Effects: records, history with the run's id, the file of refused rows.
    """
    profile = profile_of(run)
    table = table_of(run, profile)
    with (
        Scratch(run.scratch_path) as scratch,
        acting(user=run.by, door=Door.IMPORT, import_id=run.pk),
    ):
        refused = refused_file(run.refused_path, table)
        refused.cut(run.refused_size)
        report = Report.from_dict(run.report) if run.position > 1 else None
        context = Context(run.by, now, write=True, scratch=scratch)
        execution = Execution(table, profile, context, report=report, refused=refused)

        def keep(position: int) -> None:
            run.position, run.report = position, execution.report.as_dict()
            run.refused_size, run.rows = refused.size(), table.count
            run.save(update_fields=["position", "report", "refused_size", "rows"])

        finished = execution.run(after=run.position, after_batch=keep, pause=pause)
    if finished:
        finish(run, now=timezone.now())
    return finished


def import_all_or_nothing(run: ImportRun, *, now: datetime) -> None:
    """Check the whole file, then import it in one transaction.

    Raises RowsRefused, with nothing written, as soon as the check or the import refuses a row.
    """
    run.position = 1
    check(run, now=now)
    report = Report.from_dict(run.check_report)
    if report.refused_rows:
        raise RowsRefused(report)
    run.state = State.IMPORTING
    run.save(update_fields=["state"])
    with transaction.atomic():
        import_rows(run, now=now)
        if run.report["refused_rows"]:
            raise RowsRefused(Report.from_dict(run.report))


def discard(run: ImportRun) -> None:
    """Forget an upload: its file and its row."""
    shutil.rmtree(run.directory, ignore_errors=True)
    run.delete()


def finish(run: ImportRun, *, now: datetime) -> None:
    """Close an import whose rows are all done; the upload is kept no longer."""
    run.state, run.finished_at = State.DONE, now
    run.save(update_fields=["state", "finished_at"])
    run.upload_path.unlink(missing_ok=True)
    run.scratch_path.unlink(missing_ok=True)


def fail(run: ImportRun, message: str) -> None:
    """Say why an import ended before its end; what was imported so far stays and can be undone."""
    run.state, run.error, run.finished_at = State.FAILED, message, timezone.now()
    run.save(update_fields=["state", "error", "finished_at"])


def refused_file(path: Path, table: Table) -> RefusedFile:
    """The file of refused rows, written as the import's own file is."""
    encoding = "utf-8" if table.encoding == "utf-8-sig" else table.encoding
    delimiter = "," if table.is_workbook else table.delimiter
    return RefusedFile(path, table.header, encoding=encoding, delimiter=delimiter)


def open_file(path: Path, profile: Profile) -> Table:
    """A file on disk as a table; raises FileRefused."""
    source: Source = open_source(path)
    return Table(source, encoding=profile.encoding, delimiter=profile.delimiter)
