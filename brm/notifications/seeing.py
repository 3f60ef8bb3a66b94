"""Which notifications still tell something their recipient may see."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from brm.core.crud import REGISTRY
from brm.core.roles import may

from .models import Notification


def seen_by(user: Any, notifications: Sequence[Notification]) -> set[int]:
    """Ids of the notifications whose subject the user may see now.

    One statement for each kind of record among them.
    """
    by_resource: dict[str, list[Notification]] = defaultdict(list)
    for one in notifications:
        by_resource[one.resource].append(one)
    found: set[int] = set()
    for resource, those in by_resource.items():
        found |= _seen(user, resource, those)
    return found


def _seen(user: Any, resource: str, those: list[Notification]) -> set[int]:
    if resource and not may(user, "V", resource):
        return set()
    crud = REGISTRY.get(resource)
    keys = {one.record_id for one in those if one.record_id is not None}
    if crud is None or not keys:
        return {one.pk for one in those}
    queryset = crud.model.objects.visible_to(user).filter(pk__in=keys)
    visible = set(queryset.order_by().values_list("pk", flat=True))
    return {one.pk for one in those if one.record_id is None or one.record_id in visible}
