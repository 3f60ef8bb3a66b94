"""What stands in the way of deleting a record."""

from django.db import models

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
