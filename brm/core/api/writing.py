"""Create, change, delete, upsert."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from .. import roles
from ..deletion import living_references
from ..models import Record
from ..restoring import check_referents
from .errors import Conflict, FieldErrors, PreconditionFailed
from .inputs import Inputs, Item
from .reading import Listing

OUT_OF_REACH = _("You may write such records within your own portfolio only.")
REFERENCED = _("Other records refer to this one: %(names)s.")


class Writing(Listing):
    """The unsafe methods of a record's resource."""

    model: type[Record]
    inputs: Inputs

    # --- Rights ----------------------------------------------------------------------------------

    def allows(self, verb: str, key: int) -> bool:
        """Whether the caller's roles allow the verb on this very record."""
        scopes = roles.scopes(self.user, self.model.resource, verb)
        if "A" in scopes or not scopes:
            return bool(scopes)
        return self.model.objects.allowed(self.user, verb).filter(pk=key).exists()

    def locked(self, verb: str, **lookup: Any) -> Record:
        """The visible record, locked; raises NotFound, or PermissionDenied without the right."""
        queryset = self.visible().filter(**lookup).select_for_update(of=("self",))
        record = queryset.first()
        if record is None:
            raise NotFound()
        if not self.allows(verb, record.pk):
            raise PermissionDenied()
        return record

    def keep(self, verb: str, keys: Sequence[int]) -> None:
        """Raise PermissionDenied when what was written lies beyond the caller's reach."""
        if self.out_of_reach(verb, keys):
            raise PermissionDenied(OUT_OF_REACH)

    def out_of_reach(self, verb: str, keys: Sequence[int]) -> set[int]:
        if "A" in roles.scopes(self.user, self.model.resource, verb):
            return set()
        allowed = self.model.objects.allowed(self.user, verb).filter(pk__in=keys)
        return set(keys) - set(allowed.values_list("pk", flat=True))

    def match(self, record: Record) -> None:
        """Raise PreconditionFailed when `If-Match` names another version than the stored one."""
        wanted = self.request.headers.get("If-Match")
        if wanted is None or wanted.strip() == "*":
            return
        if f'"{record.version}"' not in [tag.strip() for tag in wanted.split(",")]:
            raise PreconditionFailed(version=record.version)

    # --- Creating and changing -------------------------------------------------------------------

    def create(self, request: Request) -> Response:
        self.require("C")
        with transaction.atomic():
            record = self.write(Item(request.data), "C")
            return self.created(record)

    def created(self, record: Record) -> Response:
        address = reverse(f"api:{self.model.resource}-detail", args=[record.pk])
        location = self.request.build_absolute_uri(address)
        return self.answer(self.stored(record), status=201, Location=location)

    def update(self, request: Request, pk: str) -> Response:
        return self._change(Item(request.data), pk)

    def partial_update(self, request: Request, pk: str) -> Response:
        return self._change(Item(request.data, partial=True), pk)

    @transaction.atomic
    def _change(self, item: Item, pk: str) -> Response:
        item.record = self.locked("U", pk=int(pk))
        self.match(item.record)
        return self.answer(self.stored(self.write(item, "U")))

    def write(self, item: Item, verb: str) -> Record:
        """Read, check and save one record; raises FieldErrors and PermissionDenied."""
        self.inputs.read(item, lambda: self.present(item))
        self.inputs.resolve([item], self.user)
        if not item.errors:
            self.inputs.apply(item)
            self.inputs.check_fields(item)
        if not item.errors:
            self.inputs.check_others(item)
        if item.errors:
            raise FieldErrors(item.errors)
        item.record.save()
        self.keep(verb, [item.record.pk])
        return item.record

    def present(self, item: Item) -> dict[str, Any]:
        """The item's record as it is sent now; of a new one what it starts with."""
        if item.record is not None and item.record.pk:
            return self.described(self.stored(item.record))
        start: dict[str, Any] = dict.fromkeys(self.columns, object())
        if "status" in self.columns and hasattr(self.model, "Status"):
            start["status"] = self.model._meta.get_field("status").get_default()
        return start

    def stored(self, record: Record) -> dict[str, Any]:
        return self.row(self.model.everything.filter(pk=record.pk))

    # --- By reference ----------------------------------------------------------------------------

    def upsert(self, request: Request, reference: str) -> Response:
        """Create, change or restore the record with the reference; repeating it changes nothing."""
        reference = self.plain(reference)
        try:
            with transaction.atomic():
                return self._upsert(reference)
        except IntegrityError:
            # Someone created it at the same moment: then it is there to be changed.
            with transaction.atomic():
                return self._upsert(reference)

    def _upsert(self, reference: str) -> Response:
        data = self.request.data
        item = Item({**data, "reference": reference} if isinstance(data, dict) else data)
        if isinstance(data, dict) and data.get("reference", reference) != reference:
            raise FieldErrors({"reference": [_("The address names another reference.")]})
        found = self.model.everything.select_for_update().filter(reference=reference).first()
        if found is None:
            self.require("C")
            if "If-Match" in self.request.headers:
                raise PreconditionFailed()
            return self.created(self.write(item, "C"))
        if found.deleted_at is not None:
            return self._restore(item, found)
        item.record = self.locked("U", pk=found.pk)
        self.match(item.record)
        return self.answer(self.stored(self.write(item, "U")))

    def _restore(self, item: Item, record: Record) -> Response:
        self.require("C")
        if refusal := record.restore_refusal():
            raise Conflict(refusal, "not_restorable")
        self.match(record)
        record.deleted_at = None
        item.record = record
        written = self.write(item, "C")
        try:
            check_referents(written)
        except ValidationError as error:
            raise Conflict(" ".join(error.messages), "not_restorable") from error
        return self.answer(self.stored(written))

    # --- Deleting --------------------------------------------------------------------------------

    @transaction.atomic
    def destroy(self, request: Request, pk: str) -> Response:
        record = self.locked("D", pk=int(pk))
        self.match(record)
        if kinds := living_references(record):
            names = ", ".join(str(kind._meta.verbose_name_plural) for kind in kinds)
            resources = [kind.resource for kind in kinds]
            raise Conflict(REFERENCED % {"names": names}, "referenced", resources=resources)
        record.soft_delete()
        return Response(status=204)
