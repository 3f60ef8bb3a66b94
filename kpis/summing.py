"""Monthly sums: what runs change in them, and what a full run checks them against."""

from django.db import connection

from .definitions import DIMENSIONS, Dimension, Kpi
from .staging import execute

SUMS = "numerator, denominator, row_count, nonzero"
PLACE = "dimension, month, member_id, member_text"
BLANK = "''"


def dimensions_of(kpi: Kpi) -> list[Dimension | None]:
    """The dimensions a KPI has snapshots of; None is the whole."""
    named = [DIMENSIONS[name] for name in kpi.dimensions]
    return [None, *(dimension for dimension in named if dimension.in_snapshots)]


def grouped(kpi: Kpi, rows: str, *, signed: bool = False) -> str:
    """A SELECT of the sums of contributions by dimension, month and member; `rows` from FROM on.

    `signed` rows carry a column `sign` of 1 or -1. PostgreSQL reads the rows once for all
    dimensions, SQLite once for each.
    """
    dimensions = dimensions_of(kpi)
    if connection.vendor == "postgresql":
        return _at_once(kpi, dimensions, rows, signed)
    return " UNION ALL ".join(
        f"SELECT {_place(one)}, {_sums(kpi, signed)} {rows} GROUP BY month{_also(one)}"
        for one in dimensions
    )


def _at_once(kpi: Kpi, dimensions: list[Dimension | None], rows: str, signed: bool) -> str:
    def chosen(dimension: Dimension, value: str) -> str:
        return f"WHEN GROUPING({dimension.column}) = 0 THEN {value}"

    def case(terms: list[str], otherwise: str) -> str:
        return f"CASE {' '.join(terms)} ELSE {otherwise} END" if terms else otherwise

    named = [one for one in dimensions if one]
    by_id = [chosen(one, f"COALESCE({one.column}, 0)") for one in named if one.member_kind]
    by_text = [chosen(one, f"COALESCE({one.column}, '')") for one in named if not one.member_kind]
    sets = ", ".join(f"(month{_also(one)})" for one in dimensions)
    return (
        f"SELECT {case([chosen(one, str(one.code)) for one in named], '0')} AS dimension, month,"
        f" {case(by_id, '0')} AS member_id, {case(by_text, BLANK)} AS member_text,"
        f" {_sums(kpi, signed)} {rows} GROUP BY GROUPING SETS ({sets})"
    )


def _also(dimension: Dimension | None) -> str:
    return f", {dimension.column}" if dimension else ""


def _place(dimension: Dimension | None) -> str:
    """Dimension, month and member of a contribution, as a list of select terms."""
    if dimension is None:
        return "0 AS dimension, month, 0 AS member_id, '' AS member_text"
    if dimension.member_kind:
        member = f"COALESCE({dimension.column}, 0) AS member_id, '' AS member_text"
    else:
        member = f"0 AS member_id, COALESCE({dimension.column}, '') AS member_text"
    return f"{dimension.code} AS dimension, month, {member}"


def _sums(kpi: Kpi, signed: bool) -> str:
    """The four sums, as a list of select terms."""
    if signed:
        denominator = "SUM(sign * denominator)" if kpi.is_ratio else "0"
        return (
            f"SUM(sign * numerator) AS numerator, {denominator} AS denominator,"
            " SUM(sign) AS row_count,"
            " SUM(CASE WHEN numerator <> 0 THEN sign ELSE 0 END) AS nonzero"
        )
    denominator = "SUM(denominator)" if kpi.is_ratio else "0"
    return (
        f"SUM(numerator) AS numerator, {denominator} AS denominator,"
        " COUNT(*) AS row_count, COUNT(*) FILTER (WHERE numerator <> 0) AS nonzero"
    )


ANY = "SUM(numerator) <> 0 OR SUM(denominator) <> 0 OR SUM(row_count) <> 0 OR SUM(nonzero) <> 0"


def note_changes(run: int, kpi: Kpi, moves: str) -> None:
    """Keep what a part's moves change in the sums."""
    execute(
        f"INSERT INTO kpis_snapshotchange (run, kpi, {PLACE}, {SUMS})"
        f" SELECT %(run)s, %(kpi)s, {PLACE}, {SUMS}"
        f" FROM ({grouped(kpi, f'FROM {moves}', signed=True)}) changed"
        " WHERE numerator <> 0 OR denominator <> 0 OR row_count <> 0 OR nonzero <> 0",
        {"run": run, "kpi": kpi.code},
    )


def stage_drift(kpi: Kpi) -> None:
    """Sum the open ledger anew and stage where the snapshots differ from it."""
    open_rows = "FROM kpis_contribution WHERE kpi = %(kpi)s AND closed_run IS NULL"
    execute(
        f"INSERT INTO kpis_drift ({PLACE}, {SUMS}) SELECT {PLACE}, SUM(numerator),"
        f" SUM(denominator), SUM(row_count), SUM(nonzero) FROM ({grouped(kpi, open_rows)}"
        f" UNION ALL SELECT {PLACE}, -numerator, -denominator, -row_count, -nonzero"
        " FROM kpis_snapshot WHERE kpi = %(kpi)s) found"
        f" GROUP BY {PLACE} HAVING {ANY}",
        {"kpi": kpi.code},
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
