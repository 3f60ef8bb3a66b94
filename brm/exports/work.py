"""Exports as background work."""

import contextlib
from typing import Any

from django.db import OperationalError
from django.utils import timezone

from brm.core import jobs
from brm.core.jobs import Report
from brm.core.models import Job

from . import actions
from .models import Export, ExportState


@jobs.handler(actions.WRITE)
def work(job: Job, report: Report) -> dict[str, Any]:
    """Write the file of an export that was asked for and not forgotten meanwhile."""
    export = Export.objects.select_related("by").filter(pk=job.payload["export"]).first()
    if export is None or not export.is_at_work:
        return {}
    export.state = ExportState.RUNNING
    export.expected = actions.expected_rows(actions.query_of(export))
    export.save(update_fields=["state", "expected"])
    actions.attempt(export, now=timezone.now(), progress=lambda share: _tell(report, share))
    return {"rows": export.rows}


def _tell(report: Report, share: float) -> None:
    """Report progress if that is possible now.

    SQLite refuses a write while this connection reads and another one has written meanwhile.
    """
    with contextlib.suppress(OperationalError):
        report(share)
