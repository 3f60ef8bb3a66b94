"""Facts by the million: customers with agreements, complaints, survey answers and costs.

Made by the database alone, a handful of statements however many facts there are. They have no
history and tell no story; each has what its KPI needs: dates, dimensions, versions, revisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil

from django.conf import settings
from django.db import connection, models, transaction

from brm.core.dirty import install_triggers, remove_triggers
from customers.models import Agreement, AgreementVersion, Customer, CustomerInterval
from customers.spells import refresh_spells
from feedback.models import Complaint, Invitation, Response, Survey
from finance.models import BudgetLine, BudgetRevision, CostEntry
from services.models import Service, ServiceInterval

from .series import advance, chance, choose, day, insert, instant, reserve, text

DAYS = 730
SERVICES, QUARTERS, COSTS_PER_LINE = 40, 8, 60
# Of a hundred facts; the responses answer every second invitation.
SHARES = {Agreement: 5, Complaint: 30, Invitation: 30, Response: 15, CostEntry: 20}
SEGMENTS = ("Manufacturing", "Financial services", "Public sector", "Retail", "Healthcare")
SEGMENTS += ("Logistics", "Energy", "Education")
REGIONS = ("Europe North", "Europe South", "United Kingdom", "Greater China", "North America")
REASONS = ("price", "quality", "need_unmet", "competitor", "closed_down", "moved_in_group", "other")
CHANNELS = ("e-mail", "portal", "telephone", "meeting")
COST_TYPES = ("labour", "software", "supplier", "hardware")
STATUSES = ("closed",) * 17 + ("investigating", "withdrawn", "duplicate")
FINDINGS = ("upheld", "partly", "not_upheld", "not_upheld")
MEAN_COST = 775_00


@dataclass
class Generated:
    """How many facts were made; the ids of the records as (model, first, last)."""

    facts: int = 0
    ranges: list[tuple[type[models.Model], int, int]] = field(default_factory=list)


@transaction.atomic
def generate(facts: int, seed: int, *, today: date, managers: Sequence[int] = ()) -> Generated:
    """Make about so many facts of the two years until yesterday.

    `managers` are ids of users who share the customers; without any these have none. Effects:
    rows in all tables of these records, spells rebuilt, nothing in the dirty queue: a full KPI
    run has to follow. Writers of these tables wait until the transaction ends.
    """
    remove_triggers()
    # Foreign keys are checked after each statement, not all of them kept for the end.
    _check_constraints("IMMEDIATE")
    maker = _Maker(facts, seed, today - timedelta(days=DAYS), tuple(managers))
    maker.make()
    refresh_spells(None)
    for model, _first, _last in maker.made.ranges:
        advance(model)
    _check_constraints("DEFERRED")
    install_triggers()
    return maker.made


def _check_constraints(when: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS ALL {when}")


class _Maker:
    """Makes one model after another; `first` holds the first id of each."""

    def __init__(self, facts: int, seed: int, since: date, managers: tuple[int, ...]) -> None:
        self.seed, self.since, self.managers = seed * 1000, since, managers
        self.count = {model: max(1, facts * share // 100) for model, share in SHARES.items()}
        self.count[Customer] = max(1, facts // 100)
        self.count[Service] = SERVICES
        self.count[Survey] = SERVICES * QUARTERS
        self.count[BudgetLine] = ceil(self.count[CostEntry] / COSTS_PER_LINE)
        self.first: dict[type[models.Model], int] = {}
        self.made = Generated(facts=sum(self.count[model] for model in SHARES))

    def make(self) -> None:
        """All of it, what is referred to first."""
        self._services()
        self._customers()
        self._agreements()
        self._complaints()
        self._surveys()
        self._costs()

    def random(self, salt: int, below: int, counter: str = "n") -> str:
        return chance(self.seed + salt, below, counter)

    def records(self, model: type[models.Model], on: str, columns: dict[str, str]) -> None:
        """Insert the rows of a record; `on` is the date on which each became known."""
        first = self.first[model] = reserve(model)
        last = first + self.count[model] - 1
        known = instant(on, "10")
        common = {
            "reference": text(f"V-{model.reference_prefix}-", f"{first - 1} + n"),
            "created_at": known,
            "updated_at": known,
        }
        insert(model, self.count[model], common | columns, first)
        self.made.ranges.append((model, first, last))

    def parts(self, model: type[models.Model], of: type[models.Model], columns: dict) -> None:
        """Insert one row for each row of the record `of`."""
        insert(model, self.count[of], columns)

    def key(self, model: type[models.Model], position: str) -> str:
        """The id of the row at a position counted from 0."""
        return f"{self.first[model]} + {position}"

    def one_of(self, model: type[models.Model], salt: int, counter: str = "n") -> str:
        return self.key(model, self.random(salt, self.count[model], counter))

    # --- Records ---------------------------------------------------------------------------------

    def _services(self) -> None:
        names = {"name": text("Volume service ", "n"), "status": "'catalogue'"}
        self.records(Service, day(self.since, "0"), names)
        interval = {"service": self.key(Service, "n - 1"), "starts_on": BEGINNING, "sets": "'[]'"}
        self.parts(ServiceInterval, Service, interval)

    def _customers(self) -> None:
        manager = "NULL"
        if self.managers:
            keys = [str(key) for key in self.managers]
            manager = f"CAST({choose(self.random(1, len(keys)), *keys)} AS bigint)"
        dated = {
            "manager": manager,
            "segment": choose(self.random(2, len(SEGMENTS)), *SEGMENTS),
            "region": choose(self.random(3, len(REGIONS)), *REGIONS),
            "kind": choose(self.random(4, 10), "internal", *("external",) * 9),
        }
        name = {"name": text("Volume customer ", "n")}
        self.records(Customer, day(self.since, "0"), name | dated)
        customer = {"customer": self.key(Customer, "n - 1"), "sets": "'[]'"}
        changed = day(self.since, self.random(5, DAYS))
        before = {"starts_on": BEGINNING, "ends_on": changed}
        after = {"starts_on": changed, "segment": choose(self.random(6, 8), *SEGMENTS)}
        self.parts(CustomerInterval, Customer, customer | dated | before)
        self.parts(CustomerInterval, Customer, customer | dated | after)

    def _agreements(self) -> None:
        starts = self.random(11, DAYS + 900) + " - 900"
        terms = {
            "starts_on": day(self.since, starts),
            "ends_on": day(self.since, f"{starts} + 200 + {self.random(12, 900)}"),
            "signed_on": day(self.since, starts),
            "annual_value": f"1000000 + 100 * {self.random(13, 400_000)}",
            "currency": f"'{settings.BRM.base_currency}'",
            "counts_for_customer": "TRUE",
        }
        is_over = f"{self.random(14, 7)} = 0"
        parties = {
            "customer": self.key(Customer, f"n % {self.count[Customer]}"),
            "service": self.one_of(Service, 15),
            "status": f"CASE WHEN {is_over} THEN 'terminated' ELSE 'signed' END",
            "termination_reason": f"CASE WHEN {is_over} THEN"
            f" {choose(self.random(16, len(REASONS)), *REASONS)} ELSE '' END",
        }
        self.records(Agreement, day(self.since, "0"), terms | parties)
        version = {
            "agreement": self.key(Agreement, "n - 1"),
            "number": "1",
            "recorded_at": instant(day(self.since, "0"), "10"),
        }
        self.parts(AgreementVersion, Agreement, terms | version)

    def _complaints(self) -> None:
        on = day(self.since, self.random(21, DAYS))
        status = choose(self.random(22, len(STATUSES)), *STATUSES)
        allowed = settings.BRM.acknowledge_hours
        self.records(
            Complaint,
            on,
            {
                "customer": self.one_of(Customer, 23),
                "service": self.one_of(Service, 24),
                "subject": text("Volume complaint ", "n"),
                "channel": choose(self.random(25, len(CHANNELS)), *CHANNELS),
                "status": status,
                "received_at": instant(on, "10"),
                "received_on": on,
                "acknowledge_due_at": instant(on, f"10 + {allowed}"),
                "acknowledged_at": instant(on, f"11 + {self.random(26, allowed + 6)}"),
                "finding": choose(self.random(27, len(FINDINGS)), *FINDINGS),
            },
        )

    def _surveys(self) -> None:
        quarter = f"((n - 1) / {SERVICES})"
        closed = day(self.since, f"({quarter} + 1) * {DAYS // QUARTERS} - 1")
        self.records(
            Survey,
            closed,
            {
                "name": text("Volume survey ", "n"),
                "service": self.key(Service, f"(n - 1) % {SERVICES}"),
                "status": "'closed'",
                "opened_at": instant(day(self.since, f"{quarter} * {DAYS // QUARTERS}"), "10"),
                "closed_at": instant(closed, "10"),
                "closed_on": closed,
            },
        )
        asked = self._asked("n")
        answered = "CASE WHEN n % 2 = 0 THEN 'completed' ELSE 'expired' END"
        on = asked.pop("on")
        dates = {"invited_at": instant(on, "10"), "invited_on": on}
        self.records(Invitation, on, asked | dates | {"status": answered})
        self._responses()

    def _asked(self, counter: str) -> dict[str, str]:
        """Whom the invitation of that number asks about what, and when."""
        offset = self.random(31, DAYS, counter)
        service = self.random(32, SERVICES, counter)
        quarter = f"{offset} * {QUARTERS} / {DAYS}"
        return {
            "on": day(self.since, offset),
            "customer": self.one_of(Customer, 33, counter),
            "service": self.key(Service, service),
            "survey": self.key(Survey, f"({quarter}) * {SERVICES} + {service}"),
        }

    def _responses(self) -> None:
        asked = self._asked("(n * 2)")
        on = asked.pop("on")
        score = f"(CASE {self.random(41, 10)} WHEN 0 THEN 1 WHEN 1 THEN 3 WHEN 2 THEN 5 ELSE 4 END)"
        self.records(
            Response,
            on,
            asked
            | {
                "invitation": self.key(Invitation, "n * 2 - 1"),
                "completed_at": instant(on, "12"),
                "completed_on": on,
                "score": f"{score} * 10000",
                "scale_min": "10000",
                "scale_max": "50000",
                "satisfaction": f"({score} - 1) * 250000",
                "is_test": "FALSE",
            },
        )

    def _costs(self) -> None:
        base = f"'{settings.BRM.base_currency}'"
        amount = f"({MEAN_COST * COSTS_PER_LINE // 1000} * (950 + {self.random(51, 300)}))"
        line = {
            "name": text("Volume budget ", "n"),
            "service": self.one_of(Service, 52),
            "cost_type": choose(self.random(53, len(COST_TYPES)), *COST_TYPES),
            "status": "'approved'",
            "starts_on": day(self.since, "0"),
            "ends_on": day(self.since, str(DAYS)),
            "amount": amount,
            "currency": base,
            "budget_rate": "100000000",
        }
        self.records(BudgetLine, day(self.since, "0"), line)
        revision = {
            "line": self.key(BudgetLine, "n - 1"),
            "effective_on": day(self.since, "0"),
            "amount": amount,
            "is_first": "TRUE",
            "recorded_at": instant(day(self.since, "0"), "10"),
        }
        self.parts(BudgetRevision, BudgetLine, revision)
        on = day(self.since, self.random(54, DAYS))
        cost = f"(50_00 + 100 * {self.random(55, 1450)})".replace("_", "")
        amounts = dict.fromkeys(("amount", "amount_base", "amount_line"), cost)
        entry = {
            "budget_line": self.key(BudgetLine, f"n % {self.count[BudgetLine]}"),
            "posted_on": on,
            "currency": base,
        }
        self.records(CostEntry, on, entry | amounts)


BEGINNING = "'0001-01-01'"
