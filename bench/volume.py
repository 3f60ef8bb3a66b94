"""The bench's data: a company with any number of facts, made by statements on whole sets.

    generate(facts, seed), fill_up(facts, complaints, seed)

`facts` are complaints, invitations, responses, cost entries, proposals and agreements together,
spread over three years up to TODAY. The database must hold no customers yet. Effects: records
without history and without queued keys, since a full run follows; spells; planner statistics.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max

from brm.core.dirty import install_triggers, remove_triggers
from brm.core.models import User
from customers.models import Agreement, Customer, CustomerInterval
from customers.spells import refresh_spells
from feedback.models import Complaint, Invitation, Response, Survey
from finance.models import BudgetLine, BudgetRevision, CostEntry, Proposal
from services.models import Service, ServiceInterval
from strategy.models import Initiative, Objective

from .series import Draw, day, day_after, instant, numbers

START, TODAY = date(2023, 1, 1), date(2025, 12, 15)
NOW = datetime(2025, 12, 15, 1, 30, tzinfo=UTC)
DAYS = (TODAY - START).days
REORGANISED = date(2024, 6, 1)
SEGMENTS = ("retail", "health", "energy", "public", "banking", "media", "transport", "")
REGIONS = ("north", "south", "east", "west", "centre", "")
CHANNELS = ("phone", "email", "web", "letter", "meeting", "")
COST_TYPES = ("labour", "hardware", "software", "supplier", "facilities", "other")
MANAGERS, SERVICES, OBJECTIVES = 50, 40, 10
MODELS = (
    *(User, Customer, CustomerInterval, Agreement, Service, ServiceInterval, Complaint, Survey),
    *(Invitation, Response, BudgetLine, BudgetRevision, CostEntry, Proposal, Objective, Initiative),
)


class Sizes:
    """How many rows of what make up a number of facts."""

    def __init__(self, facts: int) -> None:
        self.customers = max(20, min(10_000, facts // 100))
        self.agreements = max(30, facts // 50)
        self.complaints = facts * 30 // 100
        self.invitations = facts * 20 // 100
        self.responses = facts * 20 // 100
        self.costs = facts * 27 // 100
        self.proposals = facts - self.agreements - self.complaints - self.costs
        self.proposals -= self.invitations + self.responses
        self.surveys = max(10, facts // 5_000)
        self.lines = max(10, facts // 500)
        self.initiatives = max(20, facts // 5_000)


def generate(facts: int, seed: int = 1) -> None:
    """Fill the empty database; see the module's text. Raises ValueError where there is data."""
    if Customer.everything.exists():
        raise ValueError("The bench needs a database without customers.")
    sizes, draw = Sizes(max(facts, 1_000)), Draw(seed)
    with _unqueued():
        with transaction.atomic():
            _masters(sizes, draw)
            _agreements(sizes, draw)
            _feedback(sizes, draw)
            _finance(sizes, draw)
            _reset_sequences()
        refresh_spells()
    _analyse()


def fill_up(facts: int, complaints: int, seed: int = 1) -> None:
    """More complaints for the company of `generate(facts, seed)`, until there are so many."""
    sizes = Sizes(max(facts, 1_000))
    present = Complaint.everything.aggregate(Max("id"))["id__max"] or 0
    with _unqueued(), transaction.atomic():
        _complaints(sizes, Draw(seed), present, complaints)
        _reset_sequences()
    _analyse()


@contextmanager
def _unqueued() -> Iterator[None]:
    """Within it writes queue no keys."""
    remove_triggers()
    try:
        yield
    finally:
        install_triggers()


def _analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _insert(model: type, count: int, rest: str = "", **columns: str) -> None:
    """Insert `count` rows with expressions of `s.i`; a Record's own columns come by themselves."""
    names = {field.column for field in model._meta.concrete_fields}
    if "version" in names:
        at = instant(day(START), "0")
        columns = {"created_at": at, "updated_at": at, "version": "1", **columns}
    values = {f'"{name}"': text for name, text in {"id": "s.i", **columns}.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(values)})"
            f" SELECT {', '.join(values.values())} FROM {numbers(count)} {rest}"
        )


def _one_to(draw: Draw, name: str, limit: int) -> str:
    return f"{draw.below(name, limit)} + 1"


def _or_none(draw: Draw, name: str, limit: int) -> str:
    """An id from 1 to `limit`, now and then none."""
    return f"NULLIF({draw.below(name, limit + 1)}, 0)"


def _reference(prefix: str) -> str:
    return f"'{prefix}-' || SUBSTR(CAST(100000000 + s.i AS text), 2)"


# --- Customers and services ----------------------------------------------------------------------


def _masters(sizes: Sizes, draw: Draw) -> None:
    false, at = "FALSE", instant(day(START), "0")
    _insert(
        User,
        MANAGERS,
        **{"password": "''", "is_superuser": false, "is_staff": false, "is_active": "TRUE"},
        **{"username": _reference("user"), "email": "''", "date_joined": at, "is_demo": false},
        **{"name": "'User ' || s.i", "language": "''", "time_zone": "''"},
    )
    dimensions = {
        "manager_id": _or_none(draw, "manager", MANAGERS),
        "segment": draw.one_of("segment", SEGMENTS),
        "region": draw.one_of("region", REGIONS),
        "kind": draw.one_of("kind", ("external", "external", "internal")),
    }
    _insert(
        Customer,
        sizes.customers,
        **{"reference": _reference("C"), "name": "'Customer ' || s.i", "tier": "'standard'"},
        **{"time_zone": "''", "language": "''", **dimensions},
    )
    _customer_intervals(sizes, draw, dimensions)
    _insert(
        Service,
        SERVICES,
        **{"reference": _reference("S"), "name": "'Service ' || s.i", "status": "'catalogue'"},
        **{"kind": "'customer_facing'", "description": "''", "outcome": "''", "segments": "''"},
        **{"currency": "''", "business_case": "''", "owner_id": _one_to(draw, "owner", MANAGERS)},
    )
    _insert(
        ServiceInterval,
        SERVICES,
        **{"service_id": "s.i", "starts_on": day(date.min), "sets": "'[]'"},
        owner_id=_one_to(draw, "owner", MANAGERS),
    )


def _customer_intervals(sizes: Sizes, draw: Draw, dimensions: dict[str, str]) -> None:
    """Every third customer had another manager and segment before a reorganisation."""
    moved, start = "s.i % 3 = 0", day(REORGANISED)
    _insert(
        CustomerInterval,
        sizes.customers,
        **{"customer_id": "s.i", "sets": "'[]'", **dimensions},
        starts_on=f"CASE WHEN {moved} THEN {start} ELSE {day(date.min)} END",
    )
    earlier = {
        "manager_id": _one_to(draw, "manager before", MANAGERS),
        "segment": draw.one_of("segment before", SEGMENTS),
    }
    _insert(
        CustomerInterval,
        sizes.customers,
        f"WHERE {moved}",
        **{"id": f"s.i + {sizes.customers}", "customer_id": "s.i", "sets": "'[]'"},
        **{**dimensions, **earlier, "starts_on": day(date.min), "ends_on": start},
    )


def _agreements(sizes: Sizes, draw: Draw) -> None:
    """Agreements of half a year to a year, some open-ended, some terminated."""
    begun = draw.below("begun", DAYS)
    open_ended = f"{draw.below('open', 4)} = 0"
    ended = f"({draw.below('ended', 5)} = 0 AND NOT {open_ended})"
    starts_on = day_after(START, begun)
    lasts = f"{begun} + 180 + {draw.below('lasts', 200)}"
    _insert(
        Agreement,
        sizes.agreements,
        **{"reference": _reference("A"), "service_id": _one_to(draw, "service of", SERVICES)},
        **{"customer_id": _one_to(draw, "customer of", sizes.customers), "starts_on": starts_on},
        **{"signed_on": starts_on, "currency": "'EUR'", "counts_for_customer": "TRUE"},
        annual_value=f"100000 + {draw.below('value', 10_000_000)}",
        ends_on=f"CASE WHEN NOT {open_ended} THEN {day_after(START, lasts)} END",
        status=f"CASE WHEN {ended} THEN 'terminated' ELSE 'signed' END",
        termination_reason=f"CASE WHEN {ended} THEN"
        f" {draw.one_of('why', ('price', 'quality', 'competitor', 'merged'))} ELSE '' END",
    )


# --- Feedback ------------------------------------------------------------------------------------


def _feedback(sizes: Sizes, draw: Draw) -> None:
    _complaints(sizes, draw, 0, sizes.complaints)
    closed = day_after(START, draw.below("closed", DAYS))
    _insert(
        Survey,
        sizes.surveys,
        **{"reference": _reference("V"), "name": "'Survey ' || s.i", "kind": "'relationship'"},
        **{"service_id": _or_none(draw, "asks about", SERVICES), "status": "'closed'"},
        **{"closed_at": instant(closed, "600"), "closed_on": closed, "reflection": "''"},
    )
    _surveyed(sizes, draw)


def _complaints(sizes: Sizes, draw: Draw, present: int, count: int) -> None:
    """Complaints until there are `count`, where there are some already."""
    received = day_after(START, draw.below("received", DAYS))
    minute = f"480 + {draw.below('minute', 480)}"
    acknowledged = f"{minute} + 60 + {draw.below('acknowledged', 3_600)}"
    statuses = ("closed", "closed", "closed", "closed", "answered", "withdrawn", "duplicate")
    _insert(
        Complaint,
        count,
        f"WHERE s.i > {present}",
        **{"reference": _reference("K"), "subject": "'Complaint ' || s.i", "text": "''"},
        **{"customer_id": _one_to(draw, "complains", sizes.customers), "severity": "'medium'"},
        **{"service_id": _or_none(draw, "about", SERVICES), "received_on": received},
        **{"channel": draw.one_of("channel", CHANNELS), "status": draw.one_of("status", statuses)},
        **{"received_at": instant(received, minute), "remedy": "''", "learning": "''"},
        acknowledge_due_at=instant(received, f"{minute} + 2880"),
        acknowledged_at=f"CASE WHEN {draw.below('heard', 10)} > 0"
        f" THEN {instant(received, acknowledged)} END",
        finding=draw.one_of("finding", ("upheld", "partly", "not_upheld", "not_upheld", "")),
    )


def _surveyed(sizes: Sizes, draw: Draw) -> None:
    """Three quarters of the responses answer the invitation of the same number."""
    asked = {
        "customer_id": _one_to(draw, "asked", sizes.customers),
        "service_id": _or_none(draw, "asked about", SERVICES),
        "survey_id": _one_to(draw, "survey", sizes.surveys),
    }
    days = draw.below("invited", DAYS - 9)
    invited, completed = day_after(START, days), day_after(START, f"{days} + s.i % 9")
    _insert(
        Invitation,
        sizes.invitations,
        **{"reference": _reference("I"), "invited_at": instant(invited, "540"), **asked},
        status=f"CASE WHEN {draw.below('bounced', 20)} = 0 AND s.i % 4 = 0 THEN 'bounced'"
        " WHEN s.i % 4 = 0 THEN 'sent' ELSE 'completed' END",
        invited_on=invited,
    )
    score = draw.below("score", 11)
    _insert(
        Response,
        sizes.responses,
        **{"reference": _reference("R"), "completed_at": instant(completed, "700"), **asked},
        **{"score": f"{score} * 10000", "scale_min": "0", "scale_max": "100000"},
        **{"satisfaction": f"{score} * 100000", "comment": "''", "is_test": "FALSE"},
        invitation_id="CASE WHEN s.i % 4 > 0 THEN s.i END",
        completed_on=completed,
    )


# --- Finance and strategy ------------------------------------------------------------------------


def _finance(sizes: Sizes, draw: Draw) -> None:
    year = f"{draw.below('year', 3)} * 365"
    starts_on, per_line = day_after(START, year), sizes.costs // sizes.lines
    amount = f"{per_line} * (40000 + {draw.below('amount', 30_000)})"
    _insert(
        BudgetLine,
        sizes.lines,
        **{"reference": _reference("B"), "name": "'Line ' || s.i", "status": "'approved'"},
        **{"cost_type": draw.one_of("type", COST_TYPES), "amount": amount, "currency": "'EUR'"},
        **{"starts_on": starts_on, "ends_on": day_after(START, f"{year} + 364")},
        **{"tolerance_percent": "500", "budget_rate": "100000000"},
        service_id=_or_none(draw, "budget of", SERVICES),
        owner_id=_or_none(draw, "keeper", MANAGERS),
    )
    _insert(
        BudgetRevision,
        sizes.lines,
        **{"line_id": "s.i", "effective_on": starts_on, "amount": amount, "is_first": "TRUE"},
        recorded_at=instant(starts_on, "0"),
    )
    cents = f"{draw.below('cents', 100_000)}"
    posted = f"{draw.below('posted', 356)} + (s.i % {sizes.lines} + 1) % 3 * 361"
    _insert(
        CostEntry,
        sizes.costs,
        **{"reference": _reference("X"), "currency": "'EUR'", "description": "''"},
        **{"amount": cents, "amount_base": cents, "amount_line": cents, "cost_type": "'labour'"},
        budget_line_id=f"s.i % {sizes.lines} + 1",
        posted_on=day_after(START, posted),
    )
    _proposed(sizes, draw)


def _proposed(sizes: Sizes, draw: Draw) -> None:
    submitted, verified = draw.below("submitted", DAYS - 90), f"{draw.below('verified', 3)} = 0"
    saving = f"CASE WHEN {verified} THEN 10000 + {draw.below('saving', 1_000_000)} END"
    _insert(
        Proposal,
        sizes.proposals,
        **{"reference": _reference("P"), "title": "'Proposal ' || s.i", "currency": "'EUR'"},
        **{"kind": draw.one_of("sort", ("cost_optimisation", "cost_optimisation", "asset"))},
        **{"verified_saving": saving, "verified_saving_base": saving},
        **{"submitted_on": day_after(START, submitted)},
        status=f"CASE WHEN {verified} THEN 'verified' ELSE 'submitted' END",
        service_id=_or_none(draw, "improves", SERVICES),
        verified_on=f"CASE WHEN {verified} THEN {day_after(START, f'{submitted} + 90')} END",
    )
    _insert(
        Objective,
        OBJECTIVES,
        **{"reference": _reference("O"), "title": "'Objective ' || s.i", "status": "'active'"},
        description="''",
    )
    _insert(
        Initiative,
        sizes.initiatives,
        **{"reference": _reference("N"), "title": "'Initiative ' || s.i", "currency": "''"},
        **{"kind": draw.one_of("what", ("strategic", "operational")), "benefit": "''"},
        **{"status": "'in_progress'", "started_on": day_after(START, draw.below("start", DAYS))},
        objective_id=_or_none(draw, "serves", OBJECTIVES),
        sponsor_id=_or_none(draw, "sponsor", MANAGERS),
    )


def _reset_sequences() -> None:
    """Rows came with their ids: let the next ones follow."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), MODELS):
            cursor.execute(statement)
