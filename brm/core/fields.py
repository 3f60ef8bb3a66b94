"""Model fields of our own: exact decimal numbers and text keys."""

import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core import validators
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

LARGEST = 2**63 - 1


class FixedPointField(models.BigIntegerField):
    """A decimal number with a fixed number of places, stored as a scaled integer.

    Integers are summed and compared exactly by every database (SQLite keeps decimals as floats).
    In Python the value is a `Decimal` with exactly `places` decimal places; assigning more of
    them is refused by validation, never rounded silently.
    """

    description = _("Decimal number with fixed places")
    default_error_messages = {
        "invalid": _("“%(value)s” is not a number."),
        "places": _("At most %(places)d decimal places are allowed."),
        "large": _("The number is too large."),
    }

    def __init__(self, *args: Any, places: int = 2, **kwargs: Any) -> None:
        self.places = places
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "places": self.places}

    @property
    def quantum(self) -> Decimal:
        return Decimal(1).scaleb(-self.places)

    @property
    def validators(self):
        """The integer range checks of the column do not apply to the decimal value."""
        return [*self.default_validators, *self._validators]

    def from_db_value(self, value, expression, connection):
        return None if value is None else Decimal(value).scaleb(-self.places)

    def to_python(self, value):
        if value is None:
            return None
        if isinstance(value, float):
            value = repr(value)
        try:
            number = Decimal(value)
        except (InvalidOperation, TypeError, ValueError) as error:
            raise ValidationError(
                self.error_messages["invalid"], code="invalid", params={"value": value}
            ) from error
        return self._exact(number, value)

    def _exact(self, number: Decimal, value: Any) -> Decimal:
        if not number.is_finite():
            raise ValidationError(
                self.error_messages["invalid"], code="invalid", params={"value": value}
            )
        if abs(number) > Decimal(LARGEST).scaleb(-self.places - 2):
            raise ValidationError(self.error_messages["large"], code="large")
        exact = number.quantize(self.quantum)
        if exact != number:
            raise ValidationError(
                self.error_messages["places"], code="places", params={"places": self.places}
            )
        return exact

    def get_prep_value(self, value):
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return int(Decimal(value).scaleb(self.places).to_integral_value(ROUND_HALF_UP))

    def value_to_string(self, obj):
        value = self.value_from_object(obj)
        return None if value is None else str(value)

    def formfield(self, **kwargs):
        options = {"form_class": forms.DecimalField, "decimal_places": self.places}
        return models.Field.formfield(self, **{**options, **kwargs})


class MoneyField(FixedPointField):
    """An amount of money in units of its currency, stored in hundredths."""


class RateField(FixedPointField):
    """An exchange rate: units of the base currency for one unit of the currency, 8 places."""

    def __init__(self, *args: Any, places: int = 8, **kwargs: Any) -> None:
        super().__init__(*args, places=places, **kwargs)


def normalise_text(value: str) -> str:
    """The NFC form of a text without surrounding blanks."""
    return unicodedata.normalize("NFC", value).strip()


class ReferenceField(models.CharField):
    """The key an integration knows a record by: 1–100 characters, NFC, case-sensitive."""

    default_validators = [
        validators.ProhibitNullCharactersValidator(),
        validators.RegexValidator(
            r"^[^\x00-\x1f\x7f]+\Z", _("A reference is one line of printable characters.")
        ),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 100)
        super().__init__(*args, **kwargs)

    def to_python(self, value):
        value = super().to_python(value)
        return value if value is None else normalise_text(value)

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return normalise_text(value) if isinstance(value, str) else value


class CurrencyField(models.CharField):
    """An ISO 4217 currency code."""

    default_validators = [
        validators.RegexValidator(
            r"^[A-Z]{3}\Z", _("A currency is a code of three capital letters, such as EUR.")
        )
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 3)
        super().__init__(*args, **kwargs)


def round_half_up(number: Decimal, places: int = 2) -> Decimal:
    """`number` rounded half up to `places` decimal places."""
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
