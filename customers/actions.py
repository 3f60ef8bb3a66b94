"""Business verbs of customer relationships that touch several records."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from brm.core.models import Record
from brm.core.watching import Happening, happened
from brm.core.writing import write_many

from .models import Customer, CustomerMerge

MERGE_BATCH = 2_000


@transaction.atomic
def merge_customers(
    *, merged: Customer, survivor: Customer, by: Any, now: datetime
) -> CustomerMerge:
    """Give `survivor` all facts of `merged`; it takes the place of both.

    Raises ValidationError for a merge with itself, with a deleted customer or with one that was
    merged already. Effects: every record that names `merged` as its customer (and every customer
    below it) names `survivor`, with history; `merged` is hidden and keeps its reference, its own
    dated dimensions end with it; spells of both are rebuilt; both are dirty for the KPIs; one
    CustomerMerge says what moved.
    """
    locked = {
        customer.pk: customer
        for customer in Customer.everything.select_for_update().filter(
            pk__in=[merged.pk, survivor.pk]
        )
    }
    merged, survivor = locked[merged.pk], locked[survivor.pk]
    _check_merge(merged, survivor)
    moved: dict[str, list[int]] = {}
    for model, name in fact_fields():
        ids = list(model.everything.filter(**{name: merged}).values_list("pk", flat=True))
        if ids:
            moved[f"{model._meta.label}.{name}"] = ids
            _point(model, name, ids, survivor)
    merged.merged_into = survivor
    merged.deleted_at = now
    merged.save()
    into = {"into": (None, survivor.reference)}
    happened(Happening("merged", merged.resource, merged, fields=into))
    return CustomerMerge.objects.create(
        survivor=survivor, merged=merged, moved=moved, at=now, by=by
    )


@transaction.atomic
def undo_merge(merge: CustomerMerge, *, now: datetime) -> None:
    """Bring the merged customer back with the facts that moved and still are the survivor's.

    Raises ValidationError when it was undone before. Effects: the mirror image of a merge.
    """
    merge = CustomerMerge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at is not None:
        raise ValidationError(_("This merge was undone already."))
    merged = Customer.everything.get(pk=merge.merged_id)
    merged.merged_into = None
    merged.deleted_at = None
    merged.save()
    for model, name in fact_fields():
        moved = merge.moved.get(f"{model._meta.label}.{name}", [])
        still = model.everything.filter(**{name: merge.survivor_id})
        for batch in _batches(moved):
            ids = list(still.filter(pk__in=batch).values_list("pk", flat=True))
            _point(model, name, ids, merged)
    from_whom = {"from": (merge.survivor.reference, None)}
    happened(Happening("unmerged", merged.resource, merged, fields=from_whom))
    merge.undone_at = now
    merge.save(update_fields=["undone_at"])


def fact_fields() -> Iterator[tuple[type[Record], str]]:
    """Every record and field, of whatever app, that names a customer."""
    for relation in Customer._meta.related_objects:
        model, name = relation.related_model, relation.field.name
        if issubclass(model, Record) and name != "merged_into":
            yield model, name


def _check_merge(merged: Customer, survivor: Customer) -> None:
    if merged.pk == survivor.pk:
        raise ValidationError(_("A customer cannot be merged with itself."))
    for customer in (merged, survivor):
        if customer.deleted_at is not None:
            raise ValidationError(
                _("%(customer)s is deleted or merged already.") % {"customer": customer}
            )


def _point(model: type[models.Model], name: str, ids: list[int], customer: Customer) -> None:
    for batch in _batches(ids):
        records = list(model.everything.filter(pk__in=batch))
        for record in records:
            # The survivor itself may have stood below the merged customer.
            target = None if record.pk == customer.pk and model is Customer else customer
            setattr(record, name, target)
        write_many(records)


def _batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), MERGE_BATCH):
        yield ids[start : start + MERGE_BATCH]
