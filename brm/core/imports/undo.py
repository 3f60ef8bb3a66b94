"""Taking an import back as a whole, while nothing of it was changed since."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from ..models import ImportRun
from ..models.record import Record
from ..origin import Door, acting
from ..past import give_back
from ..writing import write_many
from .declarations import importer_for
from .moves import log_moves
from .refusals import FileRefused

BATCH = 1000
REASON = "undo of an import"


class UndoRefused(FileRefused):
    """The import cannot be taken back; the message says why."""


def models_of(run: ImportRun) -> list[type[Record]]:
    """The models that a run may have written, those that depend on others first."""
    found: list[type[Record]] = []
    for entity in dict.fromkeys(run.entities):
        importer = importer_for(entity)
        if not importer.undoable:
            raise UndoRefused(_("An import of %(entity)s cannot be undone.") % {"entity": entity})
        found += [*importer.companions, importer.model]
    return found[::-1]


@transaction.atomic
def undo(run: ImportRun, *, by: Any, now: datetime) -> None:
    """Soft-delete what the import created and give back the values it changed.

    Raises UndoRefused, with nothing written, when a record was changed since or something that
    is not of this import refers to one it created. Effects: records and history, transitions,
    the run's state.
    """
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state not in (run.State.DONE, run.State.FAILED, run.State.UNDOING):
        raise UndoRefused(_("This import is not finished, or was undone already."))
    affected = models_of(run)
    for model in affected:
        _refuse_if_changed(model, run.pk)
    for model in affected:
        _refuse_if_named(model, run.pk)
    with acting(user=by, door=Door.IMPORT, import_id=None):
        for model in affected:
            _take_back(model, run.pk, by=by, now=now)
    run.state, run.undone_at, run.undone_by = run.State.UNDONE, now, by
    run.save(update_fields=["state", "undone_at", "undone_by"])


def _refuse_if_changed(model: type[Record], run_id: int) -> None:
    history = model.history.model.objects
    newest = history.filter(import_id=run_id, id=models.OuterRef("id")).order_by("-history_id")
    later = history.filter(
        id__in=history.filter(import_id=run_id).values("id"),
        history_id__gt=models.Subquery(newest.values("history_id")[:1]),
    )
    first = later.order_by("history_id").first()
    if first is not None:
        raise UndoRefused(
            _("%(label)s %(reference)s was changed after the import.")
            % {"label": model._meta.verbose_name.capitalize(), "reference": first.reference}
        )


def _created(model: type[Record], run_id: int) -> Any:
    """The keys of the records that the import created."""
    history = model.history.model.objects
    return history.filter(import_id=run_id, history_type="+").values("id")


def _refuse_if_named(model: type[Record], run_id: int) -> None:
    """Refuse when a living record that is not of this import refers to one it created."""
    for relation in model._meta.related_objects:
        other = relation.related_model
        if not issubclass(other, Record) or relation.field.many_to_many:
            continue
        naming = (
            other.objects.filter(**{f"{relation.field.name}__in": _created(model, run_id)})
            .exclude(pk__in=_created(other, run_id))
            .first()
        )
        if naming is not None:
            raise UndoRefused(
                _("%(label)s %(reference)s refers to a record of this import.")
                % {
                    "label": other._meta.verbose_name.capitalize(),
                    "reference": naming.reference,
                }
            )


def _take_back(model: type[Record], run_id: int, *, by: Any, now: datetime) -> None:
    history = model.history.model.objects
    touched = history.filter(import_id=run_id).values("id").annotate(first=Min("history_id"))
    for part in _parts(touched.order_by("id").values_list("id", "first")):
        before = _states_before(model, part)
        reasons = dict(
            history.filter(history_id__in=[first for _key, first in part]).values_list(
                "id", "history_change_reason"
            )
        )
        records = list(model.everything.select_for_update().filter(pk__in=[k for k, _f in part]))
        moved = []
        for record in records:
            source = getattr(record, "status", None)
            _restore(record, before.get(record.pk), reasons.get(record.pk) or "", now)
            if source is not None and record.status != source:
                moved.append((record, [(source, record.status)]))
        write_many(records)
        log_moves(moved, by=by, now=now, reason=REASON)


def _parts(rows: Any) -> Iterator[list[tuple[int, int]]]:
    rows = list(rows)
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _states_before(model: type[Record], part: list[tuple[int, int]]) -> dict[int, Any]:
    """For each record its last history row before the import; none for those it created."""
    history = model.history.model.objects
    firsts = dict(part)
    earlier = history.filter(id__in=list(firsts), history_id__lt=max(firsts.values()))
    newest: dict[int, int] = {}
    for key, number in earlier.order_by("history_id").values_list("id", "history_id"):
        if number < firsts[key]:
            newest[key] = number
    return {row.id: row for row in history.filter(history_id__in=newest.values())}


def _restore(record: Record, before: Any, reason: str, now: datetime) -> None:
    if before is None:
        record.deleted_at = now
    else:
        give_back(record, before, reason)
