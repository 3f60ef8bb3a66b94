"""Walks the chain of seals and the entries under them, and finds the first thing that is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass

from . import chain, sequence
from .models import AuditEntry, AuditSeal

CHANGED, MISSING, SWAPPED, INSERTED = "changed", "missing", "swapped", "inserted"
FIRST = -(2**63)  # ids below 1 are no entries of ours, and would be seen
SEAL_CHANGED, SEAL_MISSING, UNKNOWN_HEAD = "seal changed", "seal missing", "unknown head"


@dataclass(frozen=True)
class Fault:
    """What is wrong, with the id of the entry (or seal) and, for swapped ones, of the other."""

    what: str
    id: int | None = None
    other: int | None = None


@dataclass
class Verified:
    """What a walk found: the first fault, or None; and how much was walked.

    `tail` counts the entries that are not sealed yet, `tail_from` is the id of the first of them;
    `head` is the last seal's hash: kept elsewhere, it proves later that nothing was cut off.
    """

    fault: Fault | None = None
    entries: int = 0
    seals: int = 0
    tail: int = 0
    tail_from: int | None = None
    head: str = ""


def verify(head: str = "") -> Verified:
    """Walk everything. `head` is a hash noted earlier, which the chain must still contain."""
    result = Verified()
    after, previous, met = FIRST, "", not head
    for seal in AuditSeal.objects.order_by("last_id").iterator(chunk_size=10):
        result.fault = _check_seal(seal, previous) or _first_fault(seal, after)
        if result.fault is not None:
            return result
        after, previous = seal.last_id, seal.hash
        met = met or seal.hash == head
        result.entries += seal.count
        result.seals += 1
        result.head = seal.hash
        last_seal = seal.pk
    result.fault = _cut_off(last_seal if result.seals else 0)
    if result.fault is None and not met:
        result.fault = Fault(UNKNOWN_HEAD)
    unsealed = AuditEntry.objects.filter(id__gt=after)
    result.tail = unsealed.count()
    result.tail_from = unsealed.order_by("id").values_list("id", flat=True).first()
    return result


def _check_seal(seal: AuditSeal, previous: str) -> Fault | None:
    if seal.hash != chain.seal_hash(seal):
        return Fault(SEAL_CHANGED, seal.pk)
    if seal.previous != previous:
        return Fault(SEAL_MISSING, seal.pk)
    return None


def _cut_off(last_seal: int) -> Fault | None:
    """Whether seals were made behind the last one that is there, or entries are lost behind it."""
    given = sequence.last_given(AuditSeal._meta.db_table)
    if given > last_seal:
        return Fault(SEAL_MISSING, given)
    return None


def _first_fault(seal: AuditSeal, after: int) -> Fault | None:
    """Compare the entries of a seal with what it says of them."""
    digests, size = bytes(seal.digests), AuditSeal.DIGEST
    expected = _pairs(seal, digests)
    found = chain.digested(after, seal.last_id)
    wanted, row = next(expected, None), next(found, None)
    while wanted is not None or row is not None:
        if wanted is None or (row is not None and row[0] < wanted[0]):
            return Fault(INSERTED, row[0])
        if row is None or wanted[0] < row[0]:
            return Fault(MISSING, wanted[0])
        if wanted[1] != row[1]:
            return _changed(row[0], row[1], size)
        wanted, row = next(expected, None), next(found, None)
    return None


def _pairs(seal: AuditSeal, digests: bytes) -> Iterator[chain.Row]:
    size = AuditSeal.DIGEST
    for place, key in enumerate(chain.ids_of(seal.ranges)):
        yield key, digests[place * size : (place + 1) * size]


def _changed(key: int, digest: bytes, size: int) -> Fault:
    """An entry that is not what was sealed: another one's content, or new content."""
    for seal in AuditSeal.objects.order_by("last_id").iterator(chunk_size=10):
        for other, its_digest in _pairs(seal, bytes(seal.digests)):
            if its_digest == digest and other != key:
                return Fault(SWAPPED, key, other)
    return Fault(CHANGED, key)
