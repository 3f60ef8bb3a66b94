"""The bytes the API sent after each of 20 runs are the bytes it sends later as of that instant."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice

import pytest

from brm.core.origin import acting
from kpis import engine
from kpis.definitions import KPIS
from kpis.models import KpiTarget
from tests import factories
from tests.kpis.build_company import store
from tests.reference.random_company import mutate, random_company

TODAY = date(2025, 6, 15)
NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
WINDOW = "from=2024-11&to=2025-12"
PERIODS = {"month": "2025-05", "quarter": "2025-Q1", "year": "2024"}
RUNS, EVERYDAY = 20, 24

pytestmark = pytest.mark.django_db


def addresses() -> list[str]:
    """A series of every KPI and dimension, grains in turn, and rows behind one of its figures."""
    asked = [(kpi, dimension) for kpi in KPIS for dimension in (None, *kpi.dimensions)]
    found = []
    for (kpi, dimension), grain in zip(asked, cycle(PERIODS), strict=False):
        split = f"&dimension={dimension}" if dimension else ""
        found.append(f"/api/v1/kpis/{kpi.key}/series/?{WINDOW}&grain={grain}{split}")
        member = f"{split}&member=unattributed" if dimension else ""
        found.append(f"/api/v1/kpis/{kpi.key}/rows/?period={PERIODS[grain]}{member}")
    return found


def ask(client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.content


@pytest.mark.parametrize("share", [EVERYDAY, pytest.param(1, marks=pytest.mark.full)])
def test_answers_are_the_same_for_ever_after(share, client, organised):
    client.force_login(factories.UserFactory(roles=["lead"]))
    company = random_company(800, today=TODAY, size=10)
    organised(company.organisation)
    now, saved = NOW, []
    asked = list(islice(addresses(), 0, None, share))
    for step in range(RUNS):
        store(company)
        run = engine.run(trigger="test", judged_at=now, instant=now)
        as_of = run.instant.isoformat().replace("+", "%2B")
        saved += [(f"{one}&as_of={as_of}", ask(client, one)) for one in asked if "series" in one]
        rows = [one for one in asked if "rows" in one]
        saved += [(f"{one}&as_of={as_of}", figures_of(ask(client, one))) for one in rows]
        if step % 5 == 2:
            set_target(step, now + timedelta(minutes=1))
        now += timedelta(days=(1, 1, 3, 31, 12)[step % 5], minutes=step)
        company = mutate(company, 8000 + step, now.date(), writes=4)
    assert len(saved) == RUNS * len(asked)
    for address, before in saved:
        after = ask(client, address)
        assert (figures_of(after) if "/rows/" in address else after) == before, address


def set_target(step: int, at: datetime) -> None:
    """A target more, which colours later answers and no earlier one."""
    with acting(at=at):
        KpiTarget.objects.create(kpi="complaints", month=f"2025-{step // 5 + 1:02d}", target=step)


def figures_of(answer: bytes) -> list[tuple]:
    """Rows without what may change later: the address of a record that was deleted."""
    kept = ("source_id", "part", "occurred_on", "numerator", "denominator")
    kept += ("reference", "recorded_at", "retracted_at")
    return [tuple(row.get(name) for name in kept) for row in json.loads(answer)["results"]]
