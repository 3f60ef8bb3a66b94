"""Finding the record a conversation is about, for somebody who may see it."""

from typing import Any

from brm.core.models import Record
from brm.core.roles import may

from .querysets import discussed


def visible_record(user: Any, resource: str, key: int) -> Record | None:
    """The record, if there is one and the user may see it; one statement."""
    model = discussed().get(resource)
    if model is None or not may(user, "V", resource) or not 0 < key < 2**63:
        return None
    return model.objects.visible_to(user).filter(pk=key).first()


def may_attach(user: Any, record: Record) -> bool:
    """Whether the user may put files beside a record he sees: who may change it may."""
    if not may(user, "C", "attachments") or not may(user, "U", record.resource):
        return False
    return type(record).objects.editable_by(user).filter(pk=record.pk).exists()
