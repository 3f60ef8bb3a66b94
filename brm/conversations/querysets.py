"""Truth about sets of comments, files and followers: what hangs on which record, and who sees it.

Everything here is as visible as the record it hangs on.
"""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from brm.core.crud import REGISTRY
from brm.core.models import Record
from brm.core.querysets import RecordQuerySet
from brm.core.roles import may


def discussed() -> dict[str, type[Record]]:
    """The kinds of records one can talk about, by resource: all that have a page."""
    return {
        name: pages.model for name, pages in REGISTRY.items() if issubclass(pages.model, Record)
    }


class BesideQuerySet(models.QuerySet):
    """Rows that hang on a record by `parent_resource` and `parent_id`."""

    def about(self, record: Record) -> Self:
        """What hangs on this record."""
        return self.filter(parent_resource=record.resource, parent_id=record.pk)

    def beside_visible(self, user: Any, resource: str = "") -> Self:
        """What hangs on records that the user may see; `resource` narrows to one kind."""
        found = Q(pk__in=[])
        for name, model in discussed().items():
            if (resource and name != resource) or not may(user, "V", name):
                continue
            parents = model.objects.visible_to(user).filter(pk=OuterRef("parent_id"))
            found |= Q(Exists(parents.order_by()), parent_resource=name)
        return self.filter(found)


class BesideRecordQuerySet(BesideQuerySet, RecordQuerySet):
    """Comments and files: records themselves."""

    def allowed(self, user: Any, verb: str) -> Self:
        """The visible ones on which the user's roles allow `verb` (the own ones, or all)."""
        return super().allowed(user, verb).beside_visible(user)
