"""What every KPI shares: the contribution, the run's date, survivors, dimensions of the day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from .company import Company, Customer

UNATTRIBUTED = "unattributed"
ONE = Decimal(1)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Contribution:
    """One row of the ledger: its key (first four), its date, its numbers, its dimensions.

    `denominator` is None for counts, stocks and money. `dims` has one entry for each dimension of
    the KPI: a reference, a username or a plain value, `unattributed` where there is none.
    """

    kpi: str
    source_type: str
    source_reference: str
    part: str
    occurred_on: date
    numerator: Decimal
    denominator: Decimal | None = None
    dims: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What identifies the contribution."""
        return self.kpi, self.source_type, self.source_reference, self.part

    @property
    def columns(self) -> tuple:
        """All columns as one comparable, hashable tuple."""
        dims = tuple(sorted(self.dims.items()))
        return (*self.key, self.occurred_on, self.numerator, self.denominator, dims)


def half_up(value: Decimal | Fraction, places: int) -> Decimal:
    """Rounded half up (away from zero) to a number of decimals, exactly."""
    scaled = Fraction(value) * 10**places
    whole = int(abs(scaled) + Fraction(1, 2))
    return (Decimal(whole if scaled >= 0 else -whole)).scaleb(-places)


def cents(value: Decimal) -> Decimal:
    """Money rounded half up to cents (rule 10)."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


class Reading:
    """A company read at an instant: what the run's date is and how the facts hang together."""

    def __init__(self, company: Company, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("now needs an offset")
        self.company = company
        self.now = now
        self.zone = ZoneInfo(company.organisation.time_zone)
        self.today = self.local_date(now)
        self.customers = {customer.reference: customer for customer in company.customers}
        self.services = {service.reference: service for service in company.services}
        self.surveys = {survey.reference: survey for survey in company.surveys}

    def local_date(self, instant: datetime) -> date:
        """The business date of an instant, in the organisation's time zone (rule 1)."""
        return instant.astimezone(self.zone).date()

    def happened(self, day: date | None) -> bool:
        """Whether there is a date, not after the run's date: later ones do not count yet."""
        return day is not None and day <= self.today

    def survivor(self, reference: str) -> Customer:
        """The customer that has this customer's facts, through any chain of merges (rule 8)."""
        customer, seen = self.customers[reference], {reference}
        while customer.merged_into is not None:
            customer = self.customers[customer.merged_into]
            if customer.reference in seen:
                raise ValueError(f"merged in a circle: {reference}")
            seen.add(customer.reference)
        return customer

    def customer_dims(
        self, reference: str | None, day: date, names: Iterable[str]
    ) -> dict[str, str]:
        """The customer's dimensions on a day: the survivor's own intervals (rules 6 and 8)."""
        if reference is None:
            return dict.fromkeys(names, UNATTRIBUTED)
        customer = self.survivor(reference)
        return {
            name: customer.reference
            if name == "customer"
            else customer.value_on(name, day) or UNATTRIBUTED
            for name in names
        }

    def service_owner(self, reference: str | None, day: date) -> str:
        """The owner of a service on a day (rule 6)."""
        if reference is None:
            return UNATTRIBUTED
        return self.services[reference].owner_on(day) or UNATTRIBUTED
