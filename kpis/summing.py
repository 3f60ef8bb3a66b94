"""Monthly sums: what runs change in them, and what a full run checks them against."""

from django.db import connection

from .definitions import DIMENSIONS, Dimension, Kpi
from .staging import Stage, execute

SUMS = "numerator, denominator, row_count, nonzero"
PLACE = "dimension, month, member_id, member_text"
TOTALS = ", ".join(f"CAST(SUM({name}) AS bigint) AS {name}" for name in SUMS.split(", "))
OPEN_ROWS = "FROM kpis_contribution WHERE kpi = %(kpi)s AND closed_run IS NULL"


def dimensions_of(kpi: Kpi) -> list[Dimension | None]:
    """The dimensions a KPI has snapshots of; None is the whole."""
    named = [DIMENSIONS[name] for name in kpi.dimensions]
    return [None, *(dimension for dimension in named if dimension.in_snapshots)]


def grouped(kpi: Kpi, rows: str, *, signed: bool = False) -> str:
    """A SELECT of the sums of contributions by dimension, month and member; `rows` from FROM on.

    `signed` rows carry a column `sign` of 1 or -1. Each place comes once. PostgreSQL reads the
    rows once for all dimensions, SQLite once for each.
    """
    dimensions = dimensions_of(kpi)
    if connection.vendor == "postgresql":
        return _at_once(kpi, dimensions, rows, signed)
    return " UNION ALL ".join(
        f"SELECT {_place(one)}, {_sums(kpi, signed)} {rows} GROUP BY {_key(one)}"
        for one in dimensions
    )


def _at_once(kpi: Kpi, dimensions: list[Dimension | None], rows: str, signed: bool) -> str:
    """A column that a set does not group by is null in it; its own values never are."""
    named = [one for one in dimensions if one]
    own = ["month", "numerator", "denominator", *(["sign"] if signed else [])]
    own += [f"{_member(one)} AS {one.column}" for one in named]
    which = " ".join(f"WHEN {one.column} IS NOT NULL THEN {one.code}" for one in named)
    ids = ", ".join(one.column for one in named if one.member_kind)
    texts = ", ".join(one.column for one in named if not one.member_kind)
    sets = ", ".join(f"(month, {one.column})" if one else "(month)" for one in dimensions)
    return (
        f"SELECT {f'CASE {which} ELSE 0 END' if which else '0'} AS dimension, month,"
        f" {f'COALESCE({ids}, 0)' if ids else '0'} AS member_id,"
        f" {f'COALESCE({texts}, {BLANK})' if texts else BLANK} AS member_text,"
        f" {_sums(kpi, signed)} FROM (SELECT {', '.join(own)} {rows}) contribution"
        f" GROUP BY GROUPING SETS ({sets})"
    )


BLANK = "''"


def _member(dimension: Dimension) -> str:
    """The member of a contribution, never null."""
    return f"COALESCE({dimension.column}, {'0' if dimension.member_kind else BLANK})"


def _key(dimension: Dimension | None) -> str:
    return f"month, {_member(dimension)}" if dimension else "month"


def _place(dimension: Dimension | None) -> str:
    """Dimension, month and member of a contribution, as a list of select terms."""
    if dimension is None:
        return "0 AS dimension, month, 0 AS member_id, '' AS member_text"
    if dimension.member_kind:
        member = f"{_member(dimension)} AS member_id, '' AS member_text"
    else:
        member = f"0 AS member_id, {_member(dimension)} AS member_text"
    return f"{dimension.code} AS dimension, month, {member}"


def _sums(kpi: Kpi, signed: bool) -> str:
    """The four sums, as a list of select terms."""
    sign = "sign * " if signed else ""
    denominator = f"CAST(SUM({sign}denominator) AS bigint)" if kpi.is_ratio else "0"
    counts = (
        "SUM(sign) AS row_count, SUM(CASE WHEN numerator <> 0 THEN sign ELSE 0 END) AS nonzero"
        if signed
        else "COUNT(*) AS row_count, COUNT(*) FILTER (WHERE numerator <> 0) AS nonzero"
    )
    return (
        f"CAST(SUM({sign}numerator) AS bigint) AS numerator, {denominator} AS denominator, {counts}"
    )


ANY = "numerator <> 0 OR denominator <> 0 OR row_count <> 0 OR nonzero <> 0"


def note_changes(run: int, kpi: Kpi, changes: str, *, drifted: bool = False) -> None:
    """Keep what a run changes in the sums: one row a place.

    `changes` is a SELECT of signed sums, empty when there are none; `drifted` adds what
    `stage_drift` found.
    """
    found = [changes] if changes else []
    if drifted:
        found.append(f"SELECT {PLACE}, {SUMS} FROM kpis_drift")
    together = " UNION ALL ".join(found)
    if len(found) > 1:
        together = f"SELECT {PLACE}, {TOTALS} FROM ({together}) every GROUP BY {PLACE}"
    execute(
        f"INSERT INTO kpis_snapshotchange (run, kpi, {PLACE}, {SUMS})"
        f" SELECT %(run)s, %(kpi)s, {PLACE}, {SUMS} FROM ({together}) changed WHERE {ANY}",
        {"run": run, "kpi": kpi.code},
    )


def stage_drift(stage: Stage, kpi: Kpi) -> int:
    """Sum the open ledger anew and stage where the snapshots differ; returns at how many places."""
    return stage.fill(
        "kpis_drift",
        f"{PLACE}, {SUMS}",
        f"SELECT {PLACE}, {SUMS} FROM (SELECT {PLACE}, {TOTALS} FROM ({grouped(kpi, OPEN_ROWS)}"
        f" UNION ALL SELECT {PLACE}, -numerator, -denominator, -row_count, -nonzero"
        f" FROM kpis_snapshot WHERE kpi = %(kpi)s) found GROUP BY {PLACE}) summed WHERE {ANY}",
        {"kpi": kpi.code},
    )


def publish_sums(run: int) -> None:
    """Add a run's changes to the snapshots and drop those that nothing makes up any more."""
    changed = execute(
        f"INSERT INTO kpis_snapshot (kpi, {PLACE}, {SUMS}) SELECT kpi, {PLACE}, {SUMS}"
        f" FROM kpis_snapshotchange WHERE run = %(run)s ON CONFLICT (kpi, {PLACE}) DO UPDATE SET"
        " numerator = kpis_snapshot.numerator + excluded.numerator,"
        " denominator = kpis_snapshot.denominator + excluded.denominator,"
        " row_count = kpis_snapshot.row_count + excluded.row_count,"
        " nonzero = kpis_snapshot.nonzero + excluded.nonzero",
        {"run": run},
    )
    if changed:
        execute(
            "DELETE FROM kpis_snapshot WHERE row_count = 0 AND numerator = 0 AND denominator = 0",
            {},
        )
