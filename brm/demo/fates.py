"""What becomes of the customers that have a story: leave, return, renew late, merge, lapse."""

from datetime import timedelta

from customers.models import Agreement

from .calendar import MONTHS, add_months
from .portfolio import THEME, Portfolio
from .relations import Relations, choose_services, sign
from .world import World

LEAVES_AGO, RETURNS_AGO, LATE_AGO, MERGED_AGO, HANDOVER_AGO = 3, 7, 10, 5, 6


def tell(world: World, portfolio: Portfolio, relations: Relations) -> None:
    """Put the stories' agreements into the script and their events into the manifest."""
    _leaver(world, portfolio, relations)
    _other_losses(world, portfolio, relations)
    _returners(world, portfolio, relations)
    _late_renewal(world, portfolio, relations)
    _newcomer_to_be_merged(world, portfolio, relations)
    _prospects(world, portfolio, relations)
    _hand_over(world, relations)


def _long_ago(world: World) -> int:
    return world.random.randint(3, 30)


def _sign_old(world, portfolio, relations, life, services, last_day) -> list[Agreement]:
    """Agreements from before the two years that end on `last_day`."""
    row = relations.rows[relations.key(life)]
    start = add_months(world.calendar.month(MONTHS), -_long_ago(world))
    return [sign(world, portfolio, relations, row, s, start, last_day) for s in services]


def _terminate(world, relations, life, agreements, last_day, reason) -> None:
    """Notice is given six weeks before the last day; the cover ends there."""
    key = relations.key(life)
    at = world.moment(last_day - timedelta(days=42))
    for agreement in agreements:
        world.change(
            agreement, at, status="terminated", termination_reason=reason, ends_on=last_day
        )
    relations.covered[key] = [(start, last_day) for start, _end in relations.covered[key]]


def _leaver(world: World, portfolio: Portfolio, relations: Relations) -> None:
    last_day = world.calendar.last_day(LEAVES_AGO + 1)
    far = add_months(last_day, 14)
    services = (THEME, "WORK", "MAIL", "SEC")
    agreements = _sign_old(world, portfolio, relations, "leaver", services, far)
    _terminate(world, relations, "leaver", agreements, last_day, "quality")
    world.plant(
        "customer_leaves",
        "A strategic customer leaves after months of complaints",
        "lost_customers",
        last_day + timedelta(days=1),
        "one row with the reason quality on the first uncovered day",
        customer=relations.customers[relations.key("leaver")],
        reason="quality",
    )


def _other_losses(world: World, portfolio: Portfolio, relations: Relations) -> None:
    for life, last_day, reason in (
        ("price", world.calendar.last_day(12), "price"),
        ("competitor", world.calendar.day(6, 14), "competitor"),
        ("moved", world.calendar.last_day(8), "moved_in_group"),
    ):
        row = relations.rows[relations.key(life)]
        services = choose_services(world, portfolio, row, 2)
        far = add_months(last_day, 9)
        agreements = _sign_old(world, portfolio, relations, life, services, far)
        _terminate(world, relations, life, agreements, last_day, reason)
    world.plant(
        "moved_in_group",
        "A department goes over to its parent's agreement",
        "lost_customers",
        world.calendar.month(7),
        "a row with numerator 0: neither a gain nor a loss",
        customer=relations.customers[relations.key("moved")],
        reason="moved_in_group",
    )
    ended = world.calendar.last_day(1)
    _sign_old(world, portfolio, relations, "lapsing", ("WEB",), ended)
    world.plant(
        "customer_lapses",
        "An agreement ran out last month and nobody has renewed it yet",
        "lost_customers",
        ended + timedelta(days=1),
        "one row with the reason expired; the customer is lapsing",
        customer=relations.customers[relations.key("lapsing")],
        reason="expired",
    )


def _returners(world: World, portfolio: Portfolio, relations: Relations) -> None:
    for life, ended, returned, services in (
        ("returner", 17, RETURNS_AGO, ("WORK", "NET")),
        ("returned_early", 27, 15, ("WEB",)),
    ):
        row = relations.rows[relations.key(life)]
        end = world.calendar.last_day(ended)
        start = add_months(end, -25).replace(day=1)
        for service in services:
            sign(world, portfolio, relations, row, service, start, end)
        again = world.calendar.month(returned)
        for service in (*services, "MAIL"):
            sign(world, portfolio, relations, row, service, again, add_months(again, 36))
    world.plant(
        "customer_returns",
        "A former customer comes back after ten months",
        "returned_customers",
        world.calendar.month(RETURNS_AGO),
        "one row on the first day of the new agreements",
        customer=relations.customers[relations.key("returner")],
    )


def _late_renewal(world: World, portfolio: Portfolio, relations: Relations) -> None:
    end = world.calendar.last_day(LATE_AGO + 1)
    row = relations.rows[relations.key("late_renewal")]
    _sign_old(world, portfolio, relations, "late_renewal", (THEME, "WEB"), end)
    start = world.calendar.day(LATE_AGO, 20)
    for service in (THEME, "WEB"):
        sign(
            world,
            portfolio,
            relations,
            row,
            service,
            start,
            add_months(start, 36),
            signed_on=start - timedelta(days=2),
        )
    world.plant(
        "renewal_within_grace",
        "An agreement runs out and is renewed three weeks later",
        "lost_customers",
        end + timedelta(days=1),
        "the loss that one night showed is retracted a month later",
        customer=relations.customers[relations.key("late_renewal")],
        since=world.calendar.month(LATE_AGO).isoformat(),
        until=world.calendar.month(LATE_AGO - 1).isoformat(),
    )


def _newcomer_to_be_merged(world: World, portfolio: Portfolio, relations: Relations) -> None:
    row = relations.rows[relations.key("merged")]
    start = world.calendar.month(13)
    sign(world, portfolio, relations, row, "NET", start, add_months(start, 36))
    last_day = world.calendar.day(MERGED_AGO, 12)
    relations.covered[row.key] = [(start, last_day)]


def _prospects(world: World, portfolio: Portfolio, relations: Relations) -> None:
    """Drafts and negotiations make nobody a customer."""
    for number, key in enumerate(relations.keys("prospect")):
        customer = relations.customers[key]
        start = add_months(world.calendar.month(0), 2 + number)
        draft = Agreement(
            customer=customer,
            service=portfolio.services["SEC"],
            offering=portfolio.standard["SEC"],
            starts_on=start,
            ends_on=add_months(start, 24) - timedelta(days=1),
            annual_value=84000 + 21000 * number,
            currency="EUR",
        )
        world.add(draft, world.moment(world.calendar.day(2, 8)))
        world.change(draft, world.moment(world.calendar.day(1, 17)), status="negotiating")


def _hand_over(world: World, relations: Relations) -> None:
    """One manager goes on leave: her customers in North America get another one."""
    if not world.cast.users:
        return
    day = world.calendar.month(HANDOVER_AGO)
    handed = [
        key
        for key, row in relations.rows.items()
        if row.manager == "okafor.amara" and row.region == "North America"
    ]
    for key in handed:
        customer = relations.customers[key]
        world.change(
            customer, world.calendar.at(day, 9), manager=world.user("lin.mei"), valid_from=day
        )
    world.plant(
        "manager_changes",
        "Customers get another relationship manager",
        "active_customers",
        day,
        "the customer's row has the old manager the month before and the new one from then on",
        customer=relations.customers["1024"],
        before="okafor.amara",
        after="lin.mei",
    )
