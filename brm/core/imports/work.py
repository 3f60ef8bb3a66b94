"""Imports as background work, in parts of bounded length that hand over to the next one."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .. import jobs
from ..jobs import Report as Progress
from ..models import ImportRun, Job
from ..scopes import Scopes
from . import actions
from .refusals import FileRefused
from .undo import UndoRefused, undo

PART_SECONDS = 40
WORK, TAKE_BACK = "import", "import.undo"
State = ImportRun.State
# One transaction holds all of it, in one part: a file that takes longer goes the other way.
LARGEST_ALL_OR_NOTHING = 20_000_000


def start(run: ImportRun, *, write: bool, by: Any) -> None:
    """Begin the check or the import of an uploaded file in the background.

    Effects: state and counts of the run reset, one Job.
    """
    run.state = State.IMPORTING if write else State.CHECKING
    run.position, run.refused_size, run.error = 1, 0, ""
    run.started_at = timezone.now()
    if not write:
        run.scratch_path.unlink(missing_ok=True)
    run.save()
    _enqueue(run, by)


def start_undo(run: ImportRun, *, by: Any) -> None:
    """Begin to take an import back in the background. Effects: state of the run, one Job."""
    run.state, run.error = State.UNDOING, ""
    run.save(update_fields=["state", "error"])
    jobs.enqueue(TAKE_BACK, str(run.pk), by=by, payload={"run": run.pk, "by": by.pk})


def _enqueue(run: ImportRun, by: Any) -> None:
    key = f"{run.pk} {run.state} {run.position}"
    jobs.enqueue(WORK, key, by=by, payload={"run": run.pk})


@jobs.handler(WORK)
def work(job: Job, report: Progress) -> dict[str, Any]:
    """Do a part of a check or an import; the next part is a job of its own.

    What is refused is told in the language of who chose the columns.
    """
    run = ImportRun.objects.get(pk=job.payload["run"])
    _limit(run)
    if run.state not in (State.CHECKING, State.IMPORTING):
        return {}
    with translation.override(run.options.get("language")):
        return _work(run, report)


def _work(run: ImportRun, report: Progress) -> dict[str, Any]:
    try:
        finished = _part(run, _alarm(run, report))
    except FileRefused as error:
        actions.fail(run, str(error))
        return {}
    except actions.RowsRefused:
        _nothing_imported(run)
        return {}
    if not finished:
        _enqueue(run, run.by)
    return {"position": run.position}


def _limit(run: ImportRun) -> None:
    """A file that came by an API token reaches what the token reached, no more."""
    if run.by is not None and "scopes" in run.options:
        run.by.token_scopes = Scopes(run.options["scopes"])


def _alarm(run: ImportRun, report: Progress) -> Callable[[], bool]:
    """Tells when a part is over; reports progress on the way."""
    until = time.monotonic() + PART_SECONDS

    def is_over() -> bool:
        report(run.position / run.rows if run.rows else 0.0)
        return time.monotonic() > until

    return is_over


def _part(run: ImportRun, pause: Callable[[], bool]) -> bool:
    now: datetime = run.started_at or timezone.now()
    if run.state == State.CHECKING:
        return actions.check(run, now=now, pause=pause)
    if run.options.get("on_error") == "stop":
        actions.import_all_or_nothing(run, now=now)
        return True
    return actions.import_rows(run, now=now, pause=pause)


def _nothing_imported(run: ImportRun) -> None:
    """All or nothing: a row was refused, so the run stands as it did before."""
    run.refresh_from_db()
    run.state, run.position, run.report, run.refused_size = State.CHECKED, 1, {}, 0
    run.error = _("Nothing was imported, because a row was refused.")
    run.save(update_fields=["state", "position", "report", "refused_size", "error"])


@jobs.handler(TAKE_BACK)
def take_back(job: Job, report: Progress) -> dict[str, Any]:
    """Undo an import; a refusal becomes the run's message."""
    from ..models import User

    run = ImportRun.objects.get(pk=job.payload["run"])
    if run.state != State.UNDOING:
        return {}
    try:
        with translation.override(run.options.get("language")), transaction.atomic():
            undo(run, by=User.objects.get(pk=job.payload["by"]), now=timezone.now())
    except UndoRefused as error:
        run.state, run.error = State.DONE, str(error)
        run.save(update_fields=["state", "error"])
    return {}
