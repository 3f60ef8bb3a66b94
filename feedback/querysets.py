"""Sets of complaints."""

from datetime import datetime
from typing import Self

from brm.core.querysets import RecordQuerySet

OPEN = (
    "received",
    "acknowledged",
    "investigating",
    "waiting_customer",
    "answered",
    "disputed",
)


class ComplaintQuerySet(RecordQuerySet):
    def open(self) -> Self:
        """Neither accepted nor ended in another way."""
        return self.filter(status__in=OPEN)

    def counted(self) -> Self:
        """Those the headline figure counts."""
        return self.exclude(status__in=("duplicate", "withdrawn"))

    def unacknowledged(self, now: datetime) -> Self:
        """Past their due instant without an acknowledgement."""
        return self.counted().filter(acknowledged_at=None, acknowledge_due_at__lt=now)
