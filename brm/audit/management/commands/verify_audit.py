"""`manage.py verify_audit`: proves that the audit trail stands as it was sealed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from brm.audit import verifying
from brm.audit.models import AuditEntry
from brm.audit.verifying import Fault, Verified

WORDS = {
    verifying.CHANGED: "Entry {entry} was changed after it was sealed.",
    verifying.MISSING: "Entry {id} is missing.",
    verifying.SWAPPED: "Entry {entry} was swapped: it holds what entry {other} held.",
    verifying.INSERTED: "Entry {entry} was inserted after its neighbours were sealed.",
    verifying.SEAL_CHANGED: "Seal {id} was changed.",
    verifying.SEAL_MISSING: "A seal is missing at seal {id}.",
    verifying.UNKNOWN_HEAD: "The chain does not contain the head that was given: it was rewritten"
    " or cut off.",
}


class Command(BaseCommand):
    """Walk the chain of seals; exit 1 and name the first thing that is wrong."""

    help = "Walk the audit chain; names the first changed, missing, swapped or inserted entry."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", default="", help="a head that an earlier run printed")

    def handle(self, *, head: str, **options: Any) -> None:
        """Say what was found."""
        result = verifying.verify(head)
        if result.fault is not None:
            raise CommandError(told(result.fault), returncode=1)
        self.stdout.write(f"{result.entries} entries under {result.seals} seals are intact.")
        self.stdout.write(_tail(result))
        if result.head:
            self.stdout.write(f"Head: {result.head}")


def told(fault: Fault) -> str:
    """A fault in words."""
    entry = AuditEntry.objects.filter(pk=fault.id).first()
    known = f"{fault.id} ({entry})" if entry else str(fault.id)
    return WORDS[fault.what].format(id=fault.id, entry=known, other=fault.other)


def _tail(result: Verified) -> str:
    if not result.tail:
        return "No entry waits for its seal."
    return f"{result.tail} entries from {result.tail_from} on wait for their seal."
