"""One company for all cells of a module: what a cell writes is taken back."""

import logging
from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.rights.company import Company


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker) -> Iterator[Company]:
    """The records that all tests of a module share; taken back at its end."""
    logging.disable(logging.ERROR)  # thousands of refusals
    with django_db_blocker.unblock(), transaction.atomic():
        yield Company()
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)
