"""Stores a company of the second implementation (tests/reference) in the database.

`store` writes what differs from what is stored already, in few statements and past every hook, as
a careless bulk load would: the dirty queue has to notice all the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from brm.core.models import User
from customers.models import Agreement, Customer, CustomerInterval
from feedback.models import Complaint, Invitation, Response, Survey
from finance.models import BudgetLine, BudgetRevision, CostEntry, Proposal
from services.models import Service, ServiceInterval
from strategy.models import Initiative, Objective
from tests.reference.company import Company, Organisation

DELETED = datetime(2020, 1, 1, tzinfo=UTC)
STAMP = datetime(2020, 1, 1, tzinfo=UTC)


def organisation_settings(organisation: Organisation) -> Any:
    """settings.BRM of an organisation."""
    return dataclasses.replace(
        settings.BRM,
        time_zone=ZoneInfo(organisation.time_zone),
        base_currency=organisation.base_currency,
        fiscal_year_start=organisation.fiscal_year_start,
        renewal_grace_days=organisation.grace_days,
    )


class Store:
    """Writes the differences between a company and what is stored."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.zone = ZoneInfo(company.organisation.time_zone)
        self.merged = {one.reference: one.merged_into for one in company.customers}
        self.ids: dict[type, dict[str, int]] = {}

    def day(self, instant: datetime | None) -> date | None:
        return None if instant is None else instant.astimezone(self.zone).date()

    def write(self, model: type, rows: Iterable[dict[str, Any]], key: str = "reference") -> None:
        """Create what is missing and update the columns that differ."""
        rows = list(rows)
        manager = getattr(model, "everything", model.objects)
        names = sorted({name for row in rows for name in row})
        stored = {row[key]: row for row in manager.values("id", *names)} if rows else {}
        new = []
        for row in rows:
            old = stored.get(row[key])
            if old is None:
                new.append(model(**row))
                continue
            changed = {name: value for name, value in row.items() if old[name] != value}
            if changed:
                manager.filter(pk=old["id"]).update(**changed)
        manager.bulk_create(new, batch_size=500)
        self.ids[model] = dict(manager.values_list(key, "id"))

    def id(self, model: type, reference: str | None) -> int | None:
        return None if reference is None else self.ids[model][reference]

    def customer(self, reference: str | None) -> int | None:
        """The survivor's id: a merge moves the facts."""
        while reference is not None and self.merged[reference] is not None:
            reference = self.merged[reference]
        return self.id(Customer, reference)

    def all(self) -> None:
        company = self.company
        self.write(
            User, ({"username": name, "name": name} for name in company.usernames()), "username"
        )
        self.write(Service, (self.record(one, name="s") for one in company.services))
        self.write(Customer, (self.record(one, name="c") for one in company.customers))
        self.intervals(ServiceInterval, Service, company.services, ("owner",))
        names = ("manager", "segment", "region", "kind")
        self.intervals(CustomerInterval, Customer, company.customers, names)
        self.write(Agreement, map(self.agreement, company.agreements))
        self.write(Complaint, map(self.complaint, company.complaints))
        self.write(Survey, map(self.survey, company.surveys))
        self.write(Invitation, map(self.invitation, company.invitations))
        self.write(Response, map(self.response, company.responses))
        self.write(BudgetLine, map(self.budget_line, company.budget_lines))
        self.revisions()
        self.write(CostEntry, map(self.cost, company.cost_entries))
        self.write(Proposal, map(self.proposal, company.proposals))
        self.write(Objective, (self.record(one, title="o") for one in company.objectives))
        self.write(Initiative, map(self.initiative, company.initiatives))

    @staticmethod
    def record(one: Any, **columns: Any) -> dict[str, Any]:
        return {
            "reference": one.reference,
            "deleted_at": DELETED if one.deleted else None,
            **columns,
        }

    # --- dated dimensions

    def intervals(self, model: type, owner: type, records: Iterable[Any], names: tuple) -> None:
        """One row for each interval in which no attribute changes."""
        key = f"{model.subject}_id"
        columns = ["starts_on", "ends_on", *model.attributes]
        stored: dict[int, list[tuple]] = {}
        for row in model.objects.order_by("starts_on").values_list(key, *columns):
            stored.setdefault(row[0], []).append(row[1:])
        new = []
        for one in records:
            starts = sorted({date.min} | {i.valid_from or date.min for i in one.intervals})
            wanted = [
                (start, end, *(self.attribute(one, name, start) for name in names))
                for start, end in zip(starts, [*starts[1:], None], strict=True)
            ]
            subject = self.id(owner, one.reference)
            if stored.get(subject) != wanted:
                model.objects.filter(**{key: subject}).delete()
                new += [
                    model(**{key: subject}, **dict(zip(columns, row, strict=True)))
                    for row in wanted
                ]
        model.objects.bulk_create(new)

    def attribute(self, one: Any, name: str, day: date) -> Any:
        value = one.owner_on(day) if name == "owner" else one.value_on(name, day)
        if name in ("owner", "manager"):
            return self.id(User, value)
        return value or ""

    # --- records

    def agreement(self, one: Any) -> dict[str, Any]:
        return self.record(
            one,
            customer_id=self.customer(one.customer),
            service_id=self.id(Service, one.service),
            status=one.status,
            starts_on=one.starts_on,
            ends_on=one.ends_on,
            termination_reason=one.termination_reason or "",
            counts_for_customer=one.counts_for_customer,
        )

    def complaint(self, one: Any) -> dict[str, Any]:
        return self.record(
            one,
            customer_id=self.customer(one.customer),
            service_id=self.id(Service, one.service),
            channel=one.channel or "",
            subject="k",
            status=one.status,
            finding=one.finding or "",
            received_at=one.received_at,
            received_on=self.day(one.received_at),
            acknowledge_due_at=one.due_at,
            acknowledged_at=one.acknowledged_at,
        )

    def survey(self, one: Any) -> dict[str, Any]:
        return self.record(
            one,
            name="q",
            service_id=self.id(Service, one.service),
            closed_at=one.closed_at,
            closed_on=self.day(one.closed_at),
        )

    def invitation(self, one: Any) -> dict[str, Any]:
        delivered = "sent" if one.invited_at else "queued"
        return self.record(
            one,
            survey_id=self.id(Survey, one.survey),
            customer_id=self.customer(one.customer),
            service_id=self.id(Service, one.service),
            status="bounced" if one.bounced else delivered,
            invited_at=one.invited_at,
            invited_on=self.day(one.invited_at),
        )

    def response(self, one: Any) -> dict[str, Any]:
        completed_at = None if one.partial else one.completed_at
        scored = Response(score=one.score, scale_min=one.scale_min, scale_max=one.scale_max)
        return self.record(
            one,
            survey_id=self.id(Survey, one.survey),
            invitation_id=self.id(Invitation, one.invitation),
            customer_id=self.customer(one.customer),
            service_id=self.id(Service, one.service),
            completed_at=completed_at,
            completed_on=self.day(completed_at),
            score=one.score,
            scale_min=one.scale_min,
            scale_max=one.scale_max,
            satisfaction=scored.normalised_score(),
            is_test=one.test,
        )

    def budget_line(self, one: Any) -> dict[str, Any]:
        return self.record(
            one,
            name="l",
            service_id=self.id(Service, one.service),
            cost_type=one.cost_type or "",
            owner_id=self.id(User, one.owner),
            status="approved" if one.ever_approved else "draft",
            starts_on=one.starts_on,
            ends_on=one.ends_on or one.starts_on + timedelta(days=364),
            amount=one.revisions[-1].amount,
            currency=one.currency,
            tolerance_percent=one.tolerance_percent,
            budget_rate=one.budget_rate,
        )

    def revisions(self) -> None:
        """The first amount, and the last written one of each later day."""
        stored: dict[int, set[tuple]] = {}
        columns = ("effective_on", "amount", "is_first")
        for line, *row in BudgetRevision.objects.values_list("line_id", *columns):
            stored.setdefault(line, set()).add(tuple(row))
        new = []
        for one in self.company.budget_lines:
            first, *later = one.revisions
            by_day = {revision.effective_on: revision.amount for revision in later}
            wanted = {(first.effective_on or one.starts_on, first.amount, True)}
            wanted |= {(day, amount, False) for day, amount in by_day.items()}
            line = self.id(BudgetLine, one.reference)
            if stored.get(line) != wanted:
                BudgetRevision.objects.filter(line_id=line).delete()
                new += [
                    BudgetRevision(
                        line_id=line, recorded_at=STAMP, **dict(zip(columns, row, strict=True))
                    )
                    for row in sorted(wanted)
                ]
        BudgetRevision.objects.bulk_create(new)

    def cost(self, one: Any) -> dict[str, Any]:
        return self.record(
            one,
            budget_line_id=self.id(BudgetLine, one.line),
            posted_on=one.posted_on,
            amount=one.amount_line,
            amount_line=one.amount_line,
            amount_base=Decimal("0.00"),
            currency="EUR",
        )

    def proposal(self, one: Any) -> dict[str, Any]:
        return self.record(
            one,
            kind=one.kind,
            title="p",
            service_id=self.id(Service, one.service),
            status=one.status,
            submitted_on=one.submitted_on,
            verified_on=one.verified_on,
            verified_saving_base=one.verified_saving_base,
        )

    def initiative(self, one: Any) -> dict[str, Any]:
        return self.record(
            one,
            kind=one.kind,
            title="n",
            objective_id=self.id(Objective, one.objective),
            sponsor_id=self.id(User, one.sponsor),
            started_on=one.started_on,
        )


def store(company: Company) -> None:
    """Bring the database in line with a company. Spells are left to the next run."""
    Store(company).all()
