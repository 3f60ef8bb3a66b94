"""One demo company for all tests of a module; it is cleared at the module's end."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings

from brm.core.models import Counter
from brm.demo.clearing import clear_demo
from brm.demo.seeding import seed_demo
from brm.search.refreshing import BATCH, refresh

# A fixed moment: figures can be told beforehand, and the clock of the machine lies after it.
NOW = datetime(2025, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Any]:
    """The demo at scale 1, with users where the database is the embedded one."""
    with django_db_blocker.unblock():
        made = seed_demo(now=NOW, seed=1, scale=1, with_users=settings.EMBEDDED)
    yield made
    with django_db_blocker.unblock():
        clear_demo()
        while refresh(BATCH):  # the search forgets what is gone
            pass
        Counter.objects.all().delete()
