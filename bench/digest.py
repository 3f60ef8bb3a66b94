"""One short text for a whole set of monthly sums: equal texts, equal figures."""

import hashlib
from collections.abc import Iterable

from django.db import connection

# kpi, dimension, month, member id, member text, numerator, denominator, rows, rows not 0
Row = tuple[int, int, int, int, str, int, int, int, int]


def of_rows(rows: Iterable[Row]) -> str:
    """The digest of sums in any order."""
    text = "\n".join(sorted("|".join(map(str, row)) for row in rows))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def of_snapshots() -> str:
    """The digest of the product's snapshots."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kpi, dimension, month, member_id, member_text, numerator, denominator,"
            " row_count, nonzero FROM kpis_snapshot"
        )
        return of_rows(cursor.fetchall())
