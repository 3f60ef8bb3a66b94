"""Columns of imported services and offerings."""

from brm.core.imports import DatedImporter, Importer, column_of, columns_of, register
from brm.core.imports.dated import VALID_FROM

from .models import Service, ServiceOffering


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


@register
class ServiceOfferingImporter(Importer):
    entity, model = "service_offerings", ServiceOffering
    columns = columns_of(
        ServiceOffering, "reference* service* name* kind tailored_from price currency"
    )
