"""Each kind of write that alters a contribution is found by the next night, on its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kpis import engine
from tests import factories

NOW = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
MARCH = datetime(2025, 3, 10, 9, tzinfo=UTC)
FEBRUARY = date(2025, 2, 1)

pytestmark = pytest.mark.django_db


class Company:
    """One record of each kind, all with contributions."""

    def __init__(self) -> None:
        make = factories
        self.customer = make.CustomerFactory(segment="old")
        self.service = make.ServiceFactory()
        self.other = make.ServiceFactory()
        about = {"customer": self.customer, "service": self.service}
        self.agreement = make.AgreementFactory(**about, status="signed")
        self.complaint = make.ComplaintFactory(**about, received_at=MARCH)
        self.survey = make.SurveyFactory(closed_at=MARCH, service=self.service)
        asked = {**about, "survey": self.survey}
        sent = {"invited_at": MARCH, "status": "sent"}
        self.invitation = make.InvitationFactory(**asked, **sent)
        score = {"score": Decimal(5), "scale_min": Decimal(1), "scale_max": Decimal(5)}
        self.response = make.ResponseFactory(**asked, **score, completed_at=MARCH)
        self.line = make.BudgetLineFactory(
            service=self.service, amount=Decimal(100), status="approved"
        )
        self.cost = make.CostEntryFactory(budget_line=self.line, amount=Decimal(150))
        self.proposal = make.ProposalFactory(
            service=self.service, submitted_on=MARCH.date(), status="submitted"
        )
        self.initiative = make.InitiativeFactory(started_on=MARCH.date())
        self.user = make.UserFactory()


def change(record: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(record, name, value)
    record.save()


def dated(record: Any, **values: Any) -> None:
    """A correction that holds from February on, before every fact."""
    change(record, valid_from=FEBRUARY, **values)


# What is written, and how many contributions that closes and opens.
WRITES: list[tuple[str, Callable[[Company], None], tuple[int, int]]] = [
    ("customer's reference", lambda c: change(c.customer, reference="X"), (4, 4)),
    ("customer's segment", lambda c: dated(c.customer, segment="new"), (11, 11)),
    ("service's owner", lambda c: dated(c.service, owner=c.user), (1, 1)),
    ("service's reference", lambda c: change(c.service, reference="X"), (2, 2)),
    ("agreement's start", lambda c: change(c.agreement, starts_on=date(2025, 4, 2)), (2, 1)),
    ("agreement's end", lambda c: change(c.agreement, ends_on=date(2025, 4, 2)), (3, 1)),
    ("agreement deleted", lambda c: c.agreement.soft_delete(), (5, 0)),
    ("complaint withdrawn", lambda c: change(c.complaint, status="withdrawn"), (2, 1)),
    ("complaint upheld", lambda c: change(c.complaint, finding="upheld"), (0, 1)),
    ("complaint's service", lambda c: change(c.complaint, service=c.other), (2, 2)),
    ("survey's day", lambda c: change(c.survey, closed_at=MARCH + timedelta(days=9)), (1, 1)),
    ("survey deleted", lambda c: c.survey.soft_delete(), (5, 0)),
    ("invitation bounced", lambda c: change(c.invitation, status="bounced"), (1, 0)),
    (
        "response answers an invitation",
        lambda c: change(c.response, invitation=c.invitation),
        (1, 1),
    ),
    ("response's score", lambda c: change(c.response, score=Decimal(1)), (2, 2)),
    ("response is a test", lambda c: change(c.response, is_test=True), (3, 0)),
    ("line's service", lambda c: change(c.line, service=c.other), (2, 2)),
    ("line's tolerance", lambda c: change(c.line, tolerance_percent=Decimal(60)), (1, 0)),
    (
        "line's amount",
        lambda c: change(c.line, amount=Decimal(120), effective_on=FEBRUARY),
        (1, 1),
    ),
    ("cost's amount", lambda c: change(c.cost, amount=Decimal(160)), (1, 1)),
    ("cost deleted", lambda c: c.cost.soft_delete(), (2, 0)),
    ("proposal's day", lambda c: change(c.proposal, submitted_on=FEBRUARY), (1, 1)),
    ("initiative's day", lambda c: change(c.initiative, started_on=FEBRUARY), (1, 1)),
    ("initiative's kind", lambda c: change(c.initiative, kind="operational"), (1, 0)),
    ("cost without effect", lambda c: change(c.cost, description="other"), (0, 0)),
]


@pytest.mark.parametrize(
    ("write", "moved"), [(w, m) for _n, w, m in WRITES], ids=[n for n, *_ in WRITES]
)
def test_the_next_night_finds_it(write, moved):
    company = Company()
    engine.run(trigger="test", judged_at=NOW)
    write(company)
    night = engine.run(trigger="test", judged_at=NOW)
    assert not night.full
    assert (night.rows_out, night.rows_in) == moved
    assert engine.run(trigger="test", judged_at=NOW, full=True).differences == 0
