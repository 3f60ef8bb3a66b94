"""Deleted records: their list, the page of one, and bringing it back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from .. import keyset
from ..restoring import restore
from ..unseen import hide_unseen
from .access import RecordPage
from .cells import cell_for, column_label
from .history import actor_of, history_of
from .undo_pages import say_done

PAGE = 50


class DeletedListView(RecordPage):
    """The deleted records that the user may bring back, the last deleted first."""

    verb = "D"

    def get(self, request: HttpRequest) -> HttpResponse:
        found = with_deletions(self.deleted())
        try:
            page = keyset.paginate(found, ["-deleted_at"], request.GET.get("cursor"), PAGE)
        except keyset.BadCursor:
            page = keyset.paginate(found, ["-deleted_at"], None, PAGE)
        rows = deletions_of(self.crud.model, page.items)
        context = {
            "crud": self.crud.page_context(request),
            "rows": [self.row(record, rows.get(record.deletion_id)) for record in page.items],
            "next_url": f"?cursor={page.next_cursor}" if page.next_cursor else None,
            "previous_url": f"?cursor={page.previous_cursor}" if page.previous_cursor else None,
        }
        return render(request, "generic/deleted_list.html", context)

    def row(self, record: Any, deletion: Any) -> dict[str, Any]:
        return {
            "name": str(record),
            "reference": record.reference,
            "url": record.get_absolute_url(),
            "restore_url": self.crud.url("restore", record.pk),
            "at": record.deleted_at,
            "by": actor_of(deletion) if deletion else _("System"),
        }


def with_deletions(queryset: Any) -> Any:
    """Deleted records, each with the number of the history row that deleted it."""
    history = queryset.model.history.model.objects
    rows = history.filter(id=OuterRef("pk"), deleted_at=OuterRef("deleted_at"))
    first = rows.order_by("history_id").values("history_id")[:1]
    return queryset.annotate(deletion_id=Subquery(first))


def deletions_of(model: Any, records: list[Any]) -> dict[int, Any]:
    """The history rows that deleted these records, by number; one statement."""
    keys = [record.deletion_id for record in records]
    rows = model.history.model.objects.filter(history_id__in=keys)
    return {row.history_id: row for row in rows.select_related("history_user")}


def show_deleted(page: RecordPage) -> HttpResponse:
    """The page of a deleted record, for those who may bring it back; raises Http404 for others."""
    record = page.get_deleted()
    annotated = with_deletions(type(record).everything.filter(pk=record.pk)).first()
    deletion = deletions_of(type(record), [annotated]).get(annotated.deletion_id)
    found = history_of(record, page.request.user)
    hide_unseen([record], page.request.user)
    context = {
        "crud": page.crud.page_context(page.request),
        "record": str(record),
        "reference": record.reference if str(record) != record.reference else "",
        "facts": facts_of(page, record),
        "at": record.deleted_at,
        "by": actor_of(deletion) if deletion else _("System"),
        "restore_url": page.crud.url("restore", record.pk),
        "history": found.entries,
        "older_url": found.older_url,
    }
    return render(page.request, "generic/deleted.html", context)


def facts_of(page: RecordPage, record: Any) -> list[dict[str, Any]]:
    """The record's own values; what lists derive is known of living records alone."""
    names = [name for name in page.crud.shown or page.crud.fields if isinstance(name, str)]
    return [
        {"label": column_label(type(record), name), "cell": cell_for(record, name)}
        for name in names
        if name != "status"
    ]


class RestoreView(RecordPage):
    """POST brings a deleted record back, or says what stands in the way."""

    verb = "D"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            with transaction.atomic():
                record = self.get_deleted(lock=True)
                restore(record)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(record)
        except IntegrityError:
            messages.error(request, _("Another record was saved meanwhile that excludes this one."))
            return redirect(record)
        say_done(request, _("%(record)s was restored.") % {"record": record}, record)
        return redirect(record)
