"""What a record with pages has without a declaration: a REST resource and import columns."""

from .api import REGISTRY as RESOURCES
from .api import RecordViewSet
from .crud import REGISTRY as PAGES
from .imports import Importer, register
from .imports.declarations import entity_of
from .models.record import Record


def complete() -> None:
    """Give each record with a form of its own what no app declared otherwise."""
    for pages in [*PAGES.values()]:
        model = pages.model
        if not pages.fields or not issubclass(model, Record):
            continue
        if model.resource not in RESOURCES:
            type(f"{model.__name__}ViewSet", (RecordViewSet,), {"model": model})
        if pages.importable and entity_of(model) is None:
            register(type(f"{model.__name__}Importer", (Importer,), {"model": model}))
