"""SQL for rows made out of nothing: numbers, drawn values, days and instants.

The same seed draws the same rows on PostgreSQL and SQLite: everything is integer arithmetic.
"""

import hashlib
from collections.abc import Sequence
from datetime import date

from django.db import connection

from brm.core.dialect import add_days

PRIME = 2_147_483_647


def numbers(count: int) -> str:
    """A table `s` with the column `i`, from 1 to `count`."""
    if connection.vendor == "postgresql":
        return f"generate_series(1, {count}) AS s (i)"
    return (
        "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        f" WHERE i < {count}) SELECT i FROM n) AS s"
    )


class Draw:
    """Draws a number for each row `i` of a series; each name is a sequence of its own."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def below(self, name: str, limit: int) -> str:
        """An integer expression from 0 to `limit` - 1."""
        digest = hashlib.sha256(f"{self.seed} {name}".encode()).digest()
        factor, offset = (int.from_bytes(digest[n : n + 4], "big") for n in (0, 4))
        mixed = f"((CAST(s.i AS bigint) * {factor % PRIME | 1} + {offset % PRIME}) % {PRIME})"
        return f"CAST(({mixed} * {mixed}) % {PRIME} % {limit} AS integer)"

    def one_of(self, name: str, texts: Sequence[str]) -> str:
        """One of the texts; a text given twice is drawn twice as often."""
        cases = " ".join(f"WHEN {number} THEN '{text}'" for number, text in enumerate(texts))
        return f"CASE {self.below(name, len(texts))} {cases} END"


def day(text: date) -> str:
    """A date literal."""
    return f"DATE '{text}'" if connection.vendor == "postgresql" else f"'{text}'"


def day_after(start: date, days: str) -> str:
    """A date some days (an expression) after `start`."""
    return add_days(day(start), days)


def instant(date_expression: str, minutes: str) -> str:
    """The instant some minutes after the beginning of a day, in UTC."""
    if connection.vendor == "postgresql":
        return (
            f"(({date_expression})::timestamp + ({minutes}) * INTERVAL '1 minute')"
            " AT TIME ZONE 'UTC'"
        )
    return f"datetime({date_expression}, ({minutes}) || ' minutes')"
