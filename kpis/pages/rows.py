"""The rows behind a figure; they add up to it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from brm.core.formatting import format_number
from brm.core.keyset import BadCursor

from ..answers import address as source_address
from ..definitions import Kpi
from ..drilldown import Hidden, Row, Rows, rows
from ..figures import UNATTRIBUTED
from .address import Address
from .cards import worth_text
from .question import Question
from .wording import dimension_name, measure, member_text, period_name, write_amount

PAGE = 25
MAIN = ("customer", "service", "objective")


def rows_context(question: Question) -> dict[str, Any]:
    """`rows` as kpis/_rows.html takes it."""
    kpi, address = question.kpi, question.address
    found = read(question, address.text("after") or None)
    return {
        "items": [item(kpi, row) for row in found.rows],
        "hidden": hidden_item(kpi, found.hidden),
        "is_ratio": kpi.is_ratio,
        "measure": measure(kpi),
        "caption": _("Contributions to the figure"),
        "sums": {
            "label": total_label(question),
            "numerator": write_amount(kpi, question.figure.sums.numerator),
            "denominator": write_amount(kpi, question.figure.sums.denominator),
        },
        "sentence": _sentence(found.total),
        "page": {
            "previous_url": _page(address, found.previous_cursor),
            "next_url": _page(address, found.next_cursor),
        },
    }


def read(question: Question, cursor: str | None) -> Rows:
    """A page of rows; the first one where the cursor is nobody's."""
    address = question.address
    options = {
        **question.place,
        "viewer": question.user,
        "page_size": PAGE,
        "run": question.run,
        "total": question.figure.sums.row_count,
    }
    try:
        return rows(question.kpi, question.period, cursor=cursor, **options)
    except BadCursor:
        address.ignore(_("This page of rows is no longer known; here is the first one."))
        return rows(question.kpi, question.period, **options)


def _page(address: Address, cursor: str | None) -> str | None:
    return address.link(after=cursor) if cursor else None


def total_label(question: Question) -> str:
    """What the sum at the foot is."""
    text = _("All rows together: %(value)s in %(period)s")
    value = worth_text(question.kpi, question.figure.worth)
    return text % {"value": value, "period": period_name(question.period)}


def _sentence(total: int) -> str:
    text = ngettext("%(count)s row, by date.", "%(count)s rows, by date.", total)
    return text % {"count": format_number(total)}


def item(kpi: Kpi, row: Row) -> dict[str, Any]:
    """One row as the templates take it."""
    one = row.contribution
    return {
        "reference": one.reference,
        "url": source_address(kpi, one.source_id) if row.is_there else None,
        "part": "" if kpi.is_stock else one.part,
        "remark": "" if kpi.is_ratio or one.numerator else _("listed, not counted"),
        "occurred_on": one.occurred_on,
        "dimensions": attributes(kpi, row),
        "numerator": write_amount(kpi, one.numerator),
        "denominator": write_amount(kpi, one.denominator),
    }


def attributes(kpi: Kpi, row: Row) -> list[dict[str, Any]]:
    """Whom and what a row is attributed to: label, name, and whether it comes first."""
    found = []
    if "customer" not in kpi.dimensions and row.customer[0] != UNATTRIBUTED:
        found.append(_pair("customer", row.customer[2]))
    found += [
        _pair(key, member_text(key, name))
        for key, (reference, _id, name) in row.members.items()
        if reference != UNATTRIBUTED
    ]
    return sorted(found, key=lambda pair: not pair["is_main"])


def _pair(key: str, name: str) -> dict[str, Any]:
    return {"label": dimension_name(key), "value": name, "is_main": key in MAIN}


def hidden_item(kpi: Kpi, hidden: Hidden | None) -> dict[str, str] | None:
    """The rows outside the reader's scope, as one."""
    if hidden is None:
        return None
    text = ngettext("%(count)s hidden row", "%(count)s hidden rows", hidden.count)
    return {
        "label": text % {"count": format_number(hidden.count)},
        "numerator": write_amount(kpi, hidden.numerator),
        "denominator": write_amount(kpi, hidden.denominator),
    }
