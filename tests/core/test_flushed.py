"""What a test with real transactions leaves behind is not seen by the next."""

from datetime import date

import pytest

from brm.core.models import DirtyKey
from brm.demo.volume import generate

pytestmark = pytest.mark.django_db(transaction=True)


def test_records_are_removed_after_a_test():
    generate(500, 1, today=date(2025, 11, 24))


def test_the_dirty_queue_does_not_remember_that():
    assert not DirtyKey.objects.exists()
