"""What the import pages show, as the components of the templates take it."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from ..formatting import format_number
from ..models import ImportRun
from .declarations import importer_for
from .forms import entity_label
from .report import OUTCOMES, Report

State = ImportRun.State
TONES = {
    State.DONE: "good",
    State.FAILED: "bad",
    State.CHECKING: "info",
    State.IMPORTING: "info",
    State.UNDOING: "info",
    State.UNDONE: "warn",
}
SHOWN_PROBLEMS = 100


def steps_of(at: str) -> list[dict[str, str]]:
    """The stepper: upload, columns, check, import."""
    labels = (_("Upload"), _("Columns"), _("Check"), _("Import"))
    reached = {
        "upload": 0,
        "mapping": 1,
        State.CHECKING: 2,
        State.CHECKED: 2,
        State.IMPORTING: 3,
    }.get(at, 4)
    states = ["done" if n < reached else "current" if n == reached else "todo" for n in range(4)]
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


def names_of(run: ImportRun) -> str:
    return ", ".join(entity_label(entity) for entity in run.entities)


def run_table(runs: Iterable[ImportRun]) -> dict[str, Any]:
    """The list of imports."""
    headings = (_("File"), _("Records"), _("State"), _("Rows"), _("Refused"), _("By"), _("At"))
    numeric = (3, 4)
    columns = [
        {"name": str(n), "label": label, "sortable": False, "numeric": n in numeric}
        for n, label in enumerate(headings)
    ]
    return {"columns": columns, "rows": [_row(run) for run in runs]}


def _row(run: ImportRun) -> dict[str, Any]:
    report = run.report or run.check_report
    state = {"kind": "badge", "value": run.get_state_display(), "tone": TONES.get(run.state, "")}
    return {
        "url": reverse("imports-detail", args=[run.pk]),
        "cells": [
            {"kind": "text", "value": run.file_name},
            {"kind": "text", "value": names_of(run)},
            state,
            {"kind": "number", "value": report.get("rows")},
            {"kind": "number", "value": report.get("refused_rows")},
            {"kind": "text", "value": str(run.by) if run.by else _("Command")},
            {"kind": "datetime", "value": run.created_at},
        ],
    }


def progress_of(run: ImportRun) -> dict[str, Any]:
    """The work under way, for components/progress.html."""
    labels = {
        State.CHECKING: _("Checking the rows"),
        State.IMPORTING: _("Importing the rows"),
        State.UNDOING: _("Taking the import back"),
    }
    done = 0 if run.state == State.UNDOING else max(0, run.position - 1)
    percent = min(100, 100 * done / run.rows) if run.rows and done else None
    text = _("waiting for a worker")
    if done:
        rows = format_number(run.rows) if run.rows else "?"
        text = _("%(done)s of %(rows)s rows") % {"done": format_number(done), "rows": rows}
    return {
        "id": "import-progress",
        "label": labels[run.state],
        "percent": percent,
        "text": text,
        "tone": "",
        "poll_url": reverse("imports-progress", args=[run.pk]),
    }


def outcome_of(run: ImportRun) -> dict[str, Any]:
    """Counts, warnings and problems of the import, or of the check before it."""
    is_check = not run.report
    report = Report.from_dict(run.check_report if is_check else run.report)
    finished = run.state in (State.DONE, State.FAILED)
    undoable = all(importer_for(entity).undoable for entity in run.entities)
    return {
        "is_check": is_check,
        "rows": report.rows,
        "refused_rows": report.refused_rows,
        "good": report.total("created") + report.total("updated"),
        "warnings": report.warnings,
        "counts": _counts_table(report),
        "problems": _problems_table(report),
        "shown": min(SHOWN_PROBLEMS, len(report.problems)),
        "refused_url": reverse("imports-refused", args=[run.pk])
        if not is_check and run.refused_path.is_file()
        else "",
        "may_undo": finished and undoable and report.total("created") + report.total("updated"),
        "badge": {"label": run.get_state_display(), "tone": TONES.get(run.state, "")},
        "names": names_of(run),
    }


def _counts_table(report: Report) -> dict[str, Any]:
    labels = {
        "created": _("Created"),
        "updated": _("Updated"),
        "unchanged": _("Unchanged"),
        "refused": _("Refused"),
        "left_out": _("Left out by the layout"),
        "repeated": _("Repeated"),
    }
    shown = [o for o in OUTCOMES if o in OUTCOMES[:4] or report.total(o)]
    columns = [{"name": "entity", "label": _("Records"), "sortable": False, "numeric": False}]
    columns += [{"name": o, "label": labels[o], "sortable": False, "numeric": True} for o in shown]
    rows = [
        {
            "url": "",
            "cells": [
                {"kind": "text", "value": entity_label(entity)},
                *({"kind": "number", "value": counter[outcome]} for outcome in shown),
            ],
        }
        for entity, counter in report.counts.items()
    ]
    return {"columns": columns, "rows": rows}


def _problems_table(report: Report) -> dict[str, Any]:
    labels = (_("Row"), _("Column"), _("Why"))
    columns = [
        {"name": str(n), "label": label, "sortable": False, "numeric": False}
        for n, label in enumerate(labels)
    ]
    rows = [
        {
            "url": "",
            "cells": [
                {"kind": "number", "value": problem.row},
                {"kind": "text", "value": problem.column},
                {"kind": "text", "value": problem.message},
            ],
        }
        for problem in report.problems[:SHOWN_PROBLEMS]
    ]
    return {"columns": columns, "rows": rows}
