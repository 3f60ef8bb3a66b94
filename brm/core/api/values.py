"""The serializer fields that read and describe the values of model fields."""

import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ..fields import LARGEST, CurrencyField, FixedPointField, ReferenceField, normalise_text

YEARS = range(1000, 9000)


class IdField(serializers.IntegerField):
    """The id of a record."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ReferenceText(serializers.CharField):
    """The reference of a record, in its normal form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators += ReferenceField.default_validators

    def to_internal_value(self, data: Any) -> str:
        return normalise_text(super().to_internal_value(data))


class FixedPointNumber(serializers.DecimalField):
    """An exact number, sent as text; a JSON number is read exactly, too."""

    def __init__(self, *, places: int, **kwargs: Any) -> None:
        super().__init__(max_digits=17, decimal_places=places, coerce_to_string=True, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Instant(serializers.DateTimeField):
    """An instant with its offset; it is kept and sent in UTC."""

    default_error_messages = {
        "offset": _("An instant needs its offset, such as 2025-03-31T12:00:00Z."),
        "year": _("The year must lie between 1000 and 9000."),
    }

    def enforce_timezone(self, value: datetime.datetime) -> datetime.datetime:
        if value.tzinfo is None:
            self.fail("offset")
        if value.year not in YEARS:
            self.fail("year")
        return value.astimezone(datetime.UTC)


def writable(field: models.Field) -> serializers.Field:
    """The serializer field that reads a value of the model field."""
    options: dict[str, Any] = {
        "required": not (field.blank or field.has_default() or field.null),
        "help_text": _described(field),
    }
    if field.null:
        options["allow_null"] = True
    return _made(field, options)


def shown(field: models.Field) -> serializers.Field:
    """The serializer field that describes a value as it is sent."""
    options = {"read_only": True, "help_text": _described(field)}
    if field.null:
        options["allow_null"] = True
    return _made(field, options)


def _described(field: models.Field) -> Any:
    return field.help_text or field.verbose_name


def _made(field: models.Field, options: dict[str, Any]) -> serializers.Field:
    if field.is_relation or isinstance(field, models.AutoField | models.BigAutoField):
        return IdField(**options)
    if isinstance(field, FixedPointField):
        return FixedPointNumber(places=field.places, **options)
    if isinstance(field, models.JSONField):
        return serializers.ListField(
            child=serializers.CharField(max_length=100), max_length=1000, **options
        )
    if isinstance(field, models.BooleanField):
        return serializers.BooleanField(**options)
    if isinstance(field, models.DateTimeField):
        return Instant(**options)
    if isinstance(field, models.DateField):
        return serializers.DateField(**options)
    if isinstance(field, models.IntegerField):
        low = 0 if "Positive" in field.get_internal_type() else -(2**31)
        return serializers.IntegerField(min_value=low, max_value=2**31 - 1, **options)
    return _text(field, options)


def _text(field: models.Field, options: dict[str, Any]) -> serializers.Field:
    options["allow_blank"] = field.blank
    if field.choices:
        return serializers.ChoiceField(choices=field.flatchoices, **options)
    if isinstance(field, CurrencyField):
        code = serializers.CharField(max_length=3, **options)
        pattern = "^([A-Z]{3})?$" if field.blank else "^[A-Z]{3}$"
        return extend_schema_field({"type": "string", "pattern": pattern})(code)
    if isinstance(field, ReferenceField):
        return ReferenceText(max_length=field.max_length, **options)
    return serializers.CharField(max_length=field.max_length, **options)
