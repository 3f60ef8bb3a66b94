"""Columns of imported KPI targets."""

from brm.core.imports import Importer, column_of, columns_of, register
from brm.core.imports.parsers import Formats, month

from .models import KpiTarget


def month_text(cell: str, formats: Formats) -> str:
    """A month as targets keep it, YYYY-MM."""
    return month(cell, formats).isoformat()[:7]


@register
class KpiTargetImporter(Importer):
    entity, model = "kpi_targets", KpiTarget
    columns = (
        *columns_of(KpiTarget, "kpi* dimension member"),
        column_of(KpiTarget, "from*", "month", parse=month_text),
        *columns_of(KpiTarget, "target* amber red"),
    )
    key = ("kpi", "dimension", "member", "from")
