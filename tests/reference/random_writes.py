"""Random later writes to a company, each one that a page, the API or an import could make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from .company import Agreement, AgreementVersion, BudgetLine, Company, Complaint, Response
from .random_records import Maker
from .random_values import CHANNELS, COST_TYPES, PEOPLE, Values

KINDS_OF_RECORD = (
    *("customers", "agreements", "agreements", "services", "complaints", "surveys", "invitations"),
    *("responses", "budget_lines", "cost_entries", "proposals", "objectives", "initiatives"),
)


class Writer(Maker):
    """Holds a company and changes it, one write at a time."""

    def __init__(self, values: Values, company: Company) -> None:
        super().__init__(values)
        self.state = company
        for kind in set(KINDS_OF_RECORD):
            values.taken.update(record.reference for record in getattr(company, kind))

    def write(self) -> None:
        """One random write; what is new names living records only."""
        state = self.state
        living = [one.reference for one in state.services if not one.deleted]
        self.services = [None, *(living or [one.reference for one in state.services])]
        living = [one for one in state.customers if not one.deleted and not one.merged_into]
        self.customers = [None, *(one.reference for one in living)]
        self.objectives = [None, *(one.reference for one in state.objectives if not one.deleted)]
        self.random.choice(WRITES)(self)

    def pick(self, kind: str):
        """A living record of a kind, or None."""
        living = [one for one in getattr(self.state, kind) if not one.deleted]
        return self.random.choice(living) if living else None

    # --- any record

    def add(self, kind: str, *records) -> None:
        """New records."""
        self.state = replace(self.state, **{kind: getattr(self.state, kind) + records})

    def change(self, kind: str, edit: Callable) -> None:
        """Edits one random record of a kind, if there is one."""
        records = list(getattr(self.state, kind))
        if records:
            index = self.random.randrange(len(records))
            records[index] = edit(records[index])
            self.state = replace(self.state, **{kind: tuple(records)})

    def delete_or_restore(self) -> None:
        """Deletes a record or restores a deleted one; a customer merged away stays."""
        self.change(
            self.random.choice(KINDS_OF_RECORD),
            lambda one: (
                one if getattr(one, "merged_into", None) else replace(one, deleted=not one.deleted)
            ),
        )

    # --- customers and services

    def new_customer(self) -> None:
        """A customer with its history."""
        customer = self.customer()
        self.add("customers", customer)
        self.add("agreements", *self.agreements(customer.reference))

    def merge_two(self) -> None:
        """Merges one living customer into another."""
        living = [one for one in self.state.customers if not one.deleted and not one.merged_into]
        if len(living) > 1:
            loser, winner = self.random.sample(living, 2)
            merged = replace(loser, merged_into=winner.reference)
            customers = tuple(merged if one is loser else one for one in self.state.customers)
            self.state = replace(self.state, customers=customers)

    def customer_interval(self) -> None:
        """A new value of one of a customer's attributes."""
        name = self.random.choice(("manager", "segment", "region", "kind"))
        self.change("customers", lambda one: self.with_interval(one, name))

    def service_interval(self) -> None:
        """A new owner of a service."""
        self.change("services", lambda one: self.with_interval(one, "owner"))

    def with_interval(self, record, name: str):
        """The record with one more dated value."""
        return replace(record, intervals=(*record.intervals, self.interval(name, record.intervals)))

    # --- agreements

    def renewal(self) -> None:
        """An agreement that follows, or precedes, another after one of the interesting gaps."""
        grace = self.values.organisation.grace_days
        gap = self.random.choice((0, 1, grace - 1, grace, grace + 1, 2 * grace, -400, -30))
        before = self.pick("agreements")
        if before and before.customer in self.customers:
            ends_on = before.ends_on or self.values.day()
            self.add(
                "agreements", self.agreement(before.customer, ends_on + timedelta(days=1 + gap))
            )

    def agreement_edit(self) -> None:
        """A termination, a new version, a signature, a move to another customer, a switch."""
        edits = (self.end, self.new_version, self.new_version, self.sign, self.move, self.switch)
        self.change("agreements", self.random.choice(edits))

    def end(self, agreement: Agreement) -> Agreement:
        """Terminated, if it is in force."""
        return self.terminated(agreement) if agreement.status == "signed" else agreement

    def new_version(self, agreement: Agreement) -> Agreement:
        """Other dates by a next version, signed or not yet."""
        if agreement.status != "signed":
            return agreement
        starts_on = agreement.starts_on + timedelta(days=self.random.choice((0, 0, 0, -20, 15)))
        ends_on = starts_on + timedelta(days=self.random.choice((0, 30, 200, 400)))
        number = len(agreement.versions) + 1
        version = AgreementVersion(
            number, starts_on, None if self.chance(0.2) else ends_on, self.chance(0.8)
        )
        return replace(agreement, versions=(*agreement.versions, version))

    def sign(self, agreement: Agreement) -> Agreement:
        """A draft signed."""
        if agreement.status in ("signed", "terminated"):
            return agreement
        *before, latest = agreement.versions
        return replace(agreement, status="signed", versions=(*before, latest._replace(signed=True)))

    def move(self, agreement: Agreement) -> Agreement:
        """Recorded under the wrong customer."""
        customer = self.random.choice(self.customers)
        return replace(agreement, customer=customer) if customer else agreement

    def switch(self, agreement: Agreement) -> Agreement:
        """Counts for the customer, or no longer."""
        return replace(agreement, counts_for_customer=not agreement.counts_for_customer)

    # --- feedback

    def new_feedback(self) -> None:
        """A complaint; an invitation and its response."""
        self.add("complaints", self.complaint())
        survey = self.pick("surveys")
        if survey:
            invitation = self.invitation(survey)
            self.add("invitations", invitation)
            self.add("responses", self.response(invitation))

    def complaint_edit(self) -> None:
        """Any correction of a complaint."""
        self.change("complaints", self.corrected_complaint)

    def corrected_complaint(self, complaint: Complaint) -> Complaint:
        """Other status and finding, acknowledged, re-dated, other customer and service."""
        other = self.complaint()
        return replace(
            complaint,
            **self.random.choice(
                (
                    {"status": other.status, "finding": other.finding},
                    {"acknowledged_at": max(complaint.received_at, complaint.due_at)},
                    {
                        "received_at": other.received_at,
                        "due_at": other.due_at,
                        "acknowledged_at": other.acknowledged_at,
                    },
                    {"customer": other.customer, "service": other.service},
                    {"channel": self.random.choice(CHANNELS)},
                )
            ),
        )

    def survey_edit(self) -> None:
        """A survey closes, or is about another service."""
        survey = self.survey()
        self.change("surveys", lambda one: replace(one, closed_at=survey.closed_at))
        self.change("surveys", lambda one: replace(one, service=survey.service))

    def invitation_edit(self) -> None:
        """An invitation bounces after all, or is re-dated."""
        changes = ({"bounced": True}, {"invited_at": self.values.instant(500)})
        self.change("invitations", lambda one: replace(one, **self.random.choice(changes)))

    def response_edit(self) -> None:
        """A partial response completed, another score, another service, marked as a test."""
        self.change("responses", self.corrected_response)

    def corrected_response(self, response: Response) -> Response:
        """Completed, if it was partial; else corrected."""
        score, worst, best = self.values.score()
        scored = {"score": score, "scale_min": worst, "scale_max": best}
        if response.partial:
            return replace(response, partial=False, completed_at=self.values.instant(60), **scored)
        service = {"service": self.random.choice(self.services)}
        return replace(response, **self.random.choice((scored, service, {"test": True})))

    # --- finance and strategy

    def new_cost(self) -> None:
        """A posting on some line, a credit in a quarter of cases."""
        line = self.pick("budget_lines")
        if line:
            amount = self.values.money(1, 120_000) * self.random.choice((1, 1, 1, -1))
            self.add("cost_entries", self.cost(line, self.values.day(500, 10), amount))

    def cost_edit(self) -> None:
        """A posting re-dated, corrected or moved to another line."""
        changes = [{"posted_on": self.values.day(500, 10)}, {"amount_line": self.values.money()}]
        line = self.pick("budget_lines")
        if line:
            changes.append({"line": line.reference})
        self.change("cost_entries", lambda one: replace(one, **self.random.choice(changes)))

    def line_edit(self) -> None:
        """A revision, an approval, other dimensions."""
        self.change(
            "budget_lines",
            self.random.choice((self.revised, self.revised, self.approved, self.reassigned)),
        )

    def approved(self, line: BudgetLine) -> BudgetLine:
        """Approved: once and for ever."""
        return replace(line, ever_approved=True)

    def reassigned(self, line: BudgetLine) -> BudgetLine:
        """Another service, cost type or owner."""
        changes = (
            {"service": self.random.choice(self.services)},
            {"cost_type": self.random.choice(COST_TYPES)},
            {"owner": self.random.choice(PEOPLE)},
        )
        return replace(line, **self.random.choice(changes))

    def new_plan(self) -> None:
        """A proposal and an initiative."""
        self.add("proposals", self.proposal())
        self.add("initiatives", self.initiative())

    def plan_edit(self) -> None:
        """A proposal verified with another saving, an initiative begun or re-dated."""
        verified = {
            "status": "verified",
            "verified_on": self.values.day(100, 5),
            "verified_saving_base": self.values.money(),
        }
        self.change("proposals", lambda one: replace(one, **verified) if one.submitted_on else one)
        day = self.values.day(300, 10)
        self.change("initiatives", lambda one: replace(one, started_on=day))


WRITES = (
    *(Writer.delete_or_restore, Writer.delete_or_restore, Writer.new_customer, Writer.merge_two),
    *(Writer.customer_interval, Writer.customer_interval, Writer.service_interval),
    *(Writer.renewal, Writer.renewal, Writer.agreement_edit, Writer.agreement_edit),
    *(Writer.new_feedback, Writer.complaint_edit, Writer.survey_edit, Writer.invitation_edit),
    *(Writer.response_edit, Writer.new_cost, Writer.new_cost, Writer.cost_edit, Writer.line_edit),
    *(Writer.new_plan, Writer.plan_edit),
)
