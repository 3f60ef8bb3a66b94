"""Pytest plugin: adds the throw-away record to what the tests of every record go through."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    from brm.core.roles import ROLES
    from tests.api.payloads import CHANGES, PAYLOADS
    from tests.factories import RECORD_FACTORIES
    from tests.rights.table import NOTHING, VERBS, matrix

    from .records import CHANGE, MATRIX, RiskFactory, payload

    rows = {role: dict(zip(VERBS, cells.split(), strict=True)) for role, cells in MATRIX.items()}
    matrix()["risks"] = {role: rows.get(role, NOTHING) for role in ROLES}
    RECORD_FACTORIES["risks"], PAYLOADS["risks"], CHANGES["risks"] = RiskFactory, payload, CHANGE
