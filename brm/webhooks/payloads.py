"""The body of an event: what the subscription's owner may see of the record now."""

import json
from typing import Any

from rest_framework.utils.encoders import JSONEncoder

from brm.core.api import REGISTRY
from brm.core.api import columns as shapes
from brm.core.models import User

from .models import Delivery

DELETED = ".deleted"


def visible_record(delivery: Delivery, owner: User) -> dict[str, Any] | None:
    """The record as the owner would read it over REST; None when he may not see it.

    A deleted record is shown by its key alone.
    """
    view = REGISTRY.get(delivery.records)
    if view is None or not owner.is_active:
        return None
    found = view.model.everything.filter(pk=delivery.object_id).visible_to(owner)
    key = {"id": delivery.object_id, "reference": delivery.reference}
    if delivery.event.endswith(DELETED):
        return key if found.exists() else None
    row = shapes.select(view().annotated(found), view.columns.values(), owner).first()
    return None if row is None else shapes.shown(row, view.columns.values())


def body_of(delivery: Delivery, record: dict[str, Any]) -> str:
    """The JSON text that is sent and signed."""
    content = {
        "type": delivery.event,
        "timestamp": shapes.instant_text(delivery.occurred_at),
        "data": {"version": delivery.version, "changed": delivery.changed, "record": record},
    }
    return json.dumps(content, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":"))
