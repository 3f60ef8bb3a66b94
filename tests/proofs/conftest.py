"""A company that the doors of the product are tried on."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import factories
from tests.kpis.build_company import store
from tests.kpis.conftest import organised
from tests.reference.company import Organisation
from tests.reference.random_company import random_company

from .doors import DOORS, Door
from .plausible import Plausible

__all__ = ["organised"]

BEGIN = datetime(2026, 3, 27, 9, tzinfo=UTC)


@pytest.fixture
def doors(db: None, tmp_path: Path) -> Callable[[int], list[Door]]:
    """`doors(seed)`: a random company, and the four doors to it with one source of chance."""

    def opened(seed: int) -> list[Door]:
        factories.ExchangeRateFactory(on=date(2024, 1, 1), rate=Decimal("0.9"))
        store(random_company(seed, today=BEGIN.date(), size=16, organisation=Organisation()))
        user: Any = factories.UserFactory(roles=("administrator",))
        plausible = Plausible(Random(seed), BEGIN)
        return [door(plausible, user, tmp_path) for door in DOORS]

    return opened
