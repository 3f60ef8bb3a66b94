"""The demo's budgets and costs: quiet years, an overrun that recovers, a rate that jumps."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from finance.models import BudgetLine, CostEntry

from .calendar import MONTHS, add_months
from .exchange import JUMP_AGO, JUMPING, PER_EURO, in_currency
from .portfolio import NEWEST, NEWEST_AGO, THEME, Portfolio
from .world import World

SEASON = (1.06, 0.98, 1.0, 0.97, 0.98, 1.0, 0.94, 0.93, 1.0, 1.02, 1.04, 1.1)
LINES = (("labour", 0.42), ("software", 0.26), ("supplier", 0.18))
DRIFTS = (*(0.88, 0.90, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97) * 3, 1.03)
OWNERS = ("finance", "owner", "novak.petra", "dubois.marc", "hughes.alice")
# How many units of a service are sold: persons for some, customers for the others.
VOLUME = {"WORK": 4000, "MAIL": 12000, "MEET": 6000, "IDM": 9000, "FILE": 8000}
SUPPORTING_COST = 38000
STABILISING = ((10, 24), (9, 24), (8, 24), (7, 24), (6, 24), (5, 24), (4, 24), (3, 10), (2, 4))
OVERRUN_AGO, RECOVERY_AGO, LATE_KNOWN_AGO = 5, 4, 3
CENT = Decimal("0.01")


class Purse:
    """Writes budget lines and costs into the script."""

    def __init__(self, world: World, portfolio: Portfolio) -> None:
        self.world, self.portfolio, self.random = world, portfolio, world.random
        self.calendar = world.calendar
        self.base = settings.BRM.base_currency

    def tell(self) -> None:
        """Put budgets and costs into the script and their events into the manifest."""
        for start, end in self._years():
            for key, row in self.portfolio.rows.items():
                is_there = key != NEWEST or start >= self.calendar.month(NEWEST_AGO)
                if row.stage in ("catalogue", "retiring") and is_there:
                    self._budget(key, start, end)
        self._overrun_and_recovery()
        if self.base != JUMPING:
            self._dearer_licences()
        self._recent_overrun()
        self._unbudgeted()

    def _years(self) -> list[tuple[date, date]]:
        """The fiscal years of the two years; the first one from the beginning only."""
        start, years = self.calendar.month(MONTHS), []
        while start <= self.calendar.today:
            following = add_months(start, 1)
            while following.month != settings.BRM.fiscal_year_start:
                following = add_months(following, 1)
            years.append((start, following - timedelta(days=1)))
            start = following
        return years

    def _budget(self, key: str, start: date, end: date) -> None:
        row = self.portfolio.rows[key]
        monthly = row.price * VOLUME.get(key, 5) or SUPPORTING_COST
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        for kind, share in LINES[: 3 if row.price > 5000 or not row.price else 2]:
            currency = JUMPING if kind == "software" and key in ("SEC", "CRM") else self.base
            amount = in_currency(Decimal(round(monthly * share / 100)) * 100, currency)
            line = self.line(
                f"{key}-{kind[:3].upper()}-{start:%y%m}",
                f"{row.name}: {kind}, {start:%Y-%m} to {end:%Y-%m}",
                (start, end),
                amount * months,
                currency=currency,
                service=key,
                cost_type=kind,
            )
            self._monthly_costs(line, float(amount) * self.random.choice(DRIFTS), months)

    def _monthly_costs(self, line: BudgetLine, monthly: float, months: int) -> None:
        usual = [SEASON[add_months(line.starts_on, n).month - 1] for n in range(months)]
        for number in range(months):
            month = add_months(line.starts_on, number)
            season = usual[number] * months / sum(usual)
            variation = season * self.random.uniform(0.96, 1.04)
            amount = Decimal(monthly * variation).quantize(CENT)
            currency = line.currency
            if number % 11 == 7 and currency == "EUR":
                currency = self.random.choice(("USD", "GBP", "CNY"))
                amount = (amount * PER_EURO[currency][0]).quantize(CENT)
            self.cost(line, month.replace(day=self.random.randint(20, 27)), amount, currency)

    def line(
        self, key: str, name: str, span: tuple[date, date], amount: Decimal, **values: Any
    ) -> BudgetLine:
        """Enter an approved budget line with a tolerance of 2 % unless said otherwise."""
        given = {"tolerance_percent": Decimal(2), "currency": self.base, **values}
        given["service"] = self.portfolio.services[given["service"]]
        line = BudgetLine(
            reference=f"BUD-{key}",
            name=name,
            status="approved",
            starts_on=span[0],
            ends_on=span[1],
            amount=amount,
            owner=self.world.user(self.random.choice(OWNERS)),
            **given,
        )
        return self.world.add(line, self.calendar.at(span[0], 8, 30))

    def cost(
        self,
        line: BudgetLine,
        day: date,
        amount: Decimal,
        currency: str,
        *,
        known: datetime | None = None,
        text: str = "Monthly posting",
    ) -> CostEntry:
        """Enter a posted cost, known the same evening unless said otherwise."""
        entry = CostEntry(
            budget_line=line,
            service=line.service,
            posted_on=day,
            amount=amount,
            currency=currency,
            cost_type=line.cost_type,
            description=text,
        )
        return self.world.add(entry, known or self.calendar.at(day, 18))

    def thousand(self, thousands: int) -> Decimal:
        """So many thousand euros in the base currency."""
        return in_currency(Decimal(thousands * 1000), self.base)

    # --- Planted ---------------------------------------------------------------------------------

    def _overrun_and_recovery(self) -> None:
        """Stabilising after the bad release costs more than planned; more money is granted."""
        span = self.calendar.month(10), self.calendar.last_day(1)
        line = self.line(
            "ERP-STABILISE",
            "ERP hosting: stabilisation after the release",
            span,
            self.thousand(120),
            service=THEME,
            cost_type="supplier",
            tolerance_percent=Decimal(0),
        )
        for ago, thousands in STABILISING:
            self.cost(line, self.calendar.day(ago, 24), self.thousand(thousands), self.base)
        revised = self.calendar.day(RECOVERY_AGO, 10)
        self.world.change(
            line,
            self.calendar.at(revised, 11),
            status="revised",
            amount=self.thousand(190),
            effective_on=revised,
        )
        late = self.calendar.day(LATE_KNOWN_AGO, 8)
        entry = self.cost(
            line,
            self.calendar.day(OVERRUN_AGO, 28),
            self.thousand(3),
            self.base,
            known=self.calendar.at(late, 10),
            text="Travel, invoiced late",
        )
        self._plant_overrun(line, entry)

    def _plant_overrun(self, line: BudgetLine, entry: CostEntry) -> None:
        overrun, recovery = self.calendar.day(OVERRUN_AGO, 24), self.calendar.month(RECOVERY_AGO)
        self.world.plant(
            "budget_overrun",
            "The stabilisation overruns its budget",
            "budget_overruns",
            overrun,
            "one row on the day of the posting; it stands after the recovery",
            line=line,
        )
        self.world.plant(
            "budget_recovers",
            "A revision takes the overrun back",
            "budget_overrun_amount",
            recovery,
            "a negative row that takes the line's overrun back to nothing",
            line=line,
            overrun_month=self.calendar.month(OVERRUN_AGO).isoformat(),
        )
        self.world.plant(
            "late_invoice",
            "An invoice for a published month arrives late",
            "budget_overrun_amount",
            overrun,
            "the month is restated by the late amount",
            line=line,
            entry=entry,
            difference=str(self.thousand(3)),
        )

    def _dearer_licences(self) -> None:
        """Invoices in a foreign currency outgrow their budget because the rate jumped."""
        line = self.line(
            "LICENCES-US",
            "Licences invoiced in US dollars",
            (self.calendar.month(12), self.calendar.last_day(3)),
            self.thousand(92),
            service="SEC",
            cost_type="software",
            tolerance_percent=Decimal(0),
        )
        for ago in range(12, 2, -1):
            self.cost(line, self.calendar.day(ago, 22), Decimal(10000), JUMPING)
        self.world.plant(
            "rate_change",
            "The US dollar becomes dearer in the middle of a month",
            "budget_overruns",
            self.calendar.day(3, 22),
            "the line overruns; at the old rate ten invoices would have stayed within it",
            line=line,
            jump=self.calendar.day(JUMP_AGO, 12).isoformat(),
        )

    def _recent_overrun(self) -> None:
        """A small line that is over its budget today."""
        span = self.calendar.month(4), add_months(self.calendar.month(0), 2)
        line = self.line(
            "WEB-PEAK",
            "Web and shop hosting: extra capacity for the season",
            span,
            self.thousand(30),
            service="WEB",
            cost_type="supplier",
        )
        for ago in (4, 3, 2, 1):
            self.cost(line, self.calendar.day(ago, 18), self.thousand(9), self.base)

    def _unbudgeted(self) -> None:
        """Costs that belong to a service and to no budget line."""
        for ago in range(MONTHS, -1, -3):
            entry = CostEntry(
                service=self.portfolio.services["DC"],
                posted_on=self.calendar.day(ago, 11),
                amount=Decimal(self.random.randint(800, 2600)),
                currency=self.base,
                cost_type="facilities",
                description="Small repair without a budget line",
            )
            self.world.add(entry, self.calendar.at(entry.posted_on, 17))
