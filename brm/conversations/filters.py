"""Filters of the REST lists of comments and files."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from brm.core.filters import LARGEST_ID, IdFilter

from .querysets import discussed

LONGEST_KEY = 100


class RecordField(forms.CharField):
    """A record by its resource and id, such as `customers:12`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_KEY, **kwargs)

    def to_python(self, value: Any) -> tuple[str, int] | None:
        text = super().to_python(value)
        if not text:
            return None
        resource, _colon, key = text.partition(":")
        is_id = key.isascii() and key.isdecimal() and len(key) < 20 and 0 < int(key) <= LARGEST_ID
        if resource not in discussed() or not is_id:
            raise ValidationError(_("Name a record by resource and id, such as customers:12."))
        return resource, int(key)

    def validate(self, value: Any) -> None:
        """What stands there was read already."""

    def run_validators(self, value: Any) -> None:
        """The length bounds the text, not what it means."""


class RecordFilter(django_filters.Filter):
    """Those on one record."""

    field_class = RecordField

    def filter(self, queryset: QuerySet, value: tuple[str, int] | None) -> QuerySet:
        if value is None:
            return queryset
        resource, key = value
        return queryset.filter(parent_resource=resource, parent_id=key)


class BesideFilters(django_filters.FilterSet):
    """`record=customers:12`, and `author` by id."""

    record = RecordFilter(label=_("The record, such as customers:12"))
    author = IdFilter(field_name="author", label=_("Author"))
