"""Telling the owners of targets that a status turned.

Looked at is, for each KPI, the last published month: of the whole and of every member with a
target of its own. A status that differs from what the owner was last told (at first: from the
month before) is a turn, whether time or a restatement brought it. What is not judged (grey)
turns nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from brm.notifications.telling import Occasion, notify_all

from .definitions import DIMENSIONS, KPIS, Dimension, Kpi
from .figures import UNATTRIBUTED, settle_days
from .judging import Targets, status, worth
from .models import KpiTargetVersion, Member, Run, RunState, ToldStatus
from .periods import Period, month_of, month_text, shifted
from .sums import NOTHING, Reading, Sums

TURNED = "target-turned"
COLOURS = ("green", "amber", "red")

Place = tuple[str, str, str]  # KPI, dimension, member; both empty: the whole


@dataclass(frozen=True)
class Judged:
    """A judged status: of which month, how much, whose target it is; what it was a month before."""

    place: Place
    month: int
    status: str
    before: str
    value: float
    owner: int | None


def tell_owners(run: Run, *, now: datetime) -> int:
    """Tell of the statuses that turned with a finished run; returns how many.

    Safe to repeat. Effects: ToldStatus brought up to date, a notification for the owner of each
    target that turned. A run that is not the last one tells nothing.
    """
    last = Run.objects.filter(state=RunState.DONE, is_complete=True).order_by("-id").first()
    if last is None or last.pk != run.pk:
        return 0
    return _tell(list(judged_statuses(run)), run, now)


@transaction.atomic
def _tell(judged: list[Judged], run: Run, now: datetime) -> int:
    """Take over the statuses; tell of those that are others than this worker found told."""
    ToldStatus.objects.bulk_create((_at_first(one) for one in judged), ignore_conflicts=True)
    known = {told.place: told for told in ToldStatus.objects.select_for_update()}
    moved = [one for one in judged if known[one.place].differs(one.month, one.status)]
    turned = [
        (one, known[one.place].status, known[one.place].month == one.month)
        for one in moved
        if known[one.place].status != one.status
    ]
    for one in moved:
        told = known[one.place]
        told.status, told.month, told.run = one.status, one.month, run.pk
    changed = [known[one.place] for one in moved]
    ToldStatus.objects.bulk_update(changed, ["status", "month", "run"], batch_size=500)
    notify_all(
        TURNED,
        [_occasion(*turn, run) for turn in turned if turn[0].owner is not None],
        now=now,
    )
    return len(turned)


def _at_first(one: Judged) -> ToldStatus:
    """What counts as told of a target never looked at: the status of the month before."""
    kpi, dimension, member = one.place
    return ToldStatus(
        kpi=kpi,
        dimension=dimension,
        member=member,
        month=shifted(one.month, -1),
        status=one.before or one.status,
        run=0,
    )


def _occasion(one: Judged, before: str, restated: bool, run: Run) -> Occasion:
    kpi, dimension, member = one.place
    return Occasion(
        recipients=[one.owner],
        key=f"{kpi} {dimension} {member} {run.pk}"[:200],
        data={
            "kpi": kpi,
            "member": member,
            "month": one.month,
            "value": one.value,
            "status": one.status,
            "before": before,
            "restated": restated,
        },
        resource="kpis",
        url=page_of_turn(one),
    )


def page_of_turn(one: Judged) -> str:
    """The KPI's page at the month, and at the member where there is one."""
    kpi, dimension, member = one.place
    asked = {"period": month_text(one.month), "dimension": dimension, "member": member}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{reverse('kpi-page', args=[kpi])}?{query}"


# --- What is judged ------------------------------------------------------------------------------


def judged_statuses(run: Run) -> Iterator[Judged]:
    """The judged status of every target in its last published month.

    The number of statements depends on the KPIs and dimensions that have targets, not on rows.
    """
    versions = KpiTargetVersion.objects.filter(retracted_at=None).order_by("month")
    owners: dict[Place, list[KpiTargetVersion]] = {}
    for one in versions.select_related("goal"):
        owners.setdefault((one.kpi, one.dimension, one.member), []).append(one)
    for kpi in KPIS:
        places = [place for place in owners if place[0] == kpi.key]
        if not places:
            continue
        targets, month = Targets(kpi, None), last_published(kpi, run)
        for dimension in sorted({place[1] for place in places}):
            names = [place[2] for place in places if place[1] == dimension]
            sums = _sums(kpi, dimension, names, month, run)
            for name in names:
                found = _judge(kpi, dimension, name, month, sums, targets, run)
                owner = owner_of(owners[kpi.key, dimension, name], month)
                if found is not None:
                    yield Judged((kpi.key, dimension, name), month, *found, owner)


def last_published(kpi: Kpi, run: Run) -> int:
    """The last month whose figures are final on the run's date."""
    month = shifted(month_of(run.date), -1)
    while run.date <= Period("month", month).settled_after(settle_days(kpi)):
        month = shifted(month, -1)
    return month


def owner_of(versions: Iterable[KpiTargetVersion], month: int) -> int | None:
    """The owner of the target in force in a month."""
    begun = [one for one in versions if one.month <= month_text(month)]
    return begun[-1].goal.owner_id if begun else None


def _sums(
    kpi: Kpi, dimension: str, names: list[str], month: int, run: Run
) -> dict[tuple[int, str], Sums]:
    """The sums of the month and the one before, by month and member's name."""
    months = [shifted(month, -1), month]
    if not dimension:
        found = Reading(kpi, months, None, run).present()
        return {(m, ""): sums for (m, _member), sums in found.items()}
    values = _values(DIMENSIONS[dimension], names, run)
    found = Reading(kpi, months, DIMENSIONS[dimension], run).present()
    return {
        (m, name): found.get((m, values[name]), NOTHING)
        for m in months
        for name in names
        if name in values
    }


def _values(dimension: Dimension, names: list[str], run: Run) -> dict[str, Any]:
    """The values in the ledger of members with these names; one statement at most."""
    found: dict[str, Any] = {UNATTRIBUTED: None} if UNATTRIBUTED in names else {}
    if not dimension.member_kind:
        return {name: name for name in names} | found
    rows = Member.objects.filter(
        Q(closed_run=None) | Q(closed_run__gt=run.pk),
        kind=Member.KINDS[dimension.member_kind],
        opened_run__lte=run.pk,
        reference__in=names,
    )
    return dict(rows.values_list("reference", "member_id")) | found


def _judge(
    kpi: Kpi,
    dimension: str,
    name: str,
    month: int,
    sums: dict[tuple[int, str], Sums],
    targets: Targets,
    run: Run,
) -> tuple[str, str, float] | None:
    """Status, status of the month before (empty when not judged), value; None when not judged."""

    def judged(which: int) -> tuple[str, Any]:
        value = worth(kpi, sums.get((which, name), NOTHING))
        period = Period("month", which)
        marks = targets.marks(period, run.date, dimension or None, name or None)
        return status(kpi, value, marks, provisional=False), value

    present, value = judged(month)
    if present not in COLOURS:
        return None
    before = judged(shifted(month, -1))[0]
    return present, before if before in COLOURS else "", float(value.value)
