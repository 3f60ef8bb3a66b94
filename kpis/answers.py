"""Figures, rows and runs as the API sends them."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from django.urls import NoReverseMatch, reverse

from .definitions import Kpi
from .drilldown import Changes, Hidden, Row, Rows
from .figures import Figure, Series, ledger_number, number, settle_days
from .judging import Worth
from .models import Run


def definition(kpi: Kpi) -> dict[str, Any]:
    return {
        "key": kpi.key,
        "name": str(kpi.name),
        "unit": kpi.unit,
        "direction": kpi.direction,
        "dimensions": list(kpi.dimensions),
        "formula": str(kpi.formula),
        "settle_days": settle_days(kpi),
    }


def instant(value: datetime | None) -> str | None:
    """An instant in UTC, to the microsecond: sent back as `as_of` it names the same run."""
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def heading(kpi: Kpi, run: Run | None) -> dict[str, Any]:
    return {
        "key": kpi.key,
        "unit": kpi.unit,
        "as_of": instant(run.instant) if run else None,
        "run": run.pk if run else None,
    }


def whole_series(found: Series) -> dict[str, Any]:
    """The answer of `series`."""
    return {
        **heading(found.kpi, found.run),
        "grain": found.grain,
        "dimension": found.dimension,
        "scope": {"visible": found.visible, "total": found.total},
        "results": [figure(found.kpi, one, found.run) for one in found.figures],
    }


def figure(kpi: Kpi, one: Figure, run: Run | None) -> dict[str, Any]:
    return {
        "period": str(one.period),
        "member": one.member,
        "member_id": one.member_id,
        "member_name": one.member_name,
        "value": number(one.worth.value),
        "numerator": ledger_number(one.sums.numerator),
        "denominator": ledger_number(one.sums.denominator) if kpi.is_ratio else None,
        "n": one.worth.n,
        "state": one.worth.state,
        "provisional": one.provisional,
        "published_value": _value(one.published),
        "published_at": instant(one.published_at),
        "restated": one.restated,
        "interval": list(one.worth.interval) if one.worth.interval else None,
        "target": number(one.marks.target) if one.marks else None,
        "status": one.status,
        "computed_at": instant(run.instant) if run else None,
    }


def _value(worth: Worth | None) -> int | float | None:
    value: Fraction | None = worth.value if worth else None
    return number(value)


# --- Rows ----------------------------------------------------------------------------------------


def page_of_rows(kpi: Kpi, found: Rows) -> dict[str, Any]:
    """The answer of `rows`, without the addresses of its neighbours."""
    results = [row(kpi, one) for one in found.rows]
    if found.hidden and found.next_cursor is None:
        results.append(hidden(found.hidden))
    return {
        **heading(kpi, found.run),
        "scope": {"visible": found.visible, "total": found.total},
        "results": results,
    }


def row(kpi: Kpi, one: Row) -> dict[str, Any]:
    contribution = one.contribution
    return {
        "source_type": kpi.source_type,
        "source_id": contribution.source_id,
        "part": contribution.part,
        "reference": contribution.reference,
        "url": address(kpi, contribution.source_id) if one.is_there else None,
        "occurred_on": contribution.occurred_on.isoformat(),
        "numerator": ledger_number(contribution.numerator),
        "denominator": ledger_number(contribution.denominator),
        "recorded_at": instant(one.recorded_at),
        "retracted_at": instant(one.retracted_at),
        **{name: member for name, (member, _key, _name) in one.members.items()},
    }


def address(kpi: Kpi, source_id: int) -> str | None:
    """The page of a source."""
    try:
        return reverse(f"{kpi.source.resource}-detail", args=[source_id])
    except NoReverseMatch:
        return None


def hidden(found: Hidden) -> dict[str, Any]:
    return {
        "hidden": True,
        "count": found.count,
        "numerator": ledger_number(found.numerator),
        "denominator": ledger_number(found.denominator),
    }


def difference(kpi: Kpi, found: Changes) -> dict[str, Any]:
    """The answer of `changes`."""
    came = [row(kpi, one) for one in found.came]
    went = [row(kpi, one) for one in found.went]
    if found.hidden_in:
        came.append(hidden(found.hidden_in))
    if found.hidden_out:
        went.append(hidden(found.hidden_out))
    sides = ((found.before, found.run_before), (found.after, found.run_after))
    before, after = (figure(kpi, one, run) if one else None for one, run in sides)
    return {"key": kpi.key, "before": before, "after": after, "in": came, "out": went}


# --- Runs ----------------------------------------------------------------------------------------


def run_state(run: Run) -> dict[str, Any]:
    """A run as it stands; its parts are prefetched where many runs are shown."""
    return {
        "id": run.pk,
        "state": run.state,
        "progress": run.progress,
        "trigger": run.trigger,
        "full": run.full,
        "date": run.date.isoformat() if run.date else None,
        "as_of": instant(run.instant),
        "started_at": instant(run.started_at),
        "finished_at": instant(run.finished_at),
        "rows_in": run.rows_in,
        "rows_out": run.rows_out,
        "differences": run.differences,
        "error": run.error,
    }
