"""What a KPI is: one declaration from which engine, figures, pages and API work."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from brm.core.dialect import nothing
from brm.core.models import Record

from ..models.contribution import COLUMNS
from ..models.member import Member

SUBJECTS = "kpis_subject"  # a temporary table with the column `key`


@dataclass(frozen=True)
class Dimension:
    """A dimension: its code in snapshots, its column in the ledger, and what its members are.

    `member_kind` names the records that are its members; None: the column holds the value itself.
    `in_snapshots` is false for dimensions without bound, which are grouped from the ledger.
    """

    key: str
    code: int
    column: str
    name: Any
    member_kind: str | None = None
    in_snapshots: bool = True


DIMENSIONS = {
    dimension.key: dimension
    for dimension in (
        Dimension("customer", 1, "customer_id", _("customer"), "customer", in_snapshots=False),
        Dimension("service", 2, "service_id", _("service"), "service"),
        Dimension("manager", 3, "manager_id", _("relationship manager"), "user"),
        Dimension("owner", 4, "owner_id", _("owner"), "user"),
        Dimension("objective", 5, "objective_id", _("objective"), "objective"),
        Dimension("segment", 6, "segment", _("segment")),
        Dimension("region", 7, "region", _("region")),
        Dimension("kind", 8, "kind", _("kind")),
        Dimension("reason", 9, "reason", _("reason")),
        Dimension("cost_type", 10, "cost_type", _("cost type")),
        Dimension("channel", 11, "channel", _("channel")),
    )
}


@dataclass(frozen=True)
class Dirty:
    """Writes queued under `kind` concern these subjects.

    `subjects` is a SELECT of subject ids in which {keys} stands for the queued keys; none: the
    keys are the subjects.
    """

    kind: str
    subjects: str = "{keys}"


Contributions = Callable[[Callable[[str], str]], str]


@dataclass(frozen=True)
class Kpi:
    """A KPI.

    `select` builds the SQL of its contributions (columns as in `COLUMNS`): it is called with a
    function that turns a column into the condition restricting it to the subjects of a run. The
    SQL knows the parameters today (date) and now (instant). `calendar` are SELECTs of the subjects
    that time alone changes between a run at %(since)s and %(since_now)s and one at today and now.
    `settle_days` None means the grace period. `wilson` gives a ratio an interval.
    """

    key: str
    code: int
    name: Any
    formula: Any
    unit: str
    direction: str
    dimensions: tuple[str, ...]
    source: type[Record]
    source_type: str
    select: Contributions
    dirty: tuple[Dirty, ...]
    calendar: tuple[str, ...]
    settle_days: int | None = 5
    wilson: bool = False

    @property
    def is_ratio(self) -> bool:
        return self.unit == "ratio"

    @property
    def is_stock(self) -> bool:
        """A quarter or year shows its last month that has begun."""
        return self.unit == "stock"

    @property
    def is_money(self) -> bool:
        return self.unit == "money"

    @property
    def member_kinds(self) -> set[int]:
        """Codes of the kinds of records its members are."""
        kinds = {DIMENSIONS[name].member_kind for name in self.dimensions} - {None}
        return {Member.KINDS[kind] for kind in kinds}

    def check_marks(self, target: Decimal, amber: Decimal | None, red: Decimal | None) -> None:
        """Raise ValidationError unless amber lies between target and red, on the worse side."""
        first = Decimal(0) if self.direction == "band" else target
        amber = first if amber is None else amber
        red = amber if red is None else red
        sign = -1 if self.direction == "up" else 1
        if sign * amber < sign * first:
            raise ValidationError({"amber": _("Amber lies on the wrong side of the target.")})
        if sign * red < sign * amber:
            raise ValidationError({"red": _("Red lies on the wrong side of amber.")})


INTEGERS = {"denominator", *(name for name in COLUMNS if name.endswith("_id"))}


def contribution(rest: str, **columns: str) -> str:
    """A SELECT of contributions: `columns` by name, the others null, and `rest` from FROM on."""
    if unknown := set(columns) - set(COLUMNS):
        raise ValueError(f"unknown columns {unknown}")
    terms = [
        f"{columns.get(name) or nothing('bigint' if name in INTEGERS else 'text')} AS {name}"
        for name in COLUMNS
    ]
    return f"SELECT {', '.join(terms)} {rest}"


def given(column: str) -> str:
    """A text column whose empty value means none."""
    return f"NULLIF({column}, '')"


def customer_of_the_day(customer: str, day: str) -> str:
    """A join `d` to the customer's manager, segment, region and kind in force on a day."""
    return (
        f"LEFT JOIN customers_customerinterval d ON d.customer_id = {customer}"
        f" AND d.starts_on <= {day} AND (d.ends_on IS NULL OR d.ends_on > {day})"
    )


OF_THE_CUSTOMER = {
    "manager_id": "d.manager_id",
    "segment": given("d.segment"),
    "region": given("d.region"),
    "kind": given("d.kind"),
}
