"""Up to 1,000 records in one request, checked and written in batches."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from .. import roles
from ..writing import write_many
from . import columns
from .errors import NON_FIELD, FieldErrors, body, messages_by_field
from .inputs import MISSING, Item
from .moving import Moving
from .writing import OUT_OF_REACH

MOST = 1000
BATCH = 500
TAKEN = _("This reference is taken.")
FAILED = _("Nothing was written: some items are refused.")
DENIED = _("You may not write this record.")


class Refused(Exception):
    """A batch cannot be written as a whole."""


class Bulk(Moving):
    """`{"items": […]}`: an item with an `id` changes that record, one without makes a new one."""

    @property
    def max_body(self) -> int:
        return 10_000_000 if self.action == "bulk" else 1_000_000

    def allowed_parameters(self) -> frozenset[str]:
        return frozenset({"atomic"}) if self.action == "bulk" else super().allowed_parameters()

    def bulk(self, request: Request) -> Response:
        if not roles.may(self.user, "U", self.model.resource):
            self.require("C")
        items = [Item(data) for data in self._listed(request.data)]
        if self._atomic():
            return self._all_or_nothing(items)
        for batch in _batches(items):
            with transaction.atomic():
                self._prepare(batch)
                self._write([item for item in batch if not item.errors])
        return Response({"results": _results(items)})

    def _all_or_nothing(self, items: list[Item]) -> Response:
        with transaction.atomic():
            for batch in _batches(items):
                self._prepare(batch)
                self._write([item for item in batch if not item.errors])
            failed = any(item.errors for item in items)
            transaction.set_rollback(failed)
        if not failed:
            return Response({"results": _results(items)})
        refused = _results(items, written=False)
        return Response(body(400, "bulk_refused", FAILED, results=refused), status=400)

    def _atomic(self) -> bool:
        text = self.request.query_params.get("atomic", "0")
        if text not in ("0", "1", "true", "false"):
            raise FieldErrors({"atomic": [_("Write 1 or 0.")]})
        return text in ("1", "true")

    def _listed(self, data: Any) -> list[Any]:
        items = data.get("items") if isinstance(data, dict) else None
        if not isinstance(items, list) or set(data) != {"items"}:
            raise FieldErrors({"items": [_("An object with a list of items is expected.")]})
        if len(items) > MOST:
            text = _("At most %(count)d items are taken at once.") % {"count": MOST}
            raise FieldErrors({"items": [text]}, "too_many")
        return items

    # --- Checking --------------------------------------------------------------------------------

    def _prepare(self, items: Sequence[Item]) -> None:
        """Read the items, find the records they name, check what needs no database."""
        self._find_records(items)
        rows = cache(lambda: self._rows(items))
        for item in items:
            if isinstance(item.data, dict):
                item.data.pop("id", None)  # it has named the record
            if item.record is None and not item.errors:
                item.is_new = True
                if not roles.may(self.user, "C", self.model.resource):
                    _refuse(item, DENIED, 403)
            if not item.errors:
                self.inputs.read(item, cache(lambda item=item: self._sent_now(item, rows)))
        read = [item for item in items if item.status == 200 and isinstance(item.data, dict)]
        self.inputs.resolve(read, self.user)
        self._check_references([item for item in read if not item.errors])
        for item in read:
            if not item.errors:
                self.inputs.apply(item)
                self._check_fields(item)

    def _rows(self, items: Sequence[Item]) -> dict[int, dict[str, Any]]:
        """The stored rows of the records that items change, by id; one statement."""
        keys = [item.record.pk for item in items if item.record is not None]
        stored = self.annotated(self.model.everything.filter(pk__in=keys))
        rows = columns.select(stored, self.columns.values(), self.user)
        return {row["id"]: row for row in rows}

    def _sent_now(
        self, item: Item, rows: Callable[[], dict[int, dict[str, Any]]]
    ) -> dict[str, Any]:
        """`present`, with the rows of the whole batch read at once where any is needed."""
        if item.record is None:
            return self.present(item)
        return self.described(rows()[item.record.pk])

    def _check_fields(self, item: Item) -> None:
        """`Inputs.check_fields`; whether the reference is free was asked for the whole batch."""
        reference, item.record.reference = item.record.reference, ""
        self.inputs.check_fields(item)
        item.record.reference = reference

    def _find_records(self, items: Sequence[Item]) -> None:
        """Lock and attach the records that items name by their id."""
        named = [item for item in items if isinstance(item.data, dict) and item.data.get("id")]
        ids = {key for item in named if type(key := item.data["id"]) is int and 0 < key < 2**63}
        visible = self.visible().select_for_update(of=("self",))
        found = {record.pk: record for record in visible.filter(pk__in=ids)} if ids else {}
        barred = self.out_of_reach("U", list(found)) if found else set()
        for item in named:
            key = item.data["id"]
            item.record, item.partial = found.pop(key, None) if type(key) is int else None, True
            if item.record is None:
                _refuse(item, MISSING, 404, "id")
            elif key in barred:
                _refuse(item, DENIED, 403)

    def _check_references(self, items: Sequence[Item]) -> None:
        """Refuse references that another record, deleted ones included, or item has."""
        wanted = [item for item in items if item.values.get("reference")]
        if not wanted:
            return
        names = [item.values["reference"] for item in wanted]
        known = self.model.everything.filter(reference__in=names)
        owners = dict(known.values_list("reference", "pk"))
        for item in wanted:
            own = item.record.pk if item.record else None
            owner = owners.setdefault(item.values["reference"], own or id(item))
            if owner not in (own, id(item)):
                _refuse(item, TAKEN, 400, "reference")

    # --- Writing ---------------------------------------------------------------------------------

    def _write(self, items: Sequence[Item]) -> None:
        """Write the batch at once; when it cannot be, record by record to find the culprits."""
        if not items:
            return
        for item in items:
            item.status = 201 if item.is_new else 200
        if self._try(items, lambda: self._write_batch(items)):
            return
        for item in items:
            self._reset(item)
            self.inputs.check_others(item)
            if not item.errors:
                self._try([item], lambda item=item: self._write_batch([item]))

    def _write_batch(self, items: Sequence[Item]) -> None:
        records = [item.record for item in items]
        write_many(records)
        for verb, is_new in (("C", True), ("U", False)):
            keys = [item.record.pk for item in items if item.is_new == is_new]
            if keys and self.out_of_reach(verb, keys):
                raise Refused

    def _try(self, items: Sequence[Item], write: Callable[[], None]) -> bool:
        """Run `write` in a savepoint; a refusal of a single item becomes its error."""
        texts: dict[str, Any] = {}
        status = 400
        try:
            with transaction.atomic():
                write()
            return True
        except ValidationError as error:
            texts = messages_by_field(error)
        except (IntegrityError, DataError, OverflowError):
            texts, status = {NON_FIELD: [_("Another record excludes this one.")]}, 409
        except Refused:
            texts, status = {NON_FIELD: [OUT_OF_REACH]}, 403
        if len(items) == 1:
            items[0].errors |= texts
            items[0].status = status
        return False

    def _reset(self, item: Item) -> None:
        """Take back what the attempt that was rolled back left on the record."""
        record = item.record
        if item.is_new:
            if "reference" not in item.values:
                record.reference = ""
            record.pk, record._state.adding = None, True
            record.version = 1
            record.__dict__.pop("_stored", None)
        else:
            record.version = record.stored["version"]


def _refuse(item: Item, text: Any, status: int, name: str = NON_FIELD) -> None:
    item.errors[name].append(text)
    item.status = status


def _batches(items: list[Item]) -> list[list[Item]]:
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def _results(items: Sequence[Item], *, written: bool = True) -> list[dict[str, Any]]:
    """The outcome of each item; in a request that was taken back, no new record has an id."""
    results = []
    for index, item in enumerate(items):
        bad = bool(item.errors)
        unwritten = item.record is None or (item.is_new and (bad or not written))
        results.append(
            {
                "index": index,
                "status": max(item.status, 400) if bad else item.status,
                "id": None if unwritten else item.record.pk,
                "errors": {name: [str(t) for t in texts] for name, texts in item.errors.items()},
            }
        )
    return results
