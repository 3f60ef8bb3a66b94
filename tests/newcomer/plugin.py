"""Pytest plugin: adds the throw-away record to what the tests of every record go through."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    from tests.api.payloads import CHANGES, PAYLOADS
    from tests.factories import RECORD_FACTORIES

    from .records import CHANGE, RiskFactory, payload

    RECORD_FACTORIES["risks"], PAYLOADS["risks"], CHANGES["risks"] = RiskFactory, payload, CHANGE
