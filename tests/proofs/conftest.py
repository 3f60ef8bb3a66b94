"""A company that the doors of the product are tried on."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import factories
from tests.kpis.conftest import organised

from .doors import DOORS, Door
from .plausible import Plausible

__all__ = ["organised"]

BEGIN = datetime(2026, 3, 27, 9, tzinfo=UTC)


@pytest.fixture
def company() -> None:
    """People, a rate, a few services and customers to begin with."""
    for number in range(4):
        factories.UserFactory(username=f"p{number}")
    factories.ExchangeRateFactory(on=date(2024, 1, 1), rate=Decimal("0.9"))
    for number in range(3):
        factories.ServiceFactory(reference=f"S{number}")
    for number in range(5):
        factories.CustomerFactory(reference=f"C{number}")
    for number in range(2):
        factories.SurveyFactory(reference=f"Q{number}")
        factories.BudgetLineFactory(reference=f"L{number}", status="approved", amount=Decimal(900))


@pytest.fixture
def doors(company: None, tmp_path: Path) -> Callable[[int], list[Door]]:
    """`doors(seed)`: the four doors, choosing by one source of chance."""
    user: Any = factories.UserFactory(roles=("administrator",))

    def opened(seed: int) -> list[Door]:
        plausible = Plausible(Random(seed), BEGIN)
        return [door(plausible, user, tmp_path) for door in DOORS]

    return opened
