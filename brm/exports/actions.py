"""What one does with exports: ask for one, write it, fetch it, forget it."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from brm.core import jobs
from brm.core.crud.declaration import REGISTRY, CrudViews
from brm.core.crud.filter_form import filter_form, words_of
from brm.core.crud.list_query import ListQuery
from brm.core.roles import scopes

from .models import KEPT_DAYS, Export, ExportState, Wording
from .reading import CHUNK, as_text, columns_of, exportable, rows_of
from .writers import WRITERS, TooManyRows

WRITE = "export"
AT_ONCE = 5_000  # rows
Progress = Callable[[float], None]


class NotAllowed(Exception):
    """The owner may not export such records any more."""


def crud_of(export: Export) -> type[CrudViews]:
    return REGISTRY[export.records]


def query_of(export: Export) -> ListQuery:
    """The list that the export holds, with the rights its owner has now."""
    return ListQuery(crud_of(export), QueryDict(export.query), export.by)


def ask(
    query: ListQuery, *, file_format: str, wording: str, now: datetime, at_once: bool = False
) -> Export:
    """Ask for an export: written now if it may be and is small, else in the background.

    Effects: one Export, its file or a Job; exports whose time is over are forgotten.
    """
    forget_expired(now)
    with transaction.atomic():
        export = Export.objects.create(
            records=query.crud.model.resource,
            query=query.canonical(),
            file_format=file_format,
            wording=wording,
            language=translation.get_language() or "",
            by=query.user,
            created_at=now,
            expires_at=now + timedelta(days=KEPT_DAYS),
        )
        at_once = at_once and small(query)
        if not at_once:
            jobs.enqueue(WRITE, str(export.pk), by=query.user, payload={"export": export.pk})
    if at_once:
        attempt(export, now=now)
    return export


def write(export: Export, *, now: datetime, progress: Progress = lambda share: None) -> None:
    """Write the file with the rights its owner has now; safe to repeat.

    Effects: the file, rows, size, digest and state of the export. Raises NotAllowed, and OSError
    where the disk refuses; no half file stays.
    """
    if not export.by.is_active or not scopes(export.by, export.records, "X"):
        raise NotAllowed(_("You may not export these records."))
    with translation.override(export.language or None):
        query = query_of(export)
        export.as_of, export.state, export.rows = now, ExportState.RUNNING, 0
        export.reach, export.portfolio = reach_of(export.by, export.records)
        export.directory.mkdir(parents=True, mode=0o750, exist_ok=True)
        columns, in_words = columns_of(query), export.wording == Wording.WORDS
        names = [column.label if in_words else column.name for column in columns]
        rows = _counted(export, rows_of(query, columns, in_words=in_words), progress)
        try:
            WRITERS[export.file_format](
                export.path, names, rows, as_of=as_text(now), facts=facts_of(export, query)
            )
        except OSError:  # such as a full disk: half a file is none
            shutil.rmtree(export.directory, ignore_errors=True)
            raise
    _finish(export, now)


def expected_rows(query: ListQuery) -> int:
    """How many rows an export of the list has."""
    return exportable(query).order_by().count()


def _counted(export: Export, rows: Iterable[Any], progress: Progress) -> Iterator[Any]:
    for row in rows:
        yield row
        export.rows += 1
        if export.rows % CHUNK == 0:
            progress(export.rows / export.expected if export.expected else 0.0)


def facts_of(export: Export, query: ListQuery) -> list[tuple[str, Any]]:
    """What a reader wants to know of the file: as of when, by whom, of what."""
    form = filter_form(query)
    words = [f"{label}: {value}" for _name, label, value in words_of(form, query)]
    if query.search:
        words.insert(0, f"{_('Search')}: {query.search}")
    return [
        (_("As of"), export.as_of),
        (_("Records"), capfirst(query.crud.plural)),
        (_("Filters"), "; ".join(words) or _("none")),
        (_("Exported by"), str(export.by)),
    ]


def _finish(export: Export, now: datetime) -> None:
    digest = hashlib.sha256()
    with export.path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    export.size, export.sha256 = export.path.stat().st_size, digest.hexdigest()
    export.state, export.finished_at, export.error = ExportState.DONE, now, ""
    export.save()


def fail(export: Export, message: str, *, now: datetime) -> None:
    """Say why there is no file. Effects: state of the export, its folder removed."""
    shutil.rmtree(export.directory, ignore_errors=True)
    export.state, export.error, export.finished_at = ExportState.FAILED, message, now
    export.save()


def forget(export: Export) -> None:
    """Remove the file and the export."""
    shutil.rmtree(export.directory, ignore_errors=True)
    export.delete()


def forget_expired(now: datetime) -> None:
    """Forget exports whose time is over, at most a hundred at once."""
    for export in Export.objects.filter(expires_at__lt=now)[:100]:
        forget(export)


# --- Rights --------------------------------------------------------------------------------------


def reach_of(user: Any, resource: str) -> tuple[str, str]:
    """The scopes within which the user may export, and a digest of what gives them today."""
    found = scopes(user, resource, "X")
    if "A" in found or not found:
        return "".join(sorted(found)), ""
    digest = hashlib.sha256()
    for name in ("customers", "services"):
        model = REGISTRY[name].model if name in REGISTRY else None
        if model is not None:
            digest.update(_portfolio(model, user))
    return "".join(sorted(found)), digest.hexdigest()


def _portfolio(model: Any, user: Any) -> bytes:
    """The keys of the customers or services that are the user's own."""
    names = [n for n in ("manager", "deputy", "owner") if n in _names(model)]
    own = Q(pk__in=[])
    for name in names:
        own |= Q(**{name: user.pk})
    keys = model.objects.filter(own).order_by("pk").values_list("pk", flat=True)
    return ",".join(map(str, keys)).encode() + b";"


def _names(model: Any) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


def may_fetch(export: Export, user: Any) -> bool:
    """Whether the file may still be handed out: only to its owner, with no less right than then."""
    if export.by_id != user.pk or export.state != ExportState.DONE:
        return False
    reach, portfolio = reach_of(user, export.records)
    if "A" in reach:
        return True
    return set(export.reach) <= set(reach) and export.portfolio == portfolio


def small(query: ListQuery) -> bool:
    """Whether the export is written at once, while its reader waits."""
    return exportable(query).order_by().values("pk")[: AT_ONCE + 1].count() <= AT_ONCE


def attempt(export: Export, *, now: datetime, progress: Progress = lambda share: None) -> None:
    """Write the file or say why not. Effects as of `write` or `fail`."""
    try:
        write(export, now=now, progress=progress)
    except (NotAllowed, TooManyRows) as error:
        fail(export, str(error), now=now)
