"""Feeding one KPI's part of a run: from source rows to the ledger, by statements on whole sets.

First everything is prepared in temporary tables, without a lock on anything: which subjects are
looked at, what contributions they have now, how these differ from the open ones. Then one short
transaction closes, opens, and notes what that changes in the monthly sums.
"""

from dataclasses import dataclass
from typing import Any

from brm.core.dialect import same

from .clock import as_parameter
from .definitions import SUBJECTS, Kpi
from .models import Run
from .models.contribution import COLUMNS
from .preparing import mine
from .staging import analyse, execute, prepare, value
from .summing import note_changes, stage_drift

NAMES = ", ".join(COLUMNS)
NULLABLE = (
    "denominator",
    *("customer_id", "service_id", "manager_id", "owner_id", "objective_id"),
    *("segment", "region", "kind", "reason", "cost_type", "channel"),
)


def equal() -> str:
    """The condition that a candidate `c` and a row `l` of the ledger do not differ."""
    return " AND ".join(
        same(f"c.{name}", f"l.{name}") if name in NULLABLE else f"c.{name} = l.{name}"
        for name in COLUMNS
    )


@dataclass(frozen=True)
class Fed:
    """How many contributions a part opened and closed, and snapshot rows that had drifted."""

    rows_in: int = 0
    rows_out: int = 0
    drift: int = 0


class Feeding:
    """One KPI's part of a run. `stage` prepares it, `apply` writes it within a transaction."""

    def __init__(self, run: Run, kpi: Kpi) -> None:
        self.run, self.kpi = run, kpi
        self.parameters = _parameters(run, kpi)
        self.moves = "kpis_move"

    def stage(self) -> None:
        """Prepare the part in temporary tables; writes nothing else."""
        prepare()
        narrowed = self._stage_subjects()
        if self.run.full and not self._is_first():
            stage_drift(self.kpi)
        if narrowed and not self._value(f"SELECT EXISTS (SELECT 1 FROM {SUBJECTS})"):
            return
        self._stage_candidates(narrowed)
        if not narrowed and self._is_first():
            self.moves = "kpis_candidate"
        else:
            self._stage_moves(narrowed)

    def apply(self) -> Fed:
        """Write what `stage` prepared; the caller holds the transaction."""
        closed = self._execute(
            "UPDATE kpis_contribution SET closed_run = %(run)s"
            f" WHERE id IN (SELECT ledger_id FROM {self.moves} WHERE sign < 0)"
        )
        opened = self._execute(
            f"INSERT INTO kpis_contribution (kpi, opened_run, {NAMES})"
            f" SELECT %(kpi)s, %(run)s, {NAMES} FROM {self.moves} WHERE sign > 0"
        )
        if opened or closed:
            note_changes(self.run.pk, self.kpi, self.moves)
        drift = self._execute(
            "INSERT INTO kpis_snapshotchange (run, kpi, dimension, month, member_id, member_text,"
            " numerator, denominator, row_count, nonzero)"
            " SELECT %(run)s, %(kpi)s, dimension, month, member_id, member_text,"
            " numerator, denominator, row_count, nonzero FROM kpis_drift"
        )
        return Fed(opened, closed, drift)

    def _execute(self, sql: str) -> int:
        return execute(sql, self.parameters)

    def _value(self, sql: str) -> Any:
        return value(sql, self.parameters)

    def _is_first(self) -> bool:
        """Whether the ledger holds nothing open of this KPI yet."""
        return not self._value(
            "SELECT EXISTS (SELECT 1 FROM kpis_contribution"
            " WHERE kpi = %(kpi)s AND closed_run IS NULL)"
        )

    # --- subjects

    def _stage_subjects(self) -> bool:
        """Fill in the subjects to look at; False: all of them."""
        if self.run.from_month is not None or self.run.to_month is not None:
            queries = self._in_window()
        elif self.run.full:
            return False
        else:
            queries = [*self._queued(), *self.kpi.calendar]
        self._execute(f"INSERT INTO {SUBJECTS} (key) {' UNION '.join(queries)}")
        analyse(SUBJECTS)
        return True

    def _in_window(self) -> list[str]:
        """Subjects with an old or a new row in the run's months."""
        within = "month BETWEEN %(from_month)s AND %(to_month)s"
        return [
            "SELECT subject_id FROM kpis_contribution"
            f" WHERE kpi = %(kpi)s AND closed_run IS NULL AND {within}",
            f"SELECT subject_id FROM ({self.kpi.select(lambda column: '')}) found WHERE {within}",
        ]

    def _queued(self) -> list[str]:
        """Subjects of the keys this run took from the queue; a restricted run takes none."""
        keys = "SELECT key FROM core_dirtykey WHERE kind = '{}' AND " + mine(self.run)
        return [rule.subjects.format(keys=keys.format(rule.kind)) for rule in self.kpi.dirty]

    # --- differences

    def _stage_candidates(self, narrowed: bool) -> None:
        """The contributions of the subjects as they are now."""

        def only(column: str) -> str:
            return f"AND {column} IN (SELECT key FROM {SUBJECTS})" if narrowed else ""

        self._execute(f"INSERT INTO kpis_candidate ({NAMES}) {self.kpi.select(only)}")
        analyse("kpis_candidate")

    def _stage_moves(self, narrowed: bool) -> None:
        """Open rows without an equal candidate are closed, candidates without one are opened."""
        only = f"AND l.subject_id IN (SELECT key FROM {SUBJECTS})" if narrowed else ""
        of_ledger = ", ".join(f"l.{name}" for name in COLUMNS)
        of_candidate = ", ".join(f"c.{name}" for name in COLUMNS)
        self._execute(
            f"INSERT INTO kpis_move (sign, ledger_id, {NAMES}) SELECT -1, l.id, {of_ledger}"
            f" FROM kpis_contribution l LEFT JOIN kpis_candidate c ON {equal()}"
            f" WHERE l.kpi = %(kpi)s AND l.closed_run IS NULL {only} AND c.source_id IS NULL"
        )
        self._execute(
            f"INSERT INTO kpis_move (sign, {NAMES}) SELECT 1, {of_candidate}"
            " FROM kpis_candidate c LEFT JOIN kpis_contribution l"
            f" ON l.kpi = %(kpi)s AND l.closed_run IS NULL AND {equal()} WHERE l.id IS NULL"
        )


def _parameters(run: Run, kpi: Kpi) -> dict[str, Any]:
    """What the statements of a part may refer to."""
    base = run.base
    since, since_now = (base.date, base.judged_at) if base else (None, None)
    return {
        "run": run.pk,
        "kpi": kpi.code,
        "today": as_parameter(run.date),
        "now": as_parameter(run.judged_at),
        "since": as_parameter(since),
        "since_now": as_parameter(since_now),
        "new_month": bool(since and (since.year, since.month) != (run.date.year, run.date.month)),
        "from_month": run.from_month or 0,
        "to_month": run.to_month or 999_999,
    }
