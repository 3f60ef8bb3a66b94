"""Monthly sums: what runs change in them, and what a full run checks them against."""

from .definitions import DIMENSIONS, Dimension, Kpi
from .staging import execute

SUMS = "numerator, denominator, row_count, nonzero"
PLACE = "dimension, month, member_id, member_text"


def dimensions_of(kpi: Kpi) -> list[Dimension | None]:
    """The dimensions a KPI has snapshots of; None is the whole."""
    named = [DIMENSIONS[name] for name in kpi.dimensions]
    return [None, *(dimension for dimension in named if dimension.in_snapshots)]


def _place(dimension: Dimension | None) -> str:
    """Dimension, month and member of a contribution, as a list of select terms."""
    if dimension is None:
        return "0 AS dimension, month, 0 AS member_id, '' AS member_text"
    if dimension.member_kind:
        member = f"COALESCE({dimension.column}, 0) AS member_id, '' AS member_text"
    else:
        member = f"0 AS member_id, COALESCE({dimension.column}, '') AS member_text"
    return f"{dimension.code} AS dimension, month, {member}"


def grouped(dimension: Dimension | None, rows: str, sign: str = "1") -> str:
    """A SELECT of the sums of contributions by month and member; `rows` from FROM on."""
    member = f", {dimension.column}" if dimension else ""
    return (
        f"SELECT {_place(dimension)}, SUM({sign} * numerator) AS numerator,"
        f" COALESCE(SUM({sign} * denominator), 0) AS denominator, SUM({sign}) AS row_count,"
        f" SUM(CASE WHEN numerator <> 0 THEN {sign} ELSE 0 END) AS nonzero"
        f" {rows} GROUP BY month{member}"
    )


ANY = "SUM(numerator) <> 0 OR SUM(denominator) <> 0 OR SUM(row_count) <> 0 OR SUM(nonzero) <> 0"


def note_changes(run: int, kpi: Kpi, moves: str) -> None:
    """Keep what a part's moves change in the sums, one statement a dimension."""
    parameters = {"run": run, "kpi": kpi.code}
    for dimension in dimensions_of(kpi):
        execute(
            f"INSERT INTO kpis_snapshotchange (run, kpi, {PLACE}, {SUMS})"
            f" SELECT %(run)s, %(kpi)s, {PLACE}, {SUMS}"
            f" FROM ({grouped(dimension, f'FROM {moves}', 'sign')}) changed"
            " WHERE numerator <> 0 OR denominator <> 0 OR row_count <> 0 OR nonzero <> 0",
            parameters,
        )


def stage_drift(kpi: Kpi) -> None:
    """Sum the open ledger anew and stage where the snapshots differ from it."""
    open_rows = "FROM kpis_contribution WHERE kpi = %(kpi)s AND closed_run IS NULL"
    for dimension in dimensions_of(kpi):
        code = dimension.code if dimension else 0
        execute(
            f"INSERT INTO kpis_drift ({PLACE}, {SUMS}) SELECT {PLACE}, SUM(numerator),"
            f" SUM(denominator), SUM(row_count), SUM(nonzero) FROM ({grouped(dimension, open_rows)}"
            f" UNION ALL SELECT {PLACE}, -numerator, -denominator, -row_count, -nonzero"
            " FROM kpis_snapshot WHERE kpi = %(kpi)s AND dimension = %(dimension)s) found"
            f" GROUP BY {PLACE} HAVING {ANY}",
            {"kpi": kpi.code, "dimension": code},
        )


def publish_sums(run: int) -> None:
    """Add a run's changes to the snapshots and drop those that nothing makes up any more."""
    parameters = {"run": run}
    execute(
        f"INSERT INTO kpis_snapshot (kpi, {PLACE}, {SUMS}) SELECT kpi, {PLACE}, SUM(numerator),"
        " SUM(denominator), SUM(row_count), SUM(nonzero) FROM kpis_snapshotchange"
        f" WHERE run = %(run)s GROUP BY kpi, {PLACE} ON CONFLICT (kpi, {PLACE}) DO UPDATE SET"
        " numerator = kpis_snapshot.numerator + excluded.numerator,"
        " denominator = kpis_snapshot.denominator + excluded.denominator,"
        " row_count = kpis_snapshot.row_count + excluded.row_count,"
        " nonzero = kpis_snapshot.nonzero + excluded.nonzero",
        parameters,
    )
    execute(
        "DELETE FROM kpis_snapshot WHERE row_count = 0 AND numerator = 0 AND denominator = 0",
        parameters,
    )
