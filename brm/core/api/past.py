"""The past of records: as of an instant, entry by entry, deleted ones and their way back."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from .. import keyset
from ..instants import whole_offset
from ..past import at_instant, changed_fields, entries, event_of, told_fields
from ..restoring import restore
from . import columns
from .bulk import Bulk
from .errors import Conflict, FieldErrors, messages_by_field
from .values import Instant

FUTURE = _("This instant lies in the future.")


class Past(Bulk):
    """`?as_of=` of a single record, `history/`, `restore/` and `?deleted=true` of the list."""

    shaping = Bulk.shaping | {"deleted"}

    def even_deleted(self, key: int) -> Any:
        """The record, a deleted one for callers who may bring it back; raises NotFound."""
        found = self.visible().filter(pk=key).first() or self.gone().filter(pk=key).first()
        if found is None:
            raise NotFound()
        return found

    def gone(self) -> models.QuerySet:
        """The deleted records that the caller may see and bring back."""
        deleted = self.model.everything.exclude(deleted_at=None)
        return deleted.visible_to(self.user).allowed(self.user, "D")

    @cached_property
    def action_parameters(self) -> frozenset[str]:
        more = {"retrieve": {"as_of"}, "list": {"deleted"}}.get(self.action, set())
        if self.action == "history":
            return frozenset({"cursor", "page_size"})
        if self.action == "restore":
            return frozenset()
        return super().action_parameters | more

    # --- Deleted records -------------------------------------------------------------------------

    def listed(self) -> models.QuerySet:
        text = self.request.query_params.get("deleted", "false")
        if text not in ("true", "false"):
            raise FieldErrors({"deleted": [_("Write true or false.")]})
        if text == "false":
            return super().listed()
        self.require("D")
        return self.gone()

    @transaction.atomic
    def restore(self, request: Request, pk: str) -> Response:
        self.require("D")
        found = self.even_deleted(int(pk))
        record = self.model.everything.select_for_update().get(pk=found.pk)
        self.match(record)
        if not self.allowed_even_deleted(record):
            raise PermissionDenied()
        self.bring_back(record)
        return self.answer(self.stored(record))

    def allowed_even_deleted(self, record: Any) -> bool:
        found = self.model.everything.visible_to(self.user).allowed(self.user, "D")
        return found.filter(pk=record.pk).exists()

    def bring_back(self, record: Any) -> None:
        """Restore a record; raises Conflict where something excludes it."""
        try:
            restore(record)
        except ValidationError as error:
            told = messages_by_field(error)
            text = " ".join(message for each in told.values() for message in each)
            raise Conflict(text, "not_restorable") from error

    # --- As of an instant ------------------------------------------------------------------------

    def retrieve(self, request: Request, pk: str) -> Response:
        instant = self.instant_of("as_of", now=timezone.now())
        if instant is None:
            return super().retrieve(request, pk)
        record = self.even_deleted(int(pk))
        row = at_instant(record, instant).first()
        if row is None:
            raise NotFound(_("There was no such record as of then."))
        return Response(self.as_it_was(record, row, instant))

    def instant_of(self, name: str, *, now: datetime) -> datetime | None:
        """An instant with its offset of the address, not in the future; raises FieldErrors."""
        text = self.request.query_params.get(name)
        if text is None:
            return None
        try:
            instant = Instant().run_validation(whole_offset(text))
        except serializers.ValidationError as error:
            raise FieldErrors({name: error.detail}) from None
        if instant > now:
            raise FieldErrors({name: [FUTURE]})
        return instant

    @classmethod
    def kept_columns(cls) -> dict[str, columns.Column]:
        """The columns whose past is known; the others are derived or private."""
        told = {"id", *columns.COMMON_LAST}
        for field in told_fields(cls.model):
            told |= {field.name, field.attname}
        return {
            name: column
            for name, column in cls.columns.items()
            if name not in cls.derived and column.path.partition("__")[0] in told
        }

    def as_it_was(self, record: Any, row: Any, instant: datetime) -> dict[str, Any]:
        """The columns as the row keeps them, and what is not known as of then."""
        kept = self.kept_columns()
        found = columns.select(entries(record).filter(pk=row.pk), kept.values(), self.user).get()
        sent = self.private(columns.shown(found, kept.values()), found)
        if "fields" in self.request.query_params:
            chosen = self.chosen({name: name for name in self.columns})
            sent = {name: value for name, value in sent.items() if name in chosen}
        gone = row.deleted_at
        return {
            **sent,
            "as_of": columns.instant_text(instant),
            "deleted_at": columns.instant_text(gone) if gone else None,
            "unknown": [name for name in self.columns if name not in kept],
        }

    # --- Entry by entry --------------------------------------------------------------------------

    def history(self, request: Request, pk: str) -> Response:
        record = self.even_deleted(int(pk))
        rows = entries(record).select_related("history_user").order_by()
        cursor = request.query_params.get("cursor")
        page = keyset.paginate(rows, ["-history_id"], cursor, self.page_size())
        before = self.row_before(record, page.items)
        pairs = zip(page.items, [*page.items[1:], before], strict=False)
        return Response(
            {
                "next": self.address(page.next_cursor),
                "previous": self.address(page.previous_cursor),
                "results": [self.entry(row, earlier) for row, earlier in pairs],
            }
        )

    def row_before(self, record: Any, rows: list[Any]) -> Any:
        """The row with which the oldest of the page's rows is compared."""
        if not rows:
            return None
        return entries(record).filter(history_id__lt=rows[-1].history_id).last()

    def entry(self, row: Any, before: Any) -> dict[str, Any]:
        """One write of the record, with each changed field before and after."""
        told = [f for f in told_fields(self.model) if f.name in self.columns]
        changed = changed_fields(row, before, told) if before is not None else []
        return {
            "id": row.history_id,
            "at": columns.instant_text(row.history_date),
            "event": event_of(row, before),
            "version": row.version,
            "actor": row.history_user.username if row.history_user else None,
            "door": row.door,
            "request": row.request_id,
            "changes": {
                field.name: {"before": _sent(field, before), "after": _sent(field, row)}
                for field in changed
            },
        }


def _sent(field: models.Field, row: Any) -> Any:
    """A row's value as the API sends it."""
    value = getattr(row, field.attname)
    convert = columns.converter(field)
    return value if value is None or convert is None else convert(value)
