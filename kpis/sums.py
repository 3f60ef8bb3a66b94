"""Monthly sums as any run left them: from the snapshots, from their changes, or from the ledger.

The three agree; which one is read depends on the dimension and on whether the run is the last.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, Q, QuerySet, Sum

from .definitions import Dimension, Kpi
from .models import Contribution, Run, RunState, Snapshot, SnapshotChange

Member = int | str | None
FIGURES = ("numerator", "denominator", "row_count", "nonzero")


@dataclass(frozen=True)
class Sums:
    """What contributions add up to: ledger integers, rows, and rows with a numerator."""

    numerator: int = 0
    denominator: int = 0
    row_count: int = 0
    nonzero: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, name) + getattr(other, name) for name in FIGURES))

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, name) - getattr(other, name) for name in FIGURES))


NOTHING = Sums()


def visible(run: Run) -> Q:
    """The contributions that are open after a run."""
    return Q(opened_run__lte=run.pk) & (Q(closed_run=None) | Q(closed_run__gt=run.pk))


def of_member(dimension: Dimension | None, member: Member) -> Q:
    """The contributions of one member; None is those without one."""
    return Q() if dimension is None else Q(**{dimension.column: member})


TOTALS = {
    "numerator_sum": Sum("numerator"),
    "denominator_sum": Sum("denominator"),
    "row_sum": Count("id"),
    "nonzero_sum": Count("id", filter=~Q(numerator=0)),
}


class Reading:
    """The sums of one KPI in some months, by member of a dimension or as a whole."""

    def __init__(
        self,
        kpi: Kpi,
        months: Iterable[int],
        dimension: Dimension | None,
        run: Run,
        member: Member | object = ...,
    ) -> None:
        self.kpi, self.months = kpi, sorted(set(months))
        self.dimension, self.run, self.member = dimension, run, member
        self.from_ledger = dimension is not None and not dimension.in_snapshots

    def present(self) -> dict[tuple[int, Member], Sums]:
        """The sums after the run, by month and member."""
        if self.from_ledger:
            rows = self._contributions().filter(visible(self.run))
            return dict(self._grouped(rows))
        kept = list(self._kept(Snapshot, self._later()))
        if not any(later for _key, _sums, later in kept) if kept else self._is_last():
            return {key: sums for key, sums, _later in kept}
        found: dict[tuple[int, Member], Sums] = {}
        changes = self._kept(SnapshotChange, F("run"), run__lte=self.run.pk)
        for key, sums, _run in changes:
            found[key] = found.get(key, NOTHING) + sums
        return {key: sums for key, sums in found.items() if sums != NOTHING}

    def since(self, run_id: int) -> Iterator[tuple[int, Member, int, Sums]]:
        """What runs after `run_id`, up to the run, changed: month, member, run, signed sums."""
        if self.from_ledger:
            yield from self._ledger_since(run_id)
            return
        after = {"run__lte": self.run.pk, "run__gt": run_id}
        for key, sums, run in self._kept(SnapshotChange, F("run"), **after):
            yield *key, run, sums

    def _later(self) -> Exists:
        """Whether there is a later run: the snapshots are the last one's."""
        return Exists(Run.objects.filter(state=RunState.DONE, pk__gt=self.run.pk))

    def _is_last(self) -> bool:
        return not Run.objects.filter(state=RunState.DONE, pk__gt=self.run.pk).exists()

    # --- snapshots and their changes

    def _kept(
        self, model: type, told: Any, **more: int
    ) -> Iterator[tuple[tuple[int, Member], Sums, Any]]:
        """Month and member, sums, and what `told` says of each row."""
        rows = model.objects.filter(
            kpi=self.kpi.code,
            dimension=self.dimension.code if self.dimension else 0,
            month__in=self.months,
            **more,
        )
        column = "member_id" if self._by_id() else "member_text"
        if self.member is not ... and self.dimension:
            rows = rows.filter(**{column: self.member or (0 if self._by_id() else "")})
        for month, member, *sums, said in rows.values_list("month", column, *FIGURES, told):
            yield (month, member or None), Sums(*sums), said

    def _by_id(self) -> bool:
        return self.dimension is None or self.dimension.member_kind is not None

    # --- the ledger

    def _contributions(self) -> QuerySet:
        rows = Contribution.objects.filter(kpi=self.kpi.code, month__in=self.months)
        if self.member is not ...:
            rows = rows.filter(of_member(self.dimension, self.member))
        return rows

    def _grouped(self, rows: QuerySet, *by: str) -> Iterator[tuple]:
        """(month, member), sums, and the values of the columns `by`."""
        column = self.dimension.column
        grouped = rows.order_by().values_list("month", column, *by).annotate(**TOTALS)
        for month, member, *rest in grouped:
            numerator, denominator, count, nonzero = rest[len(by) :]
            sums = Sums(int(numerator), int(denominator or 0), count, nonzero)
            yield ((month, member), sums, *rest[: len(by)])

    def _ledger_since(self, run_id: int) -> Iterator[tuple[int, Member, int, Sums]]:
        later = {"gt": run_id, "lte": self.run.pk}
        for column, sign in (("opened_run", 1), ("closed_run", -1)):
            within = {f"{column}__{name}": value for name, value in later.items()}
            rows = self._contributions().filter(**within)
            for (month, member), sums, run in self._grouped(rows, column):
                yield month, member, run, sums if sign > 0 else NOTHING - sums
