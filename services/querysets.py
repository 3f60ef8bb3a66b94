"""Sets of services."""

from typing import Self

from brm.core.querysets import RecordQuerySet

PIPELINE = ("proposed", "analysed", "chartered", "in_design", "in_transition")
CATALOGUE = ("catalogue", "retiring")
RETIRED = ("retired",)


class ServiceQuerySet(RecordQuerySet):
    def in_pipeline(self) -> Self:
        return self.filter(status__in=PIPELINE)

    def in_catalogue(self) -> Self:
        return self.filter(status__in=CATALOGUE)

    def retired(self) -> Self:
        return self.filter(status__in=RETIRED)
