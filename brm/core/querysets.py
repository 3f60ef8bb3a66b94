"""Truth about a set of any record: what exists and who sees it."""

from typing import Any, Self

from django.db import models

from . import roles


class RecordQuerySet(models.QuerySet):
    """Base of every record's queryset."""

    def visible_to(self, user: Any) -> Self:
        """The records the user may see, by the role table."""
        return self.allowed(user, "V")

    def editable_by(self, user: Any) -> Self:
        """The records the user may change, by the role table."""
        return self.allowed(user, "U")

    def allowed(self, user: Any, verb: str) -> Self:
        """The records on which the user's roles allow `verb` (V, C, U, D, X or P)."""
        condition = roles.condition(user, self.model, verb)
        if condition is None:
            return self.none()
        return self.filter(condition)

    def with_related(self) -> Self:
        """Joined with the foreign keys, for lists and the API."""
        relations = [field.name for field in self.model._meta.fields if field.many_to_one]
        return self.select_related(*relations) if relations else self


class LivingManager(models.Manager.from_queryset(RecordQuerySet)):
    """Leaves soft-deleted records out."""

    def get_queryset(self) -> RecordQuerySet:
        return super().get_queryset().filter(deleted_at=None)


def living(queryset_class: type[RecordQuerySet]) -> models.Manager:
    """The default manager of a record: `queryset_class` without soft-deleted records."""
    return type("Living", (LivingManager.from_queryset(queryset_class),), {})()
