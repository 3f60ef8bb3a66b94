"""Filters of customers that do not follow from their columns."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from brm.core.filters import ChoicesFilter, register_filter

from .models import Customer
from .querysets import STATUSES


class StatusFilter(ChoicesFilter):
    """By the derived status of today."""

    def filter(self, queryset: QuerySet, value: Any) -> QuerySet:
        if not value:
            return queryset
        today = timezone.localdate()
        return queryset.with_status(today).filter(derived_status__in=value)


register_filter(Customer, "status", StatusFilter(label=_("status"), choices=list(STATUSES.items())))
