"""Long work ends with a notification to the one who started it."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brm.core import jobs
from brm.core.formatting import format_number
from brm.core.imports.work import TAKE_BACK, WORK
from brm.core.models import ImportRun, Job

from .kinds import Kind, Wording, register_kind
from .models import Channel
from .telling import notify

Describe = Callable[[Job], dict[str, Any] | None]
State = ImportRun.State
ENDED = (State.CHECKED, State.DONE, State.FAILED, State.UNDONE)


def tell_when_finished(job_kind: str, kind: str, describe: Describe) -> None:
    """Tell of finished jobs of a kind, in the transaction that finishes them.

    `describe(job)` returns what `notify` is to be given besides the kind (recipients, key, data,
    resource, record_id, url), or None when there is nothing to tell.
    """

    def tell(job: Job) -> None:
        told = describe(job)
        if told is not None:
            notify(kind, now=timezone.now(), **told)

    jobs.when_finished(job_kind, tell)


# --- Imports -------------------------------------------------------------------------------------


def describe_import(job: Job) -> dict[str, Any] | None:
    """What to tell of an import whose check, import or undo has ended, or whose job was lost."""
    run = ImportRun.objects.filter(pk=job.payload.get("run")).first()
    lost = job.state == Job.State.FAILED
    if run is None or run.by_id is None or not (lost or run.state in ENDED):
        return None
    report = (run.check_report if run.state == State.CHECKED else run.report) or {}
    return {
        "recipients": [run.by_id],
        "key": f"{run.pk} {run.state} {job.pk}",
        "data": {
            "file": run.file_name,
            "state": State.FAILED if lost else run.state,
            "rows": report.get("rows", 0),
            "refused": report.get("refused_rows", 0),
        },
        "resource": "imports",
        "url": reverse("imports-detail", args=[run.pk]),
    }


TITLES = {
    State.CHECKED: gettext_lazy("“%(file)s” was checked"),
    State.DONE: gettext_lazy("“%(file)s” was imported"),
    State.FAILED: gettext_lazy("“%(file)s” could not be imported"),
    State.UNDONE: gettext_lazy("The import of “%(file)s” was undone"),
}


def write_import(data: dict[str, Any]) -> Wording:
    """“customers.csv” was imported: 1,200 rows, 3 refused."""
    refused = data["refused"]
    text = _("%(rows)s rows, %(refused)s refused") % {
        "rows": format_number(data["rows"]),
        "refused": format_number(refused),
    }
    failed = data["state"] == State.FAILED
    tone = "bad" if failed else "warn" if refused else "good"
    title = str(TITLES[data["state"]]) % {"file": data["file"]}
    if data["state"] == State.UNDONE:
        return Wording(title, "", "info", "undo-2")
    return Wording(title, text, tone, "file-up")


register_kind(
    Kind(
        key="import",
        label=gettext_lazy("An import of mine has ended"),
        why=gettext_lazy("You started this import."),
        write=write_import,
        channel=Channel.APP,
    )
)
tell_when_finished(WORK, "import", describe_import)
tell_when_finished(TAKE_BACK, "import", describe_import)
