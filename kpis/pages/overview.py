"""All KPIs of one period at once, in a number of statements that depends on nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q, Sum

from ..definitions import KPIS, Kpi
from ..figures import Figure, settle_days, shown_months
from ..judging import LEAST, Targets, Worth, status, worth
from ..models import KpiTargetVersion, Run, RunState, Snapshot, SnapshotChange
from ..models.contribution import SCALE
from ..periods import Period, period_of, shifted
from ..sums import FIGURES, NOTHING, Sums

WHOLE = 0
TREND_MONTHS = 12

Found = dict[tuple[int, int], Sums]


@dataclass(frozen=True)
class Line:
    """A KPI in an overview: its figure, the one of the period before, twelve months of values."""

    kpi: Kpi
    figure: Figure
    before: Worth
    trend: list[float | None]


class KnownTargets(Targets):
    """The targets of one KPI out of those of all, which one statement read."""

    def __init__(self, kpi: Kpi, goals: Iterable[KpiTargetVersion]) -> None:
        self.kpi = kpi
        self.found = {}
        for goal in goals:
            if goal.kpi == kpi.key:
                self.found.setdefault((goal.dimension, goal.member), {})[goal.month] = goal


def in_force(at: datetime | None) -> Q:
    """The versions of targets as they stood at an instant (None: as they stand)."""
    if at is None:
        return Q(retracted_at=None)
    return Q(recorded_at__lte=at) & (Q(retracted_at=None) | Q(retracted_at__gt=at))


def all_goals(kpis: Sequence[Kpi], at: datetime | None) -> list[KpiTargetVersion]:
    """The targets of the KPIs as they stood at an instant (None: as they stand)."""
    found = KpiTargetVersion.objects.filter(in_force(at), kpi__in=[kpi.key for kpi in kpis])
    return list(found.select_related("goal"))


class Overview:
    """The figures of `kpis` in a period, as a run left them.

    `published` False leaves out what was published, and two statements with it.
    """

    def __init__(
        self,
        run: Run,
        period: Period,
        *,
        at: datetime | None,
        kpis: Sequence[Kpi] = KPIS,
        published: bool = True,
    ) -> None:
        self.run, self.period, self.at, self.kpis = run, period, at, kpis
        self.before = period_of(shifted(period.first, -1), period.grain)
        last = period.last_begun(run.date) or period.months[-1]
        self.trend_months = [shifted(last, back) for back in range(1 - TREND_MONTHS, 1)]
        self.sums = self._sums()
        self.goals = all_goals(kpis, at)
        self.targets = {kpi.key: KnownTargets(kpi, self.goals) for kpi in kpis}
        self.publishers = self._publishers() if published else {}
        self.changed = self._changed() if self.publishers else {}

    def lines(self) -> list[Line]:
        """One line a KPI, in the order given."""
        return [self._line(kpi) for kpi in self.kpis]

    # --- reading

    def _sums(self) -> Found:
        """The sums of all months needed, by KPI and month."""
        months = {*self.period.months, *self.before.months, *self.trend_months}
        wanted = {
            "dimension": WHOLE,
            "month__in": months,
            "kpi__in": [kpi.code for kpi in self.kpis],
        }
        if self.at is None:
            rows = Snapshot.objects.filter(**wanted).values_list("kpi", "month", *FIGURES)
        else:
            changes = SnapshotChange.objects.filter(**wanted, run__lte=self.run.pk)
            rows = _summed(changes, "kpi", "month")
        return {(kpi, month): Sums(*figures) for kpi, month, *figures in rows}

    def _publishers(self) -> dict[int, tuple[int, datetime]]:
        """By number of settle days: the first run after the period settled, and its instant."""
        settled = {
            days: self.period.settled_after(days)
            for days in {settle_days(kpi) for kpi in self.kpis}
        }
        later = Run.objects.filter(
            state=RunState.DONE, pk__lte=self.run.pk, date__gt=min(settled.values())
        )
        first = sorted(later.values_list("date").annotate(Min("id"), Min("instant")), key=_by_id)
        return {
            days: next((run, at) for day, run, at in first if day > end)
            for days, end in settled.items()
            if any(day > end for day, _run, _at in first)
        }

    def _changed(self) -> dict[tuple[int, int, int], Sums]:
        """What later runs changed in the period, by KPI, month and run."""
        changes = SnapshotChange.objects.filter(
            dimension=WHOLE,
            kpi__in=[kpi.code for kpi in self.kpis],
            month__in=self.period.months,
            run__gt=min(run for run, _at in self.publishers.values()),
            run__lte=self.run.pk,
        )
        rows = _summed(changes, "kpi", "month", "run")
        return {(kpi, month, run): Sums(*figures) for kpi, month, run, *figures in rows}

    # --- one KPI

    def _line(self, kpi: Kpi) -> Line:
        trend = [shape_value(kpi, self.of_month(kpi, month)) for month in self.trend_months]
        before = worth(kpi, self.of_period(kpi, self.before))
        return Line(kpi, self._figure(kpi), before, trend)

    def of_month(self, kpi: Kpi, month: int) -> Sums:
        """The sums of one month."""
        return self.sums.get((kpi.code, month), NOTHING)

    def of_period(self, kpi: Kpi, period: Period) -> Sums:
        """The sums of a period."""
        months = shown_months(kpi, period, self.run.date)
        return sum((self.of_month(kpi, month) for month in months), NOTHING)

    def _figure(self, kpi: Kpi) -> Figure:
        period, run = self.period, self.run
        sums = self.of_period(kpi, period)
        begun = period.starts_on <= run.date
        found = worth(kpi, sums) if begun else Worth(None, "not_applicable", 0)
        provisional = run.date <= period.settled_after(settle_days(kpi))
        marks = self.targets[kpi.key].marks(period, run.date)
        published_by = self.publishers.get(settle_days(kpi))
        former = self._former(kpi, sums, published_by[0]) if published_by else sums
        return Figure(
            period=period,
            member=None,
            member_id=None,
            member_name=None,
            sums=sums,
            worth=found,
            provisional=provisional,
            published=worth(kpi, former) if published_by else None,
            published_at=published_by[1] if published_by else None,
            restated=former != sums,
            marks=marks,
            status=status(kpi, found, marks, provisional=provisional),
        )

    def _former(self, kpi: Kpi, sums: Sums, publisher: int) -> Sums:
        """The sums the period was published with: the present less later changes."""
        months = set(shown_months(kpi, self.period, self.run.date))
        for (code, month, run), changed in self.changed.items():
            if code == kpi.code and month in months and run > publisher:
                sums = sums - changed
        return sums


def shape_value(kpi: Kpi, sums: Sums) -> float | None:
    """What sums are worth, to the precision of a pixel: 18 KPIs × 12 months make it count."""
    if not kpi.is_ratio:
        return sums.numerator / SCALE
    return 100 * sums.numerator / sums.denominator if sums.row_count >= LEAST else None


def _by_id(row: tuple) -> int:
    return row[1]


def _summed(changes, *by: str):
    """Signed changes added up by some columns."""
    totals = {f"{name}_sum": Sum(name) for name in FIGURES}
    for row in changes.order_by().values_list(*by).annotate(**totals):
        yield (*row[: len(by)], *(int(figure) for figure in row[len(by) :]))
