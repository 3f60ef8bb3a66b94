"""Bringing a deleted record back: what stands in its way, and the verb."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from .models.record import Record


def deleted_referents(record: Record) -> list[Record]:
    """The deleted records that this one names and cannot be without.

    One statement for each kind of record named; their rows are locked, so that none of them is
    deleted before the transaction ends.
    """
    named: dict[type[Record], set[int]] = defaultdict(set)
    for field in record._meta.concrete_fields:
        target, key = field.related_model, getattr(record, field.attname)
        if key is None or target is None or not issubclass(target, Record):
            continue
        if field.remote_field.on_delete is models.PROTECT:
            named[target].add(key)
    return [
        found
        for model, keys in named.items()
        for found in model.everything.select_for_update().filter(pk__in=keys).order_by("pk")
        if found.deleted_at is not None
    ]


def check_restorable(record: Record) -> None:
    """Raise ValidationError where something excludes the record, were it not deleted."""
    if refusal := record.restore_refusal():
        raise ValidationError(refusal)
    check_referents(record)
    record.clean()
    record.validate_constraints()


def check_referents(record: Record) -> None:
    """Raise ValidationError when the record names one that is deleted."""
    if gone := deleted_referents(record):
        names = [f"{found._meta.verbose_name} {found}" for found in gone]
        text = _("It belongs to what is deleted itself: %(names)s. Restore that first.")
        raise ValidationError(text % {"names": ", ".join(names)})


@transaction.atomic
def restore(record: Record, *, reason: str = "") -> None:
    """Bring a deleted record back as it was; the caller has locked it.

    Raises ValidationError when something excludes it now. Effects: as of `Record.save`; a record
    that is not deleted stays as it is.
    """
    if record.deleted_at is None:
        return
    record.deleted_at = None
    check_restorable(record)
    record.write_reason = reason
    record.save()
    record.write_reason = ""
