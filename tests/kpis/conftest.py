"""Fixtures of the KPI tests."""

from collections.abc import Callable

import pytest

from tests.reference.company import Organisation

from .build_company import organisation_settings


@pytest.fixture
def organised(settings) -> Callable[[Organisation], None]:
    """Puts the settings of an organisation in force."""

    def put(organisation: Organisation) -> None:
        settings.BRM = organisation_settings(organisation)
        settings.TIME_ZONE = organisation.time_zone

    return put
