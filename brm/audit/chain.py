"""How entries and seals are hashed (SHA-256): the same text always gives the same digest."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from .models import AuditEntry, AuditSeal

# What of an entry is sealed; its id is sealed by its place.
SEALED = (
    "at",
    "actor_id",
    "actor_name",
    "event",
    "kind",
    "object_id",
    "reference",
    "changes",
    "reason",
    "door",
    "request_id",
    "import_id",
    "token_id",
)

Row = tuple[int, bytes]


def digest(values: Iterable[Any]) -> bytes:
    """The digest of an entry's values, in the order of SEALED."""
    at, *rest = values
    text = json.dumps(
        [at.astimezone(UTC).isoformat(), *rest], sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).digest()[: AuditSeal.DIGEST]


def digested(after: int, until: int, most: int | None = None) -> Iterator[Row]:
    """Id and digest of the entries with ids in (after, until], in order; `most` of them."""
    rows = AuditEntry.objects.filter(id__gt=after, id__lte=until).order_by("id")
    for key, *values in rows.values_list("id", *SEALED)[:most].iterator(chunk_size=2000):
        yield key, digest(values)


def seal_hash(seal: AuditSeal) -> str:
    """The hash of a seal, over all that it says and over the one before it."""
    said = [
        seal.previous,
        seal.last_id,
        seal.count,
        seal.ranges,
        seal.sealed_at.astimezone(UTC).isoformat(),
        bytes(seal.digests).hex(),
    ]
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def ranges_of(ids: Iterable[int]) -> list[list[int]]:
    """Ascending ids as [first, last] pairs."""
    found: list[list[int]] = []
    for number in ids:
        if found and found[-1][1] + 1 == number:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def ids_of(ranges: Iterable[list[int]]) -> Iterator[int]:
    """The ids that the pairs stand for."""
    for first, last in ranges:
        yield from range(first, last + 1)
