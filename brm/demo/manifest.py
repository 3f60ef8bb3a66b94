"""The planted events of the demo, as they can be looked up in the figures."""

from typing import Any

from .models import DemoSeed
from .world import Event, World


def entries(world: World) -> list[dict[str, Any]]:
    """The world's events with the references their records got; those still to come left out."""
    return [_entry(event) for event in world.events if _was_written(event)]


def stored() -> list[dict[str, Any]]:
    """The manifest of the demo data in the database; empty without any.

    An entry has `key`, `title`, `kpi`, `period` (2025-03), `day`, `effect` in words, `records`
    (name → resource and reference) and `details` that belong to the event.
    """
    seed = DemoSeed.objects.first()
    return seed.manifest if seed else []


def _was_written(event: Event) -> bool:
    return all(record.pk for record in event.records.values())


def _entry(event: Event) -> dict[str, Any]:
    return {
        "key": event.key,
        "title": event.title,
        "kpi": event.kpi,
        "period": f"{event.day:%Y-%m}",
        "day": event.day.isoformat(),
        "effect": event.effect,
        "records": {
            name: {"resource": record.resource, "reference": record.reference}
            for name, record in event.records.items()
        },
        "details": event.details,
    }
