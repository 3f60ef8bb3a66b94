"""The demo's customers and their agreements: who came, stayed, left, returned and merged."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from customers.models import Agreement, Customer

from .calendar import MONTHS, add_months
from .company import AMERICA_REGION, CHINA_REGION, UK_REGION, CustomerRow, customers
from .portfolio import NEWEST, NEWEST_AGO, THEME, Portfolio
from .world import World

CURRENCIES = {UK_REGION: "GBP", AMERICA_REGION: "USD", CHINA_REGION: "CNY"}
PER_EURO = {"EUR": Decimal(1), "GBP": Decimal("0.86"), "USD": Decimal("1.1"), "CNY": Decimal("7.8")}
LANGUAGES = {CHINA_REGION: "zh-hans"}
ZONES = {
    UK_REGION: "Europe/London",
    AMERICA_REGION: "America/Chicago",
    CHINA_REGION: "Asia/Shanghai",
    "Europe North": "Europe/Berlin",
    "Europe South": "Europe/Madrid",
}
AGREEMENTS = {"strategic": (4, 5), "key": (2, 4), "standard": (1, 2)}
VALUES = {"strategic": (180, 420), "key": (60, 160), "standard": (12, 50)}
TERMS = (12, 24, 24, 36)
NOTICE_DAYS = 90


@dataclass
class Relations:
    """The customers by key, and for each its agreements; `until` is the last covered day."""

    rows: dict[str, CustomerRow] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    agreements: dict[str, list[Agreement]] = field(default_factory=dict)
    covered: dict[str, list[tuple[date, date | None]]] = field(default_factory=dict)

    def keys(self, life: str) -> list[str]:
        return [key for key, row in self.rows.items() if row.life == life]

    def key(self, life: str) -> str:
        """The one customer with that story."""
        return self.keys(life)[0]

    def is_customer(self, key: str, on: date) -> bool:
        """Whether some agreement of the customer covers the day."""
        return any(a <= on and (b is None or on <= b) for a, b in self.covered[key])


def build(world: World, portfolio: Portfolio) -> Relations:
    """Put customers and agreements into the script; returns them."""
    relations = Relations()
    for row in customers():
        relations.rows[row.key] = row
        relations.agreements[row.key] = []
        relations.covered[row.key] = []
        relations.customers[row.key] = _customer(world, relations, row)
        if row.life == "old" or row.life == "survivor" or row.life.startswith("new:"):
            _ordinary(world, portfolio, relations, row)
    _sell_the_newest(world, portfolio, relations)
    return relations


def first_month(row: CustomerRow) -> int | None:
    """How many months ago the customer became known; None: before the two years."""
    known = {"merged": 13, "prospect": 2}
    if row.life.startswith("new:"):
        return int(row.life.removeprefix("new:"))
    return known.get(row.life)


def _customer(world: World, relations: Relations, row: CustomerRow) -> Customer:
    customer = Customer(
        reference=f"CUS-{row.key}",
        name=row.name,
        kind=row.kind,
        tier=row.tier,
        segment=row.segment,
        region=row.region,
        manager=world.user(row.manager),
        deputy=world.user("lead" if row.manager != "lead" else "brm"),
        language=LANGUAGES.get(row.region, "en"),
        time_zone=ZONES[row.region],
        parent=relations.customers.get(row.parent),
    )
    ago = first_month(row)
    known = world.calendar.beginning
    if ago is not None:
        known = world.moment(world.calendar.day(ago + 2, 11))
    return world.add(customer, known)


def _ordinary(world: World, portfolio: Portfolio, relations: Relations, row: CustomerRow) -> None:
    """A customer that came and stayed: a few agreements, prolonged before they end."""
    low, high = AGREEMENTS[row.tier]
    keys = choose_services(world, portfolio, row, world.random.randint(low, high))
    ago = first_month(row)
    for number, key in enumerate(keys):
        if ago is None:
            start = add_months(world.calendar.month(MONTHS), -world.random.randint(1, 40))
        else:
            later = min(ago - 1, number * 2) if number else 0
            start = world.calendar.day(ago - later, world.random.choice((1, 1, 15)))
        agreement = sign(world, portfolio, relations, row, key, start)
        _prolong(world, relations, row, agreement)


def _sell_the_newest(world: World, portfolio: Portfolio, relations: Relations) -> None:
    """Since the new service is in the catalogue, one customer after another takes it."""
    old = [row for row in relations.rows.values() if row.life == "old"]
    buyers = [row for row in old if row.tier != "standard"]
    for number, row in enumerate(buyers[::3]):
        start = world.calendar.month(max(1, NEWEST_AGO - 1 - 2 * number))
        sign(world, portfolio, relations, row, NEWEST, start)


def choose_services(world: World, portfolio: Portfolio, row: CustomerRow, count: int) -> list[str]:
    """Keys of services that such a customer would use; the theme's among the larger ones'."""
    sold = [key for key in portfolio.sold() if key not in (NEWEST, "MES", THEME)]
    if row.segment == "Manufacturing":
        sold.append("MES")
    chosen = world.random.sample(sold, count)
    if row.tier != "standard" and row.life in ("old", "survivor") and row.kind == "external":
        chosen[0] = THEME
    return chosen


def sign(
    world: World,
    portfolio: Portfolio,
    relations: Relations,
    row: CustomerRow,
    service: str,
    start: date,
    end: date | None = None,
    signed_on: date | None = None,
) -> Agreement:
    """Enter a signed agreement; without `end` it runs for a usual term that is still running."""
    if end is None:
        end = start
        while end < add_months(world.calendar.month(MONTHS), 1) or end == start:
            end = add_months(end, world.random.choice(TERMS))
        end -= timedelta(days=1)
    signed_on = signed_on or start - timedelta(days=world.random.randint(10, 40))
    currency = CURRENCIES.get(row.region, "EUR")
    low, high = VALUES[row.tier]
    euros = Decimal(world.random.randint(low, high)) * 1000 / 3
    tailored = portfolio.tailored.get(service) if row.tier == "strategic" else None
    agreement = Agreement(
        customer=relations.customers[row.key],
        service=portfolio.services[service],
        offering=tailored or portfolio.standard[service],
        status="signed",
        starts_on=start,
        ends_on=end,
        signed_on=signed_on,
        notice_days=NOTICE_DAYS,
        annual_value=(euros * PER_EURO[currency] / 100).quantize(Decimal(1)) * 100,
        currency=currency,
    )
    agreement.service_key = service
    relations.agreements[row.key].append(agreement)
    relations.covered[row.key].append((start, end))
    return world.add(agreement, world.moment(signed_on))


def _prolong(world: World, relations: Relations, row: CustomerRow, agreement: Agreement) -> None:
    """Renew before the end, at a somewhat higher price: each renewal is the next version."""
    end, value = agreement.ends_on, agreement.annual_value
    start = agreement.starts_on
    while True:
        decided = end - timedelta(days=world.random.randint(20, 80))
        decided = max(decided, world.calendar.day(MONTHS, 3))
        at = world.moment(decided)
        if not world.has_happened(at):
            break
        end = add_months(end + timedelta(days=1), world.random.choice(TERMS)) - timedelta(days=1)
        value = (value * world.random.randint(101, 106) / 10000).quantize(Decimal(1)) * 100
        world.change(agreement, at, ends_on=end, annual_value=value, signed_on=decided)
    covered = relations.covered[row.key]
    covered[covered.index((start, agreement.ends_on))] = (start, end)
