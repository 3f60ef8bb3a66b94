"""The figures of a KPI: what pages and the API show.

    series(kpi, start=202501, end=202512, grain="month", dimension=None, member=None,
           at=None, viewer=None) -> Series

Months are integers. `at` None: as the last run left it, judged by today's targets; else as of that
instant. `member` is a reference, a username, a value, or "unattributed". `kpis.drilldown` has the
rows behind a figure and what changed it. The answer as of a run is the same for ever after.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Min, Q, QuerySet

from brm.core import roles

from .clock import database_now, local_date
from .definitions import DIMENSIONS, Dimension, Kpi
from .engine import latest_run
from .judging import Marks, Targets, Worth, status, worth
from .models import Contribution, Member, Run, RunState
from .models.contribution import SCALE
from .periods import Period, month_of, periods_between, shifted
from .sums import NOTHING, Reading, Sums, of_member, visible

UNATTRIBUTED = "unattributed"
Name = tuple[str, int | None, str]  # reference, id, name


@dataclass(frozen=True)
class Figure:
    """One figure: of a period and, with a dimension, of a member.

    `worth` has the exact value, the state, n and the interval. `published` is what it was worth
    when it was published by `published_run`, None while provisional. `marks` are target, amber and
    red; `status` the colour.
    """

    period: Period
    member: str | None
    member_id: int | None
    member_name: str | None
    sums: Sums
    worth: Worth
    provisional: bool
    published: Worth | None
    published_at: datetime | None
    restated: bool
    marks: Marks | None
    status: str


@dataclass(frozen=True)
class Series:
    """Figures in the order of periods, then members; `run` None: nothing was computed yet."""

    kpi: Kpi
    grain: str
    dimension: str | None
    run: Run | None
    visible: int
    total: int
    figures: list[Figure]


def series(
    kpi: Kpi,
    *,
    start: int | None = None,
    end: int | None = None,
    grain: str = "month",
    dimension: str | None = None,
    member: str | None = None,
    at: datetime | None = None,
    viewer: Any = None,
    run: Run | None = None,
    targets: Targets | None = None,
    published: bool = True,
) -> Series:
    """The figures of every period that touches the months (default: the last 12 begun).

    Who has read them already gives the run of `at` and the targets as of `at`: a statement less
    each. `published` False leaves out what was published, and two statements with it.
    """
    run = run or latest_run(at)
    last = end or month_of(run.date if run else local_date(database_now()))
    periods = periods_between(start or shifted(last, -11), last, grain)
    if run is None:
        return Series(kpi, grain, dimension, None, 0, 0, _unknown(kpi, periods, dimension))
    place = DIMENSIONS[dimension] if dimension else None
    asked = Asked(kpi, periods, place, member, run, published=published)
    figures = asked.figures(targets or Targets(kpi, at))
    seen, total = asked.scope(viewer)
    return Series(kpi, grain, dimension, run, seen, total, figures)


def default_months(run: Run | None) -> tuple[int, int]:
    """The last 12 months that have begun."""
    last = month_of(run.date if run else local_date(database_now()))
    return shifted(last, -11), last


def settle_days(kpi: Kpi) -> int:
    """Days after a period's end during which its figures are provisional."""
    return settings.BRM.renewal_grace_days if kpi.settle_days is None else kpi.settle_days


def shown_months(kpi: Kpi, period: Period, on: date) -> tuple[int, ...]:
    """The months a period's figure is made of: of a stock only the last one begun."""
    if not kpi.is_stock:
        return period.months
    last = period.last_begun(on)
    return () if last is None else (last,)


def _unknown(kpi: Kpi, periods: list[Period], dimension: str | None) -> list[Figure]:
    if dimension:
        return []
    nothing = Worth(None, "not_applicable", 0)
    return [
        Figure(one, None, None, None, NOTHING, nothing, True, None, None, False, None, "grey")
        for one in periods
    ]


class Members:
    """How members were called after a run, and which record a name stood for."""

    def __init__(self, dimension: Dimension, run: Run) -> None:
        self.dimension = dimension
        self.run = run

    def find(self, name: str) -> int | str | None | object:
        """The member's value in the ledger; None is "unattributed", … means there is none."""
        if name == UNATTRIBUTED:
            return None
        if not self.dimension.member_kind:
            return name
        rows = _members(self.run).filter(kind=_kind(self.dimension), reference=name)
        found = rows.values_list("member_id", flat=True).first()
        return ... if found is None else found

    def named(self, values: Iterable[Any]) -> dict[Any, Name]:
        """Reference, id and name of the members with these values in the ledger."""
        return named_members({self.dimension.key: set(values)}, self.run)[self.dimension.key]


def named_members(wanted: Mapping[str, set[Any]], run: Run) -> dict[str, dict[Any, Name]]:
    """Reference, id and name, as of a run, of members by dimension and value in the ledger.

    One statement for all dimensions; none where their values are the names.
    """
    asked = Q(pk__in=[])
    for key, values in wanted.items():
        if DIMENSIONS[key].member_kind and values - {None}:
            asked |= Q(kind=_kind(DIMENSIONS[key]), member_id__in=values - {None})
    rows = _members(run).filter(asked).values_list("kind", "member_id", "reference", "name")
    found = {(kind, key): (reference, key, name) for kind, key, reference, name in rows}

    def name_of(dimension: Dimension, value: Any) -> Name:
        if not dimension.member_kind:
            return value, None, value
        return found.get((_kind(dimension), value)) or (str(value), value, str(value))

    return {
        key: {None: (UNATTRIBUTED, None, UNATTRIBUTED)}
        | {value: name_of(DIMENSIONS[key], value) for value in values - {None}}
        for key, values in wanted.items()
    }


def _members(run: Run) -> QuerySet:
    there = Q(closed_run=None) | Q(closed_run__gt=run.pk)
    return Member.objects.filter(there, opened_run__lte=run.pk)


def _kind(dimension: Dimension) -> int:
    return Member.KINDS.get(dimension.member_kind or "", 0)


class Asked:
    """One question about a KPI, answered as a run left it."""

    def __init__(
        self,
        kpi: Kpi,
        periods: list[Period],
        dimension: Dimension | None,
        member: str | None,
        run: Run,
        *,
        published: bool = True,
    ) -> None:
        self.kpi, self.periods, self.dimension, self.run = kpi, periods, dimension, run
        self.asks_published = published
        self.members = Members(dimension, run) if dimension else None
        self.value: Any = self.members.find(member) if member is not None else ...
        self.is_empty = member is not None and self.value is ...
        self.months = {p: shown_months(kpi, p, run.date) for p in periods}

    def figures(self, targets: Targets) -> list[Figure]:
        """One figure a period, or one a period and member that has contributions."""
        if self.is_empty:
            return []
        present, former = self._present(), self._published()
        if self.dimension is None:
            return [self._figure(p, None, present, former, targets, {}) for p in self.periods]
        named = self.members.named({member for _period, member in present})
        found = [
            self._figure(period, member, present, former, targets, named)
            for period, member in present
            if period.starts_on <= self.run.date
        ]
        return sorted(found, key=_place)

    def scope(self, viewer: Any) -> tuple[int, int]:
        """How many of the contributions behind the figures the viewer may see, and all."""
        if self.is_empty:
            return 0, 0
        total = sum(sums.row_count for sums in self._present().values())
        if viewer is None or "A" in roles.scopes(viewer, self.kpi.source.resource, "V"):
            return total, total
        rows = self.contributions()
        return rows.filter(source_id__in=seen_by(self.kpi, viewer)).count(), total

    def contributions(self) -> Any:
        """The contributions behind the figures."""
        months = [month for months in self.months.values() for month in months]
        rows = Contribution.objects.filter(visible(self.run), kpi=self.kpi.code, month__in=months)
        if self.is_empty:
            return rows.none()
        return rows if self.value is ... else rows.filter(of_member(self.dimension, self.value))

    # --- sums by period and member

    def _reading(self, months: Iterable[int]) -> Reading:
        return Reading(self.kpi, months, self.dimension, self.run, self.value)

    def _present(self) -> dict[tuple[Period, Any], Sums]:
        if not hasattr(self, "_found"):
            months = [month for months in self.months.values() for month in months]
            sums = self._reading(months).present()
            self._found = self._by_period(sums.items())
        return self._found

    def _by_period(self, sums: Iterable[tuple[tuple[int, Any], Sums]]) -> dict:
        period_of = {month: p for p, months in self.months.items() for month in months}
        found: dict[tuple[Period, Any], Sums] = {}
        for (month, member), some in sums:
            key = (period_of[month], member)
            found[key] = found.get(key, NOTHING) + some
        return found

    @cached_property
    def publishers(self) -> dict[Period, tuple[int, datetime]]:
        """For each settled period the first run that was later: its id and instant."""
        if not self.asks_published:
            return {}
        days = settle_days(self.kpi)
        settled = {period: period.settled_after(days) for period in self.periods}
        runs = Run.objects.filter(state=RunState.DONE, pk__lte=self.run.pk)
        later = runs.filter(date__gt=min(settled.values())).order_by()
        first_of_day = later.values("date").annotate(first=Min("id")).values("first")
        first = runs.filter(pk__in=first_of_day).order_by("id").values_list("date", "id", "instant")
        first = list(first)
        return {
            period: next((run, instant) for day, run, instant in first if day > end)
            for period, end in settled.items()
            if any(day > end for day, _run, _instant in first)
        }

    def _published(self) -> dict[tuple[Period, Any], Sums]:
        """The sums that settled periods were published with: the present less later changes."""
        if not self.publishers:
            return {}
        present = self._present()
        former = {key: sums for key, sums in present.items() if key[0] in self.publishers}
        period_of = {month: p for p in self.publishers for month in self.months[p]}
        oldest = min(run for run, _instant in self.publishers.values())
        for month, member, run, sums in self._reading(period_of).since(oldest):
            period = period_of[month]
            if run > self.publishers[period][0]:
                former[period, member] = former.get((period, member), NOTHING) - sums
        return former

    # --- one figure

    def _figure(
        self,
        period: Period,
        member: Any,
        present: dict,
        former: dict,
        targets: Targets,
        named: dict,
    ) -> Figure:
        name, member_id, full_name = named.get(member) or (None, None, None)
        sums = present.get((period, member), NOTHING)
        provisional = self.run.date <= period.settled_after(settle_days(self.kpi))
        begun = period.starts_on <= self.run.date
        found = worth(self.kpi, sums) if begun else Worth(None, "not_applicable", 0)
        published, published_at, before = None, None, sums
        if period in self.publishers:
            before = former.get((period, member), NOTHING)
            published, published_at = worth(self.kpi, before), self.publishers[period][1]
        dimension = self.dimension.key if self.dimension else None
        marks = targets.marks(period, self.run.date, dimension, name)
        return Figure(
            period=period,
            member=name,
            member_id=member_id,
            member_name=full_name,
            sums=sums,
            worth=found,
            provisional=provisional,
            published=published,
            published_at=published_at,
            restated=before != sums,
            marks=marks,
            status=status(self.kpi, found, marks, provisional=provisional),
        )


def _place(figure: Figure) -> tuple:
    """Periods in order, members by name, the unattributed last."""
    return figure.period.first, figure.member == UNATTRIBUTED, figure.member


def seen_by(kpi: Kpi, viewer: Any) -> Any:
    """The keys of the sources that a user may see."""
    return kpi.source.everything.visible_to(viewer).order_by().values("pk")


def number(value: Fraction | None) -> int | float | None:
    """A value as a number of JSON: an integer where it is whole."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else value.numerator / value.denominator


def ledger_number(value: int | None) -> int | float | None:
    """A number of the ledger as one of JSON."""
    return None if value is None else number(Fraction(value, SCALE))


__all__ = [
    "Figure",
    "Members",
    "Series",
    "default_months",
    "ledger_number",
    "named_members",
    "number",
    "seen_by",
    "series",
    "settle_days",
    "shown_months",
]
