"""Bringing the index up to date, set by set."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction

from brm.core import jobs
from brm.core.models import Job

from .grams import document_grams, initials, plain
from .models import LONGEST, Entry, Stale
from .triggers import indexed

JOB = "search-index"
BATCH = 1000
AT_ONCE = 100  # stale records that a search itself brings up to date
FIELDS = ("key", "title", "document", "grams")


@jobs.handler(JOB)
def refresh_all(job: Job, report: jobs.Report) -> dict[str, Any]:
    """Refresh until nothing is stale; safe to repeat and to run twice at once."""
    done = 0
    while count := refresh(BATCH):
        done += count
        report(0.5)
    return {"records": done}


def start() -> None:
    """Have a worker refresh what is stale. Effects: one Job, unless nothing is stale."""
    if Stale.objects.exists():
        jobs.enqueue(JOB, by=None)


def refresh_a_few() -> None:
    """What was just written, for whoever searches it now; much of it is left to a worker."""
    ids = list(Stale.objects.values_list("pk", flat=True)[: AT_ONCE + 1])
    if 0 < len(ids) <= AT_ONCE:
        refresh(AT_ONCE)


@transaction.atomic
def refresh(limit: int) -> int:
    """Bring the entries of up to `limit` stale notes up to date; returns how many notes.

    The statements depend on the kinds of records among them, not on their number. A record that
    is written meanwhile leaves a note of its own.
    """
    rows = list(Stale.objects.order_by("pk").values_list("pk", "resource", "record_id")[:limit])
    stale: dict[str, set[int]] = defaultdict(set)
    for _pk, resource, record_id in rows:
        stale[resource].add(record_id)
    Stale.objects.filter(pk__in=[row[0] for row in rows]).delete()
    models_by_resource = indexed()
    for resource, ids in sorted(stale.items()):
        model = models_by_resource.get(resource)
        found = list(model.objects.filter(pk__in=ids)) if model else []
        write(resource, found)
        gone = ids - {record.pk for record in found}
        if gone:
            Entry.objects.filter(resource=resource, record_id__in=gone).delete()
    return len(rows)


def write(resource: str, records: Iterable[models.Model]) -> None:
    """Insert or update the entries of records of one kind."""
    Entry.objects.bulk_create(
        [entry(resource, record) for record in records],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["resource", "record_id"],
        update_fields=FIELDS,
    )


def entry(resource: str, record: Any) -> Entry:
    """The entry of a record: its own searchable texts, not those of records it refers to."""
    names = [name for name in record.search_fields if "__" not in name]
    values = [str(getattr(record, name) or "") for name in names]
    title = plain(" ".join(values[1:]) if len(values) > 1 else str(record))
    text = plain(" ".join(values))[:LONGEST]
    letters = initials(text)
    return Entry(
        resource=resource,
        record_id=record.pk,
        key=plain(values[0])[:120] if values else "",
        title=title[:300],
        document=f"{text} {letters}".strip()[: 2 * LONGEST],
        grams=document_grams(text, letters),
    )
