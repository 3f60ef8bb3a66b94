"""What a caller sends: read by the model's fields, foreign keys found among what he may see."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from ..models import Record
from . import values
from .columns import key_of
from .errors import NON_FIELD, messages_by_field

Errors = dict[str, list[Any]]

MISSING = _("There is no such record.")
REQUIRED = _("This field is required.")


@dataclass
class Item:
    """One record to write: what was sent for it, what that means, what is wrong with it."""

    data: Any
    record: Any = None
    partial: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    errors: Errors = field(default_factory=lambda: defaultdict(list))
    status: int = 200
    is_new: bool = False


class Inputs:
    """The writable side of a resource.

    `fields` are the declared ones; those that are not editable, and `status`, are read-only.
    `extras` are serializer fields of values that the record understands beside its columns.
    """

    def __init__(
        self,
        model: type[Record],
        fields: Sequence[str],
        extras: Mapping[str, serializers.Field] | None = None,
        name: str = "",
    ) -> None:
        self.model, self.name = model, name or model.__name__
        columns = [model._meta.get_field(field) for field in fields]
        editable = [f for f in columns if f.editable and f.name != "status"]
        self.columns = [f for f in editable if not f.is_relation]
        self.relations = [f for f in editable if f.is_relation]
        self.extras = dict(extras or {})
        self.serializer_class = self._serializer_class()
        self.fields: dict[str, serializers.Field] = dict(self.serializer_class().fields)

    def _serializer_class(self) -> type[serializers.Serializer]:
        made: dict[str, Any] = {column.name: values.writable(column) for column in self.columns}
        for relation in self.relations:
            label = relation.verbose_name
            made[relation.name] = values.IdField(
                required=False, allow_null=relation.null, help_text=label
            )
            made[f"{relation.name}_reference"] = values.ReferenceText(
                required=False,
                allow_null=relation.null,
                max_length=150,
                help_text=_("%(field)s, by reference") % {"field": label},
            )
        made |= self.extras
        return type(f"{self.name}Write", (serializers.Serializer,), made)

    # --- Reading ---------------------------------------------------------------------------------

    def read(self, item: Item, shown: Callable[[], dict[str, Any]]) -> None:
        """Fill the item's values from its data, or its errors.

        `shown()` gives the record as it is sent; a read-only field may be sent back unchanged.
        """
        if not isinstance(item.data, Mapping):
            item.errors[NON_FIELD].append(_("An object with the record's fields is expected."))
            return
        for name, given in item.data.items():
            if name in self.fields:
                self._read_field(item, name, given)
            else:
                self._read_other(item, name, given, shown)
        if not item.partial:
            for name, described in self.fields.items():
                if described.required and name not in item.data:
                    item.errors[name].append(REQUIRED)

    def _read_field(self, item: Item, name: str, given: Any) -> None:
        try:
            item.values[name] = self.fields[name].run_validation(given)
        except serializers.ValidationError as error:
            detail = error.detail
            texts = detail if isinstance(detail, list) else [ErrorDetail(str(detail))]
            item.errors[name] += texts

    def _read_other(
        self, item: Item, name: str, given: Any, shown: Callable[[], dict[str, Any]]
    ) -> None:
        present = shown()
        if name not in present:
            item.errors[name].append(_("There is no such field."))
        elif given != present[name]:
            text = _("This changes by a move only.") if name == "status" else _READ_ONLY
            item.errors[name].append(text)

    # --- Foreign keys ----------------------------------------------------------------------------

    def resolve(self, items: Sequence[Item], user: Any) -> None:
        """Replace ids and references of other records by these records, one statement a field."""
        for relation in self.relations:
            self._resolve(relation, items, user)

    def _resolve(self, relation: models.ForeignKey, items: Sequence[Item], user: Any) -> None:
        name, by_name = relation.name, f"{relation.name}_reference"
        given = [item for item in items if name in item.values or by_name in item.values]
        if not relation.null:
            for item in items:
                if not item.partial and item not in given and name not in item.errors:
                    item.errors[name].append(REQUIRED)
        ids = {item.values.get(name) for item in given} - {None}
        keys = {item.values.get(by_name) for item in given} - {None}
        if not ids and not keys:
            for item in given:
                item.values[name] = None
                item.values.pop(by_name, None)
            return
        present = {getattr(item.record, relation.attname, None) for item in given} - {None}
        found = _findable(relation.related_model, ids, keys, present, user)
        for item in given:
            self._settle(item, name, found)

    def _settle(self, item: Item, name: str, found: dict[Any, Any]) -> None:
        """Put the one record that id and reference name into the item's values."""
        by_name = f"{name}_reference"
        named = {
            part: found.get(item.values[part]) if item.values[part] is not None else None
            for part in (name, by_name)
            if part in item.values
        }
        for part, record in named.items():
            if record is None and item.values[part] is not None:
                item.errors[part].append(MISSING)
        chosen = list(named.values())
        if not item.errors and len(chosen) == 2 and chosen[0] != chosen[1]:
            item.errors[by_name].append(_("Id and reference name different records."))
        item.values[name] = chosen[0]
        item.values.pop(by_name, None)

    # --- Records ---------------------------------------------------------------------------------

    def apply(self, item: Item) -> None:
        """Give the item's record (a new one when it has none) the values."""
        if item.record is None:
            item.record = self.model()
        for name, value in item.values.items():
            setattr(item.record, name, value)

    def check_fields(self, item: Item) -> None:
        """What the record can tell about itself: fields and `clean()`; foreign keys are known."""
        known = [relation.name for relation in self.relations]
        try:
            item.record.clean_fields(exclude=known)
            item.record.clean()
        except ValidationError as error:
            item.errors |= messages_by_field(error)

    def check_others(self, item: Item) -> None:
        """What only the database can tell: uniqueness and constraints."""
        for check in (item.record.validate_unique, item.record.validate_constraints):
            try:
                check()
            except ValidationError as error:
                for name, messages in messages_by_field(error).items():
                    item.errors[name] += [m for m in messages if m not in item.errors[name]]


_READ_ONLY = _("This field is read-only.")


def _findable(
    target: type[models.Model], ids: set[int], keys: set[str], present: set[int], user: Any
) -> dict[Any, Any]:
    """The records the user may name, by id and by reference; present ones may stay."""
    key = key_of(target)
    wanted = Q(pk__in=ids) | Q(**{f"{key}__in": keys}) if keys else Q(pk__in=ids)
    if issubclass(target, Record):
        found = list(target.objects.visible_to(user).filter(wanted))
        missing = present - {record.pk for record in found}
        if missing:
            found += target.everything.filter(wanted, pk__in=missing)
    else:
        found = list(target._default_manager.filter(wanted))
    return {name: record for record in found for name in (record.pk, getattr(record, key))}
