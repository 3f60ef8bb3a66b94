"""The facts of one company as plain frozen records.

Field names are those of the product. Records name each other by `reference`, people by username.
Instants are aware, money is `Decimal` with cents. `deleted` stands for a set `deleted_at`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

ATTRIBUTES = ("manager", "segment", "region", "kind")


class Interval(NamedTuple):
    """A dated value of one attribute; `valid_from` None is the beginning of time."""

    attribute: str
    valid_from: date | None
    value: str | None


def value_on(intervals: tuple[Interval, ...], attribute: str, day: date) -> str | None:
    """The value of an attribute on a day (rule 6).

    The intervals are in the order in which they were written: a start lasts until the next existing
    start of the same attribute, the same start written again replaces, the value without a start
    (else the earliest) reaches back to the beginning.
    """
    starts: dict[date, str | None] = {}
    for interval in intervals:
        if interval.attribute == attribute:
            starts[interval.valid_from or date.min] = interval.value
    if not starts:
        return None
    begun = [start for start in starts if start <= day]
    return starts[max(begun) if begun else min(starts)]


@dataclass(frozen=True, slots=True)
class Organisation:
    """The settings of the organisation; `fiscal_year_start` is a month, `grace_days` is G.

    `acknowledge_hours` is what the `due_at` of random complaints follows; the KPIs read `due_at`.
    """

    time_zone: str = "UTC"
    base_currency: str = "EUR"
    fiscal_year_start: int = 1
    grace_days: int = 90
    acknowledge_hours: int = 48


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer; intervals hold manager, segment, region, kind in the order of writing."""

    reference: str
    intervals: tuple[Interval, ...] = ()
    merged_into: str | None = None
    deleted: bool = False

    def value_on(self, attribute: str, day: date) -> str | None:
        """The attribute's value on a day."""
        return value_on(self.intervals, attribute, day)


@dataclass(frozen=True, slots=True)
class Service:
    """A service; intervals hold its owner in the order of writing."""

    reference: str
    intervals: tuple[Interval, ...] = ()
    deleted: bool = False

    def owner_on(self, day: date) -> str | None:
        """The owner's username on a day."""
        return value_on(self.intervals, "owner", day)


class AgreementVersion(NamedTuple):
    """The dates of one version of an agreement; both days are included, None is open-ended."""

    number: int
    starts_on: date
    ends_on: date | None
    signed: bool = True


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement. `starts_on` and `ends_on` are the effective dates, computed."""

    reference: str
    customer: str
    versions: tuple[AgreementVersion, ...]
    status: str = "signed"
    termination_reason: str | None = None
    terminated_on: date | None = None
    counts_for_customer: bool = True
    service: str | None = None
    deleted: bool = False

    @property
    def version(self) -> AgreementVersion:
        """The latest signed version; the latest of all where none is signed (a draft)."""
        signed = [version for version in self.versions if version.signed]
        return max(signed or self.versions, key=lambda version: version.number)

    @property
    def starts_on(self) -> date:
        """The first day covered."""
        return self.version.starts_on

    @property
    def ends_on(self) -> date | None:
        """The last day covered; a termination's effective date takes its place."""
        if self.status == "terminated" and self.terminated_on is not None:
            return self.terminated_on
        return self.version.ends_on

    @classmethod
    def simple(
        cls, reference: str, customer: str, starts_on: date, ends_on: date | None = None, **more
    ) -> Agreement:
        """An agreement of one version, signed unless its status says otherwise."""
        signed = more.get("status", "signed") in ("signed", "terminated")
        version = AgreementVersion(1, starts_on, ends_on, signed)
        return cls(reference, customer, (version,), **more)


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint; `due_at` is the instant by which it is to be acknowledged."""

    reference: str
    received_at: datetime
    due_at: datetime
    customer: str | None = None
    service: str | None = None
    channel: str | None = None
    acknowledged_at: datetime | None = None
    status: str = "received"
    finding: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey."""

    reference: str
    service: str | None = None
    closed_at: datetime | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation to a survey; `invited_at` None: still queued."""

    reference: str
    survey: str
    customer: str | None = None
    service: str | None = None
    invited_at: datetime | None = None
    bounced: bool = False
    deleted: bool = False


class Answer(NamedTuple):
    """One satisfaction answer of a response about one service."""

    service: str | None
    score: Decimal
    scale_min: Decimal
    scale_max: Decimal


@dataclass(frozen=True, slots=True)
class Response:
    """A response; `score` is its one satisfaction answer unless it has `answers` of its own."""

    reference: str
    survey: str
    invitation: str | None = None
    customer: str | None = None
    service: str | None = None
    completed_at: datetime | None = None
    score: Decimal | None = None
    scale_min: Decimal | None = None
    scale_max: Decimal | None = None
    test: bool = False
    partial: bool = False
    answers: tuple[Answer, ...] = ()
    deleted: bool = False


class Revision(NamedTuple):
    """An amount of a budget line, in the line's currency; the first one's date is not looked at."""

    effective_on: date | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A budget line; `budget_rate` is base units for one unit of its currency on `starts_on`."""

    reference: str
    starts_on: date
    revisions: tuple[Revision, ...]
    ends_on: date | None = None
    service: str | None = None
    cost_type: str | None = None
    owner: str | None = None
    currency: str = "EUR"
    tolerance_percent: Decimal = Decimal(0)
    budget_rate: Decimal = Decimal(1)
    ever_approved: bool = True
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class CostEntry:
    """A cost posted on a budget line; `amount_line` is in the line's currency, cents."""

    reference: str
    line: str
    posted_on: date
    amount_line: Decimal
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal; `submitted_on` is its first submission."""

    reference: str
    kind: str = "cost_optimisation"
    service: str | None = None
    submitted_on: date | None = None
    status: str = "draft"
    verified_saving_base: Decimal | None = None
    verified_on: date | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Objective:
    """An objective."""

    reference: str
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Initiative:
    """An initiative; `started_on` is its first entry into `in_progress`."""

    reference: str
    kind: str = "strategic"
    objective: str | None = None
    sponsor: str | None = None
    started_on: date | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Company:
    """All facts of one company."""

    organisation: Organisation = Organisation()
    customers: tuple[Customer, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    services: tuple[Service, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    surveys: tuple[Survey, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    responses: tuple[Response, ...] = ()
    budget_lines: tuple[BudgetLine, ...] = ()
    cost_entries: tuple[CostEntry, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    objectives: tuple[Objective, ...] = ()
    initiatives: tuple[Initiative, ...] = ()

    def usernames(self) -> list[str]:
        """Everybody named anywhere, sorted."""
        people = {
            interval.value
            for record in self.customers + self.services
            for interval in record.intervals
            if interval.attribute in ("manager", "owner")
        }
        people |= {line.owner for line in self.budget_lines}
        people |= {initiative.sponsor for initiative in self.initiatives}
        return sorted(person for person in people if person)
