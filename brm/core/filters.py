"""Filters of lists, made from the model: one class for the pages and for the REST API."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from django_filters.constants import EMPTY_VALUES

LARGEST_ID = 2**63 - 1
SEARCH_LENGTH = 200
SEARCH_WORDS = 10

_extra: dict[type[models.Model], dict[str, django_filters.Filter]] = defaultdict(dict)


def register_filter(model: type[models.Model], name: str, made: django_filters.Filter) -> None:
    """Add a filter that does not follow from the model's fields, such as one on derived values."""
    _extra[model][name] = made
    filterset_for.cache_clear()


@cache
def filterset_for(model: type[models.Model]) -> type[django_filters.FilterSet]:
    """The FilterSet of a record.

    `reference` exact; each foreign key as id and, with `_reference`, by reference (users by
    username); choices exact or several separated by commas; booleans; dates and instants exact,
    `__gte` and `__lte`; `search` in the model's search fields.
    """
    filters: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.name not in ("id", "version", "deleted_at", *getattr(model, "unfiltered", ())):
            filters |= _filters_of(field)
    filters |= _extra[model]
    filters["search"] = SearchFilter(label=_("Search"))
    meta = type("Meta", (), {"model": model, "fields": []})
    return type(f"{model.__name__}Filters", (django_filters.FilterSet,), {**filters, "Meta": meta})


def _filters_of(field: models.Field) -> dict[str, django_filters.Filter]:
    name, label = field.name, field.verbose_name
    if field.name == "reference":
        return {name: django_filters.CharFilter(label=label, max_length=100)}
    if field.is_relation:
        return _relation(field)
    if field.choices:
        return {name: ChoicesFilter(field_name=name, label=label, choices=field.flatchoices)}
    if isinstance(field, models.BooleanField):
        return {name: YesNoFilter(field_name=name, label=label)}
    if isinstance(field, models.DateTimeField):
        return _range(field, InstantFilter)
    if isinstance(field, models.DateField):
        return _range(field, DayFilter)
    return {}


def _relation(field: models.ForeignKey) -> dict[str, django_filters.Filter]:
    key = "reference" if hasattr(field.related_model, "reference_prefix") else "username"
    return {
        field.name: IdFilter(field_name=f"{field.name}_id", label=field.verbose_name),
        f"{field.name}_reference": django_filters.CharFilter(
            field_name=f"{field.name}__{key}",
            label=_("%(field)s (reference)") % {"field": field.verbose_name},
            max_length=150,
        ),
    }


def _range(field: models.Field, made: type) -> dict[str, django_filters.Filter]:
    name, label = field.name, field.verbose_name
    since = _("%(field)s from") % {"field": label}
    until = _("%(field)s until") % {"field": label}
    return {
        name: made(field_name=name, label=label),
        f"{name}__gte": made(field_name=name, label=since, lookup_expr="gte"),
        f"{name}__lte": made(field_name=name, label=until, lookup_expr="lte"),
    }


# --- Values --------------------------------------------------------------------------------------


class IdField(forms.IntegerField):
    """The id of a record."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


class YesNoField(forms.TypedChoiceField):
    """`true` or `false`, nothing else."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", "—"), ("true", _("Yes")), ("false", _("No"))]
        super().__init__(
            choices=choices, coerce=lambda text: text == "true", empty_value=None, **kwargs
        )


class SearchField(forms.CharField):
    """Some words, of bounded length and number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=SEARCH_LENGTH, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if len(text.split()) > SEARCH_WORDS:
            raise ValidationError(
                _("Search for at most %(count)d words.") % {"count": SEARCH_WORDS}, code="words"
            )
        return text


@dataclass(frozen=True)
class Span:
    """From an instant to before another one; a single instant when `end` is None."""

    start: datetime
    end: datetime | None = None


class SpanField(forms.CharField):
    """An instant with an offset, or a day of the organisation."""

    widget = forms.DateInput(attrs={"type": "date"})

    def to_python(self, value: Any) -> Span | None:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return self._span(text)
        except (ValueError, OverflowError) as error:
            raise ValidationError(
                _("Write a date (2025-03-31) or an instant with its offset (%(example)s).")
                % {"example": "2025-03-31T12:00:00Z"},
                code="invalid",
            ) from error

    def _span(self, text: str) -> Span:
        """Raises ValueError or OverflowError for what is no instant of the years 1 to 9999."""
        if day := parse_date(text):
            return Span(start_of(day), start_of(day + timedelta(days=1)))
        instant = parse_datetime(text)
        if instant is None or instant.tzinfo is None:
            raise ValueError(text)
        return Span(instant.astimezone(UTC))


class DayField(forms.CharField):
    """A date."""

    widget = forms.DateInput(attrs={"type": "date"})

    def to_python(self, value: Any) -> date | None:
        text = super().to_python(value)
        if not text:
            return None
        try:
            day = parse_date(text)
        except ValueError:
            day = None
        if day is None:
            raise ValidationError(_("Write a date such as 2025-03-31."), code="invalid")
        return day


def start_of(day: date) -> datetime:
    """The first instant of a day of the organisation; raises OverflowError beyond the calendar."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    return start.astimezone(timezone.get_fixed_timezone(0))


# --- Filters -------------------------------------------------------------------------------------


class ChoicesFilter(django_filters.BaseInFilter, django_filters.ChoiceFilter):
    """One of the choices, or several separated by commas."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("null_label", None)
        super().__init__(*args, **kwargs)


class IdFilter(django_filters.Filter):
    field_class = IdField


class YesNoFilter(django_filters.Filter):
    field_class = YesNoField


class DayFilter(django_filters.Filter):
    field_class = DayField


class InstantFilter(django_filters.Filter):
    """Compares instants; a bare date stands for its whole day in the organisation's zone."""

    field_class = SpanField

    def filter(self, queryset: QuerySet, value: Span | None) -> QuerySet:
        if value is None:
            return queryset
        name = self.field_name
        if value.end is None:
            return queryset.filter(**{f"{name}__{self.lookup_expr}": value.start})
        bounds = {f"{name}__gte": value.start, f"{name}__lt": value.end}
        if self.lookup_expr == "gte":
            del bounds[f"{name}__lt"]
        if self.lookup_expr == "lte":
            del bounds[f"{name}__gte"]
        return queryset.filter(**bounds)


class SearchFilter(django_filters.Filter):
    """Every word occurs in one of the model's search fields, in any case of letters."""

    field_class = SearchField
    names: Sequence[str] | None = None  # where the model has no search fields of its own

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        if value in EMPTY_VALUES:
            return queryset
        for word in value.split():
            found = Q()
            for name in self.names or queryset.model.search_fields:
                found |= Q(**{f"{name}__icontains": word})
            queryset = queryset.filter(found)
        return queryset
