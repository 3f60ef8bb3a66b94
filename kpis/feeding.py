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
from .staging import Stage, execute, value
from .summing import OPEN_ROWS, grouped, note_changes, stage_drift

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
    """One KPI's part of a run. `prepare` stages it, `apply` writes it within a transaction."""

    def __init__(self, run: Run, kpi: Kpi, stage: Stage) -> None:
        self.run, self.kpi, self.stage = run, kpi, stage
        self.parameters = _parameters(run, kpi)
        self.closing = self.opening = self.drift = 0
        self.is_first = False

    def prepare(self) -> None:
        """Stage the part in temporary tables; writes nothing else.

        Where the ledger holds nothing open of the KPI there is nothing to compare with: `apply`
        then takes the contributions from their sources itself.
        """
        self.stage.clear()
        is_windowed = self.run.from_month is not None or self.run.to_month is not None
        narrowed = is_windowed or not self.run.full
        present = self._count_open() if self.run.full else None
        if present:
            self.drift = stage_drift(self.stage, self.kpi)
        if narrowed:
            if self._stage_subjects(is_windowed):
                self._stage_candidates(narrowed)
                self._stage_moves()
        elif present:
            self._stage_moves(self._stage_candidates(narrowed), present)
        else:
            self.is_first = True

    @property
    def is_idle(self) -> bool:
        """Whether `apply` would write nothing."""
        return not (self.is_first or self.closing or self.opening or self.drift)

    def apply(self) -> Fed:
        """Write what was staged; the caller holds the transaction."""
        if self.is_first:
            return self._apply_first()
        if self.closing:
            self._execute(
                "UPDATE kpis_contribution SET closed_run = %(run)s"
                " WHERE id IN (SELECT ledger_id FROM kpis_move WHERE sign < 0)"
            )
        if self.opening:
            self._open("SELECT * FROM kpis_move WHERE sign > 0")
        if not self.is_idle:
            moved = self.closing or self.opening
            changes = grouped(self.kpi, "FROM kpis_move", signed=True) if moved else ""
            note_changes(self.run.pk, self.kpi, changes, drifted=bool(self.drift))
        return Fed(self.opening, self.closing, self.drift)

    def _apply_first(self) -> Fed:
        """Nothing was open before, so all there is comes in."""
        opened = self._open(self.kpi.select(lambda column: ""))
        if opened:
            note_changes(self.run.pk, self.kpi, grouped(self.kpi, OPEN_ROWS))
        return Fed(opened)

    def _open(self, select: str) -> int:
        return self._execute(
            f"INSERT INTO kpis_contribution (kpi, opened_run, {NAMES})"
            f" SELECT %(kpi)s, %(run)s, {NAMES} FROM ({select}) found"
        )

    def _execute(self, sql: str) -> int:
        return execute(sql, self.parameters)

    def _count_open(self) -> int:
        """How many contributions of this KPI the ledger holds."""
        return value(f"SELECT COUNT(*) {OPEN_ROWS}", self.parameters)

    # --- subjects

    def _stage_subjects(self, is_windowed: bool) -> int:
        """Fill in the subjects to look at; returns how many."""
        queries = self._in_window() if is_windowed else [*self._queued(), *self.kpi.calendar]
        return self.stage.fill(SUBJECTS, "key", " UNION ".join(queries), self.parameters)

    def _in_window(self) -> list[str]:
        """Subjects with an old or a new row in the run's months."""
        within = "month BETWEEN %(from_month)s AND %(to_month)s"
        return [
            f"SELECT subject_id {OPEN_ROWS} AND {within}",
            f"SELECT subject_id FROM ({self.kpi.select(lambda column: '')}) found WHERE {within}",
        ]

    def _queued(self) -> list[str]:
        """Subjects of the keys this run took from the queue; a restricted run takes none."""
        keys = "SELECT key FROM core_dirtykey WHERE kind = '{}' AND " + mine(self.run)
        return [rule.subjects.format(keys=keys.format(rule.kind)) for rule in self.kpi.dirty]

    # --- differences

    def _stage_candidates(self, narrowed: bool) -> int:
        """The contributions of the subjects as they are now; returns how many."""

        def only(column: str) -> str:
            return f"AND {column} IN (SELECT key FROM {SUBJECTS})" if narrowed else ""

        return self.stage.fill("kpis_candidate", NAMES, self.kpi.select(only), self.parameters)

    def _stage_moves(self, candidates: int | None = None, present: int | None = None) -> None:
        """Open rows without an equal candidate are closed, candidates without one are opened.

        Where all candidates are `candidates` and all open rows `present`, nobody needs to look
        for the second when each candidate has found its row already.
        """
        only = "" if present else f"AND l.subject_id IN (SELECT key FROM {SUBJECTS})"
        of_ledger = ", ".join(f"l.{name}" for name in COLUMNS)
        of_candidate = ", ".join(f"c.{name}" for name in COLUMNS)
        self.closing = self.stage.fill(
            "kpis_move",
            f"sign, ledger_id, {NAMES}",
            f"SELECT -1, l.id, {of_ledger}"
            f" FROM kpis_contribution l LEFT JOIN kpis_candidate c ON {equal()}"
            f" WHERE l.kpi = %(kpi)s AND l.closed_run IS NULL {only} AND c.source_id IS NULL",
            self.parameters,
        )
        if present is not None and candidates == present - self.closing:
            return
        self.opening = self.stage.fill(
            "kpis_move",
            f"sign, {NAMES}",
            f"SELECT 1, {of_candidate} FROM kpis_candidate c LEFT JOIN kpis_contribution l"
            f" ON l.kpi = %(kpi)s AND l.closed_run IS NULL AND {equal()} WHERE l.id IS NULL",
            self.parameters,
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
