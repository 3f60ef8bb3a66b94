"""Records that a visible record names but its viewer may not see: their names stay hidden, too."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Exists, F, ForeignKey, Model, OuterRef, When
from django.utils.translation import gettext as _

from .models.record import Record
from .roles import scopes


class Unseen:
    """Stands where a related record would stand; it has no page and no reference."""

    reference = None

    def __str__(self) -> str:
        return _("not visible to you")


UNSEEN = Unseen()


def narrow_relations(model: type[Model], user: Any) -> list[ForeignKey]:
    """The foreign keys of a model to records of which the user sees some or none."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.is_relation
        and issubclass(field.related_model, Record)
        and "A" not in scopes(user, field.related_model.resource, "V")
    ]


def hide_unseen(rows: Sequence[Any], user: Any, model: type[Model] | None = None) -> None:
    """Put UNSEEN in the place of each related record that the user may not see.

    `rows` are records, or rows of the history of `model`. One statement for each relation to
    records that the user sees in part; none for who sees all.
    """
    if not rows:
        return
    for field in narrow_relations(model or type(rows[0]), user):
        keys = {getattr(row, field.attname) for row in rows} - {None}
        visible = field.related_model.everything.visible_to(user).filter(pk__in=keys).order_by()
        seen = set(visible.values_list("pk", flat=True)) if keys else keys
        for row in rows:
            if getattr(row, field.attname) not in seen | {None}:
                row._state.fields_cache[field.name] = UNSEEN


def value_in_sight(model: type[Model], path: str, user: Any) -> Any:
    """The expression of a value such as `customer__name`; null where its record is out of sight."""
    name = path.partition("__")[0]
    for field in narrow_relations(model, user):
        if field.name == name:
            related = field.related_model.everything.visible_to(user)
            return Case(When(Exists(related.filter(pk=OuterRef(field.attname))), then=F(path)))
    return F(path)
