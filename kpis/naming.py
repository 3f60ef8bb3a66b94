"""The names of members, kept run by run like contributions."""

from .models import Member, Run
from .preparing import mine
from .staging import execute

SOURCES = {
    "customer": ("customers_customer", "reference", "name"),
    "service": ("services_service", "reference", "name"),
    "objective": ("strategy_objective", "reference", "title"),
    "user": ("core_user", "username", "COALESCE(NULLIF(o.name, ''), o.username)"),
}


def feed_names(run: Run) -> tuple[int, int]:
    """Close the names that changed, open the present ones; returns how many (opened, closed).

    The caller holds the transaction.
    """
    opened = closed = 0
    for kind, (table, reference, name) in SOURCES.items():
        name = name if "(" in name else f"o.{name}"
        keys = f"(SELECT key FROM core_dirtykey WHERE kind = '{kind}_name' AND {mine(run)})"
        only_named = "" if run.full else f"AND kpis_member.member_id IN {keys}"
        only_source = "" if run.full else f"AND o.id IN {keys}"
        parameters = {"run": run.pk, "kind": Member.KINDS[kind]}
        closed += execute(
            "UPDATE kpis_member SET closed_run = %(run)s"
            f" WHERE kind = %(kind)s AND closed_run IS NULL {only_named} AND NOT EXISTS ("
            f"SELECT 1 FROM {table} o WHERE o.id = kpis_member.member_id"
            f" AND o.{reference} = kpis_member.reference AND {name} = kpis_member.name)",
            parameters,
        )
        opened += execute(
            "INSERT INTO kpis_member (kind, member_id, reference, name, opened_run)"
            f" SELECT %(kind)s, o.id, o.{reference}, {name}, %(run)s FROM {table} o"
            f" WHERE NOT EXISTS (SELECT 1 FROM kpis_member m WHERE m.kind = %(kind)s"
            f" AND m.member_id = o.id AND m.closed_run IS NULL) {only_source}",
            parameters,
        )
    return opened, closed
