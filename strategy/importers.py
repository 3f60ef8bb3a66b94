"""Columns of imported objectives and initiatives."""

from brm.core.imports import Importer, columns_of, register

from .models import Initiative, Objective


@register
class ObjectiveImporter(Importer):
    entity, model = "objectives", Objective
    columns = columns_of(Objective, "reference* title* customer status")


@register
class InitiativeImporter(Importer):
    entity, model = "initiatives", Initiative
    columns = columns_of(
        Initiative,
        "reference* title* kind objective sponsor status started_on ended_on budget currency",
    )
