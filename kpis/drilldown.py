"""The contributions behind a figure, and those that changed it between two instants."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.lookups import IsNull

from brm.core import keyset, roles

from .definitions import DIMENSIONS, Kpi
from .engine import latest_run
from .figures import Asked, Figure, Name, Series, named_members, seen_by, series
from .models import Contribution, Run
from .models.contribution import COLUMNS
from .periods import Period
from .sums import visible

PLACE = ("occurred_on", "source_id", "part")


@dataclass(frozen=True)
class Row:
    """A contribution as it is shown.

    `members` holds (reference, id, name) by dimension, `customer` the same of the customer, which
    need not be a dimension. `is_there` tells whether the source still exists, undeleted.
    """

    contribution: Contribution
    members: dict[str, Name]
    customer: Name
    is_there: bool
    run: Run
    instants: "Instants"

    @property
    def recorded_at(self) -> datetime:
        """The instant of the run that opened it."""
        return self.instants.of_runs[self.contribution.opened_run]

    @property
    def retracted_at(self) -> datetime | None:
        """The instant of the run that closed it; None while it is open."""
        closed = self.contribution.closed_run
        return self.instants.of_runs[closed] if closed and closed <= self.run.pk else None


class Instants:
    """The instants of the runs that opened and closed some contributions, read when asked for."""

    def __init__(self, found: list[Contribution]) -> None:
        self.found = found

    @cached_property
    def of_runs(self) -> dict[int, datetime]:
        """By the run's id. One statement."""
        runs = {one.opened_run for one in self.found} | {one.closed_run for one in self.found}
        return dict(Run.objects.filter(pk__in=runs - {None}).values_list("id", "instant"))


@dataclass(frozen=True)
class Hidden:
    """How many contributions lie outside the viewer's scope, and their sums (ledger integers)."""

    count: int
    numerator: int
    denominator: int | None


@dataclass(frozen=True)
class Rows:
    """A page of contributions the viewer may see, the cursors of its neighbours, what is hidden.

    `visible` and `total` count contributions; `hidden` is None when the viewer sees all.
    """

    run: Run | None
    rows: list[Row]
    next_cursor: str | None = None
    previous_cursor: str | None = None
    hidden: Hidden | None = None
    visible: int = 0
    total: int = 0


def rows(
    kpi: Kpi,
    period: Period,
    *,
    dimension: str | None = None,
    member: str | None = None,
    at: datetime | None = None,
    viewer: Any = None,
    cursor: str | None = None,
    page_size: int = 50,
    run: Run | None = None,
    total: int | None = None,
) -> Rows:
    """The contributions behind a figure, ordered by (occurred_on, source, part).

    The viewer's hidden ones are summed up, so that the sum holds. Who has read them already gives
    the run of `at` and how many rows there are in all. Raises keyset.BadCursor.
    """
    run = run or latest_run(at)
    if run is None:
        return Rows(None, [])
    place = DIMENSIONS[dimension] if member is not None else None
    every = Asked(kpi, [period], place, member, run).contributions()
    seen = _seen(kpi, every, viewer)
    total = every.count() if total is None else total
    hidden = _hidden(kpi, every, viewer)
    page = keyset.paginate(seen, PLACE, cursor, page_size)
    return Rows(
        run,
        _described(kpi, page.items, run),
        page.next_cursor,
        page.previous_cursor,
        hidden,
        total - (hidden.count if hidden else 0),
        total,
    )


def _seen(kpi: Kpi, found: QuerySet, viewer: Any) -> QuerySet:
    """What the viewer may see of some contributions."""
    if viewer is None or "A" in roles.scopes(viewer, kpi.source.resource, "V"):
        return found
    return found.filter(source_id__in=seen_by(kpi, viewer))


def _hidden(kpi: Kpi, found: QuerySet, viewer: Any) -> Hidden | None:
    """The sums of what the viewer may not see."""
    if _seen(kpi, found, viewer) is found:
        return None
    unseen = found.exclude(source_id__in=seen_by(kpi, viewer))
    sums = unseen.aggregate(
        count=Count("id"), numerator_sum=Sum("numerator"), denominator_sum=Sum("denominator")
    )
    if not sums["count"]:
        return None
    denominator = int(sums["denominator_sum"] or 0) if kpi.is_ratio else None
    return Hidden(sums["count"], int(sums["numerator_sum"]), denominator)


def _described(kpi: Kpi, found: list[Contribution], run: Run) -> list[Row]:
    """Rows with the names of their members and the instants of their runs, as of a run."""
    columns = {key: DIMENSIONS[key].column for key in ("customer", *kpi.dimensions)}
    values = {key: {getattr(one, name) for one in found} for key, name in columns.items()}
    named = named_members(values, run)
    instants = Instants(found)
    sources = kpi.source.objects.filter(pk__in={one.source_id for one in found})
    there = set(sources.values_list("pk", flat=True))
    return [
        Row(
            one,
            {key: named[key][getattr(one, columns[key])] for key in kpi.dimensions},
            named["customer"][one.customer_id],
            one.source_id in there,
            run,
            instants,
        )
        for one in found
    ]


# --- Changes -------------------------------------------------------------------------------------

MOST = 1000  # rows of each kind that an answer lists


@dataclass(frozen=True)
class Changes:
    """A figure at two instants and the net difference between their contributions."""

    before: Figure | None
    after: Figure | None
    run_before: Run | None
    run_after: Run | None
    came: list[Row]
    went: list[Row]
    hidden_in: Hidden | None
    hidden_out: Hidden | None


def changes(
    kpi: Kpi,
    period: Period,
    *,
    since: datetime,
    until: datetime | None = None,
    dimension: str | None = None,
    member: str | None = None,
    viewer: Any = None,
) -> Changes:
    """Why a figure is not what it was: contributions that came and went from `since` to `until`.

    What went and came back the same is left out. At most MOST rows of each kind.
    """
    options = {"dimension": dimension if member else None, "member": member, "published": False}
    at = [
        series(kpi, start=period.first, end=period.first, grain=period.grain, at=one, **options)
        for one in (since, until)
    ]
    before, after = at[0].run, at[1].run
    came = went = Contribution.objects.none()
    if after is not None and before != after:
        asked = [
            Asked(kpi, [period], DIMENSIONS[dimension] if member else None, member, run)
            if run
            else None
            for run in (before, after)
        ]
        came, went = _net(*asked)
    shown_in, shown_out = (_seen(kpi, found, viewer) for found in (came, went))
    return Changes(
        _only(at[0]),
        _only(at[1]),
        before,
        after,
        _described(kpi, list(_ordered(shown_in)), after) if after else [],
        _described(kpi, list(_ordered(shown_out)), after) if after else [],
        _hidden(kpi, came, viewer) if after else None,
        _hidden(kpi, went, viewer) if after else None,
    )


def _ordered(found: QuerySet) -> QuerySet:
    return found.order_by(*PLACE)[:MOST]


def _only(found: Series) -> Figure | None:
    """The one figure of a period; None when the member had no contribution."""
    return found.figures[0] if found.figures else None


def _net(before: Asked | None, after: Asked) -> tuple[QuerySet, QuerySet]:
    """Contributions of `after` without an equal one in `before`, and the other way round."""
    present = after.contributions()
    if before is None:
        return present, Contribution.objects.none()
    former = before.contributions()
    came = present.exclude(visible(before.run)).exclude(_same(former))
    went = former.exclude(visible(after.run)).exclude(_same(present))
    return came, went


def _same(others: QuerySet) -> Exists:
    """Whether one of the others equals the contribution in every column."""
    condition = Q()
    for name in COLUMNS:
        column = Contribution._meta.get_field(name)
        equal = Q(**{name: OuterRef(name)})
        if column.null:
            equal |= Q(**{f"{name}__isnull": True}) & Q(IsNull(OuterRef(name), True))
        condition &= equal
    return Exists(others.filter(condition))
