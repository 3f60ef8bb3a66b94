"""Columns of imported services and offerings."""

from brm.core.imports import DatedImporter, column_of, columns_of, register
from brm.core.imports.dated import VALID_FROM

from .models import Service


@register
class ServiceImporter(DatedImporter):
    entity, model = "services", Service
    columns = (
        *columns_of(Service, "reference* name*"),
        column_of(Service, "stage", "status"),
        *columns_of(Service, "owner kind description"),
        VALID_FROM,
    )
    defaults = {"status": "catalogue"}
