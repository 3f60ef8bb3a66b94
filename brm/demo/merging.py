"""The demo's merge: two entries of one customer become one."""

from datetime import datetime

from brm.core.origin import Door, acting
from customers.actions import merge_customers

from .fates import MERGED_AGO
from .relations import Relations
from .world import World


def tell(world: World, relations: Relations) -> None:
    """Put the merge after everything that was written before it."""
    merged = relations.customers[relations.key("merged")]
    survivor = relations.customers[relations.key("survivor")]

    def merge(at: datetime) -> None:
        lead = world.user("lead")
        with acting(user=lead, door=Door.PAGE, at=at):
            merge_customers(merged=merged, survivor=survivor, by=lead, now=at)
        for step in world.steps:
            _reload(step.record, merged.pk)

    world.act(world.calendar.at(world.calendar.day(MERGED_AGO, 12), 19), merge)
    world.plant(
        "customers_merged",
        "Two entries turn out to be one customer",
        "new_customers",
        world.calendar.month(13),
        "the gain of the month is retracted: neither a gain nor a loss",
        merged=merged,
        survivor=survivor,
        since=world.calendar.month(MERGED_AGO).isoformat(),
        until=world.calendar.month(MERGED_AGO - 1).isoformat(),
    )


def _reload(record: object, merged: int) -> None:
    """Later steps go on from what the merge wrote."""
    if record.pk and getattr(record, "customer_id", None) == merged:
        record.refresh_from_db()
        record.remember_stored()
