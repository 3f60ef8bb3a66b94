"""What a KPI's page was asked, and the figures that all its parts use."""

from dataclasses import dataclass
from typing import Any

from ..definitions import Kpi
from ..figures import Figure
from ..judging import Targets
from ..models import Run
from ..periods import Period
from .address import Address


@dataclass(frozen=True)
class Question:
    """A KPI in a period, as a run left it.

    `dimension` is the one the page breaks down by; `member` of it filters the page, None: the
    whole. `targets` are those as of the address; `figure` is the period's, `chart` those of the
    chart's periods in order.
    """

    kpi: Kpi
    address: Address
    run: Run
    user: Any
    period: Period
    dimension: str | None
    member: str | None
    targets: Targets
    figure: Figure
    chart: list[Figure]

    @property
    def place(self) -> dict[str, str | None]:
        """Dimension and member for the reading functions; both None for the whole."""
        if self.member is None:
            return {"dimension": None, "member": None}
        return {"dimension": self.dimension, "member": self.member}
