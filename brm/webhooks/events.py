"""The names of events: `complaint.created`; a subscription may say `complaint.*` or `*`."""

from collections.abc import Iterable
from functools import cache

from django.apps import apps

from brm.core.models.record import Record
from brm.core.watching import CREATED, DELETED, MOVED, RESTORED, UPDATED

EVERYTHING = "*"
# Subscriptions, and what people say to each other beside records.
UNTOLD = frozenset({"webhooks", "comments", "attachments"})
VERBS = (CREATED, UPDATED, DELETED, MOVED)


def kind_of(resource: str) -> str:
    """What one record of a resource is called: `complaints` → `complaint`."""
    return f"{resource[:-3]}y" if resource.endswith("ies") else resource.removesuffix("s")


def event_of(resource: str, verb: str) -> str:
    """The name of what a write did; a restored record is there again, changed."""
    return f"{kind_of(resource)}.{UPDATED if verb == RESTORED else verb}"


@cache
def event_names() -> list[str]:
    """Every event there is."""
    records = [model for model in apps.get_models() if issubclass(model, Record)]
    told = sorted({model.resource for model in records} - UNTOLD)
    return [f"{kind_of(resource)}.{verb}" for resource in told for verb in VERBS]


def choices() -> list[str]:
    """Every name that a subscription may have."""
    names = event_names()
    kinds = sorted({name.partition(".")[0] for name in names})
    return [EVERYTHING, *(f"{kind}.*" for kind in kinds), *names]


def wants(subscribed: Iterable[str], event: str) -> bool:
    """Whether a subscription's names cover an event."""
    return any(name in (EVERYTHING, event, f"{event.partition('.')[0]}.*") for name in subscribed)
