"""Owners of targets are told when a status turned: once a turn, restatements included."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from brm.core import jobs
from brm.core.models import Job
from brm.notifications.kinds import words
from brm.notifications.models import Notification
from kpis.actions import start_run
from kpis.engine import run
from kpis.models import KpiTarget, ToldStatus, Trigger
from kpis.notices import enclose_scorecard
from kpis.tasks import do_run
from kpis.turns import tell_owners
from tests.factories import ComplaintFactory, ServiceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs, "nudge", lambda job: None)


@pytest.fixture
def owner():
    return UserFactory(roles=("lead",))


@pytest.fixture
def service():
    return ServiceFactory(reference="SVC-1", name="Mail")


def complaints(month, count, service=None):
    for day in range(1, count + 1):
        ComplaintFactory(service=service, received_at=datetime(2025, month, day, 9, tzinfo=UTC))


def target(owner, *, dimension="", member=""):
    goal = KpiTarget(
        kpi="complaints",
        dimension=dimension,
        member=member,
        month="2025-01",
        target=Decimal(3),
        red=Decimal(5),
        amber=Decimal(3),
        owner=owner,
    )
    goal.save()


def night(month, day=10):
    at = datetime(2025, month, day, 1, 30, tzinfo=UTC)
    done = run(trigger=Trigger.TEST, judged_at=at, instant=at)
    tell_owners(done, now=at)
    return done


def told():
    found = Notification.objects.order_by("id")
    return [(one.data["status"], one.data["before"], one.data["restated"]) for one in found]


def test_a_turn_is_told_once(owner):
    target(owner)
    complaints(2, 2)
    complaints(3, 6)
    done = night(4)
    assert told() == [("red", "green", False)]
    tell_owners(done, now=done.instant)
    night(4, 11)
    assert told() == [("red", "green", False)]
    complaints(4, 1)
    night(5)
    assert told() == [("red", "green", False), ("green", "red", False)]


def test_nothing_is_told_while_the_status_stays(owner):
    target(owner)
    complaints(2, 1)
    complaints(3, 2)
    night(4)
    assert told() == []
    assert ToldStatus.objects.get().status == "green"


def test_a_month_that_is_not_published_yet_turns_nothing(owner):
    target(owner)
    complaints(2, 2)
    complaints(3, 6)
    night(4, 3)
    assert told() == []


def test_late_entries_that_restate_the_month_are_a_turn_told_as_such(owner):
    target(owner)
    complaints(3, 2)
    night(4)
    complaints(3, 4)
    night(4, 20)
    assert told() == [("red", "green", True)]
    night(4, 21)
    assert len(told()) == 1
    with translation.override("en"):
        wording = words(Notification.objects.get())
    assert wording.title == "Complaints: Off target"
    assert wording.text.startswith("6 in Mar 2025; before that it was: On target.")
    assert "restated" in wording.text


def test_a_member_with_a_target_of_its_own_is_told_to_its_owner(owner, service):
    other = UserFactory(roles=("lead",))
    target(other)
    target(owner, dimension="service", member="SVC-1")
    complaints(2, 1, service)
    complaints(3, 4, service)
    night(4)
    found = Notification.objects.get(recipient=owner)
    assert (found.data["status"], found.data["member"]) == ("amber", "SVC-1")
    assert "member=SVC-1" in found.url
    assert Notification.objects.filter(recipient=other).count() == 1


def test_a_target_without_an_owner_tells_nobody_and_turns_all_the_same():
    target(None)
    complaints(2, 2)
    complaints(3, 6)
    night(4)
    assert told() == []
    assert ToldStatus.objects.get().status == "red"


def test_telling_takes_the_same_statements_for_one_and_for_many(owner, service):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            tell_owners(done, now=done.instant)
        return len(captured)

    target(owner, dimension="service", member="SVC-1")
    complaints(2, 1, service)
    complaints(3, 4, service)
    at = datetime(2025, 4, 10, tzinfo=UTC)
    for number in range(2, 12):
        complaints(3, 4, ServiceFactory(reference=f"SVC-{number}"))
    done = run(trigger=Trigger.TEST, judged_at=at, instant=at)
    one = statements()
    assert Notification.objects.count() == 1
    for number in range(2, 12):
        target(owner, dimension="service", member=f"SVC-{number}")
    assert statements() <= one
    assert Notification.objects.count() == 11


def test_the_nightly_job_tells_owners_and_whoever_started_a_run_by_hand(owner):
    target(owner)
    now = datetime.now(UTC)
    start_run(by=owner)
    job = Job.objects.get(kind="kpi-run")
    assert jobs.run(job.pk).state == "done"
    do_run(job, lambda share: None)
    assert list(Notification.objects.values_list("kind", "recipient")) == [("recompute", owner.pk)]
    assert ToldStatus.objects.count() == 1
    assert Notification.objects.get().created_at >= now


def test_the_scorecard_by_mail_shows_all_kpis_of_the_last_month(owner):
    complaints(3, 6)
    night(4)
    with translation.override("en"):
        sections = enclose_scorecard(owner)
    rows = {name: value for section in sections for name, value, _remark in section.rows}
    assert len(rows) == 18
    assert rows["Complaints"] == "6"
    assert enclose_scorecard(UserFactory()) == ()
