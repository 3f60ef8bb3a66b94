"""The KPIs of a customer or a service on its page: the last twelve months in a compact table."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext as _

from brm.core.crud import register_part
from brm.core.formatting import format_number
from brm.core.roles import may
from customers.models import Customer
from services.models import Service

from .definitions import DIMENSIONS, Kpi, find
from .engine import latest_run
from .judging import worth
from .models import Contribution, Run, RunState, Snapshot
from .pages.cards import worth_text
from .pages.topics import page_of
from .pages.wording import write_interval
from .periods import month_of, shifted
from .sums import FIGURES, NOTHING, TOTALS, Sums

MONTHS = 12
LATEST = 5  # runs among which the last finished one nearly always is
OF_CUSTOMERS = (
    "complaints",
    "complaints_upheld",
    "complaints_acknowledged_in_time",
    "service_satisfaction",
    "satisfaction_score",
)
OF_SERVICES = (
    "complaints",
    "complaints_acknowledged_in_time",
    "service_satisfaction",
    "survey_response_rate",
    "budget_overruns",
    "budget_overrun_amount",
    "cost_optimisations",
    "cost_savings_verified",
)

Found = dict[tuple[int, int], Sums]


def customer_part(customer: Customer, user: Any) -> dict[str, Any] | None:
    """A customer's KPIs: one statement and the run's, through the customer's own records."""
    return part("customer", customer, user, OF_CUSTOMERS)


def service_part(service: Service, user: Any) -> dict[str, Any] | None:
    """A service's KPIs: one statement and the run's."""
    return part("service", service, user, OF_SERVICES)


def part(dimension: str, record: Any, user: Any, keys: Sequence[str]) -> dict[str, Any] | None:
    """The panel; None without a run or without any contribution in the twelve months."""
    if not may(user, "V", "kpis"):
        return None
    latest = list(Run.objects.order_by("-id")[:LATEST])
    run = next((one for one in latest if one.state == RunState.DONE), None) or latest_run()
    if run is None:
        return None
    at_work = any(one.state == RunState.RUNNING for one in latest)
    last = month_of(run.date)
    months = [shifted(last, back) for back in range(1 - MONTHS, 1)]
    kpis = [find(key) for key in keys]
    read = of_service if dimension == "service" else of_customer
    found = read(record.pk, kpis, months, run, at_work)
    rows = [row(kpi, dimension, record, found, months) for kpi in kpis if _has(kpi, found)]
    if not rows:
        return None
    return {
        "title": _("KPIs of the last twelve months"),
        "icon": "gauge",
        "count": None,
        "table": {"columns": columns(), "rows": rows},
        "url_all": None,
        "url_add": None,
        "resource": "kpis",
    }


def _has(kpi: Kpi, found: Found) -> bool:
    return any(code == kpi.code for code, _month in found)


def of_service(key: int, kpis: Sequence[Kpi], months: list[int], run: Run, at_work: bool) -> Found:
    """The sums of a service by KPI and month, from the snapshots."""
    rows = Snapshot.objects.filter(
        kpi__in=[kpi.code for kpi in kpis],
        dimension=DIMENSIONS["service"].code,
        month__in=months,
        member_id=key,
    ).values_list("kpi", "month", *FIGURES)
    return {(kpi, month): Sums(*figures) for kpi, month, *figures in rows}


def of_customer(key: int, kpis: Sequence[Kpi], months: list[int], run: Run, at_work: bool) -> Found:
    """The sums of a customer by KPI and month, from the ledger rows of the customer's records.

    While a run is at work what it has closed still counts, by a second statement.
    """
    own = Q(pk__in=[])
    for source in dict.fromkeys(kpi.source for kpi in kpis):
        codes = [kpi.code for kpi in kpis if kpi.source is source]
        subjects = source.objects.filter(customer=key).order_by().values("pk")
        own |= Q(kpi__in=codes, subject_id__in=subjects, closed_run=None)
    found: Found = {}
    for still_there in [own, Q(closed_run__gt=run.pk)][: 1 + at_work]:
        rows = Contribution.objects.filter(still_there, opened_run__lte=run.pk, customer_id=key)
        for kpi, month, *sums in rows.order_by().values_list("kpi", "month").annotate(**TOTALS):
            place = (kpi, month)
            found[place] = found.get(place, NOTHING) + Sums(*(int(one or 0) for one in sums))
    asked = {kpi.code for kpi in kpis}
    return {place: sums for place, sums in found.items() if place[0] in asked if place[1] in months}


def columns() -> list[dict[str, Any]]:
    """KPI, figure, n, shape."""
    heads = [("kpi", _("KPI"), False), ("value", _("Twelve months"), True)]
    heads += [("n", _("n"), True), ("trend", _("By month"), False)]
    return [
        {
            "name": name,
            "label": label,
            "numeric": numeric,
            "sortable": False,
            "sorted": "none",
            "url": None,
        }
        for name, label, numeric in heads
    ]


def row(kpi: Kpi, dimension: str, record: Any, found: Found, months: list[int]) -> dict[str, Any]:
    """One KPI of a member: all twelve months together, and each of them as a shape."""
    by_month = [found.get((kpi.code, month), NOTHING) for month in months]
    whole = worth(kpi, sum(by_month, NOTHING))
    values = [worth(kpi, sums).value for sums in by_month]
    link = urlencode({"dimension": dimension, "member": record.reference})
    return {
        "url": f"{page_of(kpi)}?{link}",
        "cells": [
            {"kind": "text", "value": str(kpi.name)},
            {
                "kind": "text",
                "value": worth_text(kpi, whole),
                "sub": write_interval(kpi, whole.interval) if whole.value is not None else "",
            },
            {"kind": "text", "value": format_number(whole.n)},
            {"kind": "trend", "value": [None if v is None else float(v) for v in values]},
        ],
    }


register_part(Customer, customer_part, order=5)
register_part(Service, service_part, order=5)
