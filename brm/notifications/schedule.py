"""What beat does for notifications: mails that became due, scorecards that were ordered."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from brm.core import jobs

from .kinds import kind_of
from .mailing import due
from .models import Rhythm, Wishes
from .telling import JOB, notify
from .times import next_delivery, zone_of

SCORECARD = "scorecard"
BATCH = 500


def tick(now: datetime) -> None:
    """Start whatever is due; safe to repeat at any time and to run twice at once.

    Effects: a notification for each scorecard that is due, and the instant of the next one; a
    Job when mails are due.
    """
    while order_scorecards(now):
        pass
    if due(now).exists():
        jobs.enqueue(JOB, "due", by=None)


@transaction.atomic
def order_scorecards(now: datetime) -> int:
    """Tell people that their scorecard is there; returns how many were due, BATCH at most."""
    waiting = list(
        Wishes.objects.select_for_update(of=("self",))
        .filter(scorecard_next_at__lte=now)
        .select_related("user")
        .order_by("pk")[:BATCH]
    )
    page = reverse(kind_of(SCORECARD).url_name)
    for rhythm in {wishes.scorecard for wishes in waiting} - {Rhythm.NEVER}:
        those = [wishes.pk for wishes in waiting if wishes.scorecard == rhythm]
        key = f"{rhythm} {now.date().isoformat()}"
        notify(SCORECARD, those, key=key, now=now, resource="kpis", url=page)
    for wishes in waiting:
        zone = zone_of(wishes.user.time_zone)
        wishes.scorecard_next_at = next_delivery(now, zone, wishes.digest_at, wishes.scorecard)
    Wishes.objects.bulk_update(waiting, ["scorecard_next_at"], batch_size=BATCH)
    return len(waiting)
