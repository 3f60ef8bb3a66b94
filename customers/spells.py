"""Customer spells, computed by the database for any number of customers at once.

Definition: KPI definitions, "Customer spells" (gaps and islands over covered days).
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import connection, transaction

from brm.core.dialect import day_number, text_order

OPEN = 9_999_999

SPELLS = """
WITH counting AS (
    SELECT id, reference, customer_id, starts_on, ends_on,
           {first_day} AS first_day, COALESCE({last_day}, {open}) AS last_day
    FROM customers_agreement
    WHERE status IN ('signed', 'terminated') AND counts_for_customer AND deleted_at IS NULL
      AND (ends_on IS NULL OR ends_on >= starts_on)
      AND customer_id NOT IN (SELECT id FROM customers_customer WHERE deleted_at IS NOT NULL)
      {only}
), reached AS (
    SELECT counting.*, MAX(last_day) OVER (
        PARTITION BY customer_id ORDER BY first_day, last_day, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered_until
    FROM counting
), numbered AS (
    SELECT reached.*, SUM(CASE
            WHEN covered_until IS NULL OR first_day - covered_until - 1 > %s THEN 1 ELSE 0 END)
        OVER (PARTITION BY customer_id ORDER BY first_day, last_day, id
              ROWS UNBOUNDED PRECEDING) AS number
    FROM reached
), ranked AS (
    SELECT numbered.*,
        ROW_NUMBER() OVER (PARTITION BY customer_id, number
                           ORDER BY first_day, {reference}) AS from_start,
        ROW_NUMBER() OVER (PARTITION BY customer_id, number
                           ORDER BY last_day DESC, {reference}) AS from_end
    FROM numbered
), fresh AS (
    SELECT customer_id, number, MIN(starts_on) AS starts_on,
           MAX(CASE WHEN from_end = 1 THEN ends_on END) AS ends_on,
           MAX(CASE WHEN from_start = 1 THEN id END) AS first_agreement_id,
           MAX(CASE WHEN from_end = 1 THEN id END) AS last_agreement_id
    FROM ranked GROUP BY customer_id, number
)
"""
COLUMNS = "customer_id, number, starts_on, ends_on, first_agreement_id, last_agreement_id"


def refresh_spells(customer_ids: Iterable[int] | None = None) -> None:
    """Rebuild the spells of the given customers, or of all (None), from their agreements.

    Effects: rows of customers_spell replaced, a constant number of statements. The grace period
    is the organisation's (days).
    """
    keys = None if customer_ids is None else sorted(set(customer_ids))
    if keys == []:
        return
    only, params = ("", []) if keys is None else _within(keys)
    with transaction.atomic(), connection.cursor() as cursor:
        _lock_customers(keys)
        cursor.execute(f"DELETE FROM customers_spell WHERE TRUE {only}", params)  # noqa: S608
        cursor.execute(
            f"{_fresh(only)} INSERT INTO customers_spell ({COLUMNS}) SELECT {COLUMNS} FROM fresh",  # noqa: S608
            [*params, settings.BRM.renewal_grace_days],
        )


def stale_customers(only: str = "", params: list | None = None) -> list[int]:
    """Customers whose stored spells differ from what their agreements make.

    `only` is a condition on customer_id, such as "AND customer_id IN (…)", with its parameters.
    """
    params = params or []
    stored = f"SELECT {COLUMNS} FROM customers_spell WHERE TRUE {only}"  # noqa: S608
    fresh = f"SELECT {COLUMNS} FROM fresh"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_fresh(only)} SELECT customer_id FROM ({fresh} EXCEPT {stored}) missing"  # noqa: S608
            f" UNION SELECT customer_id FROM ({stored} EXCEPT {fresh}) left_over",
            [*params, settings.BRM.renewal_grace_days, *params, *params],
        )
        return [row[0] for row in cursor.fetchall()]


def _fresh(only: str) -> str:
    """The common tables up to `fresh`: the spells that agreements make now."""
    return SPELLS.format(
        first_day=day_number("starts_on"),
        last_day=day_number("ends_on"),
        open=OPEN,
        only=only,
        reference=text_order("reference"),
    )


def _lock_customers(keys: list[int] | None) -> None:
    """Let two transactions that write agreements of one customer wait for each other."""
    if connection.vendor != "postgresql":
        return
    only, params = ("", []) if keys is None else ("AND id = ANY(%s)", [keys])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM customers_customer WHERE TRUE {only}"  # noqa: S608
            " ORDER BY id FOR NO KEY UPDATE",
            params,
        )


def _within(keys: list[int]) -> tuple[str, list]:
    """A condition on customer_id that takes one parameter, however many keys there are."""
    if connection.vendor == "postgresql":
        return "AND customer_id = ANY(%s)", [keys]
    listed = "[" + ",".join(map(str, keys)) + "]"
    return "AND customer_id IN (SELECT value FROM json_each(%s))", [listed]
