"""What a run puts in order before it looks at contributions: business dates and spells."""

from django.conf import settings
from django.db import connection

from customers.spells import refresh_spells, stale_customers

from .models import Run

DATED = (
    ("feedback_complaint", "received_on", "received_at"),
    ("feedback_survey", "closed_on", "closed_at"),
    ("feedback_invitation", "invited_on", "invited_at"),
    ("feedback_response", "completed_on", "completed_at"),
)


def redate() -> None:
    """Date all facts anew in the organisation's time zone, after that was changed.

    Effects: business dates of records that come out differently, without history: they follow
    from the instants, which stay.
    """
    with connection.cursor() as cursor:
        for table, day, instant in DATED:
            date, parameters = connection.ops.datetime_cast_date_sql(
                instant, (), settings.BRM.time_zone.key
            )
            cursor.execute(
                f"UPDATE {table} SET {day} = {date}"
                f" WHERE {instant} IS NOT NULL AND {day} <> {date}",
                [*parameters, *parameters],
            )


def mend_spells(run: Run) -> None:
    """Rebuild spells that a plain statement or a changed grace period left behind.

    Effects: spells of the customers concerned; a full run looks at all, others at queued keys.
    """
    if run.full:
        stale = stale_customers()
    else:
        stale = stale_customers(
            "AND customer_id IN (SELECT key FROM core_dirtykey"
            f" WHERE kind IN ('spells', 'customer') AND {mine(run)})",
        )
    refresh_spells(stale)


def mine(run: Run) -> str:
    """The condition on queued keys that a run looks at; only complete ones take them."""
    return f"run_id = {run.pk:d}" if run.is_complete else "run_id IS NULL"
