"""The demo's services and offerings, in all three lanes of the portfolio."""

from dataclasses import dataclass, field
from decimal import Decimal

from services.models import Service, ServiceOffering

from .company import ServiceRow, services
from .world import World

PIPELINE = ("proposed", "analysed", "chartered", "in_design", "in_transition", "catalogue")
# How many months ago a service of the pipeline was proposed, and the one that got through it.
PROPOSED_AGO = {"AI": 14, "OBS": 11, "EDGE": 8, "ESG": 5, "VR": 2, "DATA": 23}
MONTHS_PER_STAGE = 2
NEWEST, NEWEST_AGO = "DATA", 13  # in the catalogue since then
RETIRED_AGO = {"PBX": 12, "NEWS": 18}
THEME = "ERP"


@dataclass
class Portfolio:
    """The services and their offerings by the service's key."""

    rows: dict[str, ServiceRow] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    standard: dict[str, ServiceOffering] = field(default_factory=dict)
    tailored: dict[str, ServiceOffering] = field(default_factory=dict)

    def sold(self) -> list[str]:
        """Keys of the services that customers agree to, in the order of the table."""
        return [key for key, row in self.rows.items() if row.price and row.stage == "catalogue"]


def build(world: World) -> Portfolio:
    """Put services and offerings into the script; returns them."""
    portfolio = Portfolio()
    for row in services():
        portfolio.rows[row.key] = row
        portfolio.services[row.key] = _service(world, row)
        if row.price or row.stage in ("catalogue", "retired"):
            _offerings(world, portfolio, row)
    _hand_over(world, portfolio)
    return portfolio


def _service(world: World, row: ServiceRow) -> Service:
    service = Service(
        reference=f"SVC-{row.key}",
        name=row.name,
        kind=row.kind,
        owner=world.user(row.owner),
        description=row.description,
        outcome=f"Customers can rely on {row.name.lower()} without running it themselves.",
        segments="All segments",
        rough_cost=Decimal(row.price or 4000) * 12,
        currency="EUR",
    )
    if row.key in PROPOSED_AGO:
        service.status = "proposed"
        _through_the_pipeline(world, service, row)
    else:
        service.status = "catalogue" if row.stage != "proposed" else "proposed"
        world.add(service, world.calendar.beginning)
    if row.stage == "retiring":
        world.change(service, world.moment(world.calendar.day(3, 9)), status="retiring")
    if row.stage == "retired":
        ago = RETIRED_AGO[row.key]
        world.change(service, world.moment(world.calendar.day(ago + 3, 4)), status="retiring")
        world.change(service, world.moment(world.calendar.day(ago, 20)), status="retired")
    return service


def _through_the_pipeline(world: World, service: Service, row: ServiceRow) -> None:
    """Proposed, then a stage every two months, as far as the service has come."""
    ago = PROPOSED_AGO[row.key]
    world.add(service, world.moment(world.calendar.day(ago, 6)))
    for stage in PIPELINE[1 : PIPELINE.index(row.stage) + 1]:
        ago -= MONTHS_PER_STAGE
        values = {"status": stage}
        if stage == "chartered":
            values["business_case"] = f"{row.name}: pays back in the second year."
        world.change(service, world.moment(world.calendar.day(max(ago, 1), 14)), **values)


def _offerings(world: World, portfolio: Portfolio, row: ServiceRow) -> None:
    """The standard package; for the dearer services also one tailored from it."""
    service = portfolio.services[row.key]
    at = world.calendar.beginning
    if row.key in PROPOSED_AGO:
        ago = PROPOSED_AGO[row.key] - MONTHS_PER_STAGE
        at = world.moment(world.calendar.day(ago, 16))
    price = Decimal(row.price) if row.price else None
    standard = ServiceOffering(
        reference=f"OFF-{row.key}-STD",
        service=service,
        name=f"{row.name}, standard",
        kind="core" if row.kind == "customer_facing" else "enabling",
        price=price,
        currency="EUR" if price else "",
    )
    portfolio.standard[row.key] = world.add(standard, at)
    if row.price > 3000 and row.stage == "catalogue":
        tailored = ServiceOffering(
            reference=f"OFF-{row.key}-PLUS",
            service=service,
            name=f"{row.name}, around the clock",
            tailored_from=standard,
            price=(price * Decimal("1.35")).quantize(Decimal(1)),
            currency="EUR",
        )
        portfolio.tailored[row.key] = world.add(tailored, at)


def _hand_over(world: World, portfolio: Portfolio) -> None:
    """One service changes its owner: the dimension of the day shows both."""
    day = world.calendar.day(9, 1)
    service = portfolio.services["WEB"]
    if world.cast.users:
        world.change(
            service, world.calendar.at(day, 9), owner=world.user("hughes.alice"), valid_from=day
        )
