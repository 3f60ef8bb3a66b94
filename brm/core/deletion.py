"""What stands in the way of deleting a record."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from .models import Record


def living_references(record: Record) -> list[type[Record]]:
    """The kinds of records that are not deleted and name this one; one statement for each kind."""
    return [
        relation.related_model
        for relation in type(record)._meta.related_objects
        if relation.on_delete is models.PROTECT
        and issubclass(relation.related_model, Record)
        and relation.related_model.objects.filter(**{relation.field.name: record.pk}).exists()
    ]


def hindrance(record: Record) -> str:
    """What still refers to the record, in words; empty when it may be deleted."""
    names = {str(model._meta.verbose_name_plural) for model in living_references(record)}
    if not names:
        return ""
    text = _("Other records refer to this one: %(names)s.")
    return text % {"names": ", ".join(sorted(names))}


def refuse_referenced(record: Record) -> None:
    """Raise ValidationError when living records name this one."""
    if text := hindrance(record):
        raise ValidationError(text)
