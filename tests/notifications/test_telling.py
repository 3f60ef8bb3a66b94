"""Telling: once, to whom it concerns, when they want it, in their language; mails at most once."""

from datetime import UTC, datetime, time, timedelta
from smtplib import SMTPServerDisconnected
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from brm.core import jobs
from brm.core.models import Job
from brm.notifications import mailing
from brm.notifications.kinds import Kind, Wording, register_kind
from brm.notifications.models import Choice, Notification, Wishes
from brm.notifications.schedule import tick
from brm.notifications.telling import notify
from brm.notifications.times import after_quiet, next_delivery, next_time
from tests.factories import ComplaintFactory, CustomerFactory, UserFactory

NOW = datetime(2025, 3, 12, 9, tzinfo=UTC)  # a Wednesday
SHANGHAI = ZoneInfo("Asia/Shanghai")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    """A kind of the tests' own; nothing is sent to a broker."""
    from brm.notifications import kinds

    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    monkeypatch.setattr(jobs, "nudge", lambda job: None)
    return register_kind(
        Kind("test", "A test", "Because of the test.", lambda data: Wording(data["title"]))
    )


def tell(*users, key="a", now=NOW, title="Something", **about):
    notify("test", [u.pk for u in users], key=key, now=now, data={"title": title}, **about)


def send(now):
    """What a worker sends at an instant; the subjects of the mails."""
    before = len(mail.outbox)
    while batch := list(mailing.due(now).select_related("recipient", "recipient__wishes")):
        for one in mailing._mails(batch):
            mailing.send(one, now)
    return [message.subject for message in mail.outbox[before:]]


def person(**values):
    return UserFactory(**{"email": "mei@example.com"} | values)


# --- In the product ------------------------------------------------------------------------------


def test_the_same_occasion_is_told_once():
    user = person()
    for _again in range(3):
        tell(user)
    assert list(Notification.objects.values_list("recipient", "key")) == [(user.pk, "a")]


def test_nobody_is_told_who_left_or_does_not_want_to_be():
    gone, unwilling, willing = person(is_active=False), person(), person()
    Choice.objects.create(user=unwilling, kind="test", channel="none")
    tell(gone, unwilling, willing)
    assert list(Notification.objects.values_list("recipient", flat=True)) == [willing.pk]


def test_nothing_is_told_of_what_was_taken_back():
    user = person()
    with transaction.atomic():
        tell(user)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize("several", [1, 60])
def test_telling_takes_the_same_statements_for_one_and_for_many(several):
    users = [person() for _n in range(several)]
    tell(person(), key="warm")
    Job.objects.all().delete()
    with CaptureQueriesContext(connection) as captured:
        tell(*users)
    assert Notification.objects.filter(key="a").count() == several
    assert len([q for q in captured if "SAVEPOINT" not in q["sql"]]) <= 6


# --- By mail -------------------------------------------------------------------------------------


def test_a_mail_goes_out_once_in_plain_text_and_html():
    user = person(name="Mei Chen")
    tell(user, title="Target <b>turned</b>", url="/kpis/complaints/")
    assert send(NOW) == ["Target <b>turned</b>"]
    assert send(NOW) == []
    (message,) = mail.outbox
    html = message.alternatives[0].content
    assert message.to == ["mei@example.com"]
    assert "Target <b>turned</b>\nhttp://localhost:8000/kpis/complaints/" in message.body
    assert "Because of the test." in message.body
    assert "Target &lt;b&gt;turned&lt;/b&gt;" in html
    assert "<img" not in html
    assert "style" not in html
    assert Notification.objects.get().mail == "sent"


def test_texts_are_never_templates():
    user = person()
    tell(user, title="{{7*7}} {0.__class__} %(x)s ${7*7}")
    assert send(NOW) == ["{{7*7}} {0.__class__} %(x)s ${7*7}"]


def test_a_subject_cannot_bring_headers_along():
    tell(person(), title="Hello\nBcc: all@example.com")
    assert send(NOW) == ["Hello Bcc: all@example.com"]
    assert "Bcc" not in mail.outbox[0].message()


def test_the_mail_is_in_the_recipients_language():
    tell(person(language="zh-hans", name="陈美"))
    send(NOW)
    assert "陈美，您好：" in mail.outbox[0].body
    assert 'lang="zh-hans"' in mail.outbox[0].alternatives[0].content


def test_a_worker_that_died_over_a_mail_sends_it_no_second_time(monkeypatch):
    tell(person())

    def die(self, *args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(mailing.EmailMultiAlternatives, "send", die)
    with pytest.raises(KeyboardInterrupt):
        send(NOW)
    monkeypatch.undo()
    assert send(NOW + timedelta(days=1)) == []
    assert Notification.objects.get().mail == "sending"


def test_a_mail_taken_by_another_worker_is_left_alone():
    tell(person())
    both = [list(mailing.due(NOW).select_related("recipient")) for _worker in range(2)]
    assert [mailing.send(one, NOW) for one in both] == [True, False]
    assert len(mail.outbox) == 1


def test_a_refused_mail_is_tried_again_later_and_then_given_up(monkeypatch):
    tell(person())

    def refuse(self, *args, **kwargs):
        raise SMTPServerDisconnected("gone")

    monkeypatch.setattr(mailing.EmailMultiAlternatives, "send", refuse)
    now, tries = NOW, 0
    while (one := Notification.objects.get()).mail == "due":
        assert one.mail_due_at >= now
        now = one.mail_due_at
        send(now)
        tries += 1
    assert (tries, one.mail, one.claim) == (mailing.ATTEMPTS, "failed", "")
    assert now - NOW > timedelta(hours=1)


def test_the_job_sends_what_is_due_and_may_be_repeated():
    tell(person(), person(), now=datetime.now(UTC))
    job = Job.objects.get(kind="notifications")
    assert jobs.run(job.pk).result == {"mails": 2}
    assert mailing.send_due(job, lambda share: None) == {"mails": 0}
    assert len(mail.outbox) == 2


def test_a_mail_tells_nothing_of_a_record_out_of_sight():
    owner = person(roles=("brm",))
    stranger = person(roles=("brm",), email="stranger@example.com")
    complaint = ComplaintFactory(subject="MARKER", customer=CustomerFactory(manager=owner))
    about = {"resource": "complaints", "record_id": complaint.pk, "url": "/x/"}
    tell(owner, stranger, title="MARKER", **about)
    assert send(NOW) == ["MARKER"]
    assert mail.outbox[0].to == [owner.email]


# --- When ----------------------------------------------------------------------------------------


def test_mail_waits_for_the_end_of_quiet_hours_in_the_recipients_zone():
    user = person(time_zone="Asia/Shanghai")
    Wishes.objects.create(user=user, quiet_from=time(18), quiet_until=time(7, 30))
    late = datetime(2025, 3, 12, 23, 0, tzinfo=SHANGHAI)
    tell(user, now=late)
    assert send(late) == []
    assert send(datetime(2025, 3, 13, 7, 29, tzinfo=SHANGHAI)) == []
    assert send(datetime(2025, 3, 13, 7, 30, tzinfo=SHANGHAI)) == ["Something"]


def test_a_digest_gathers_what_came_during_the_day():
    user = person()
    Choice.objects.create(user=user, kind="test", channel="digest")
    for number in range(3):
        tell(user, key=str(number), title=f"Thing {number}")
    assert send(datetime(2025, 3, 13, 7, 59, tzinfo=UTC)) == []
    assert send(datetime(2025, 3, 13, 8, 0, tzinfo=UTC)) == ["Accord: 3 notifications"]
    assert [f"Thing {n}" in mail.outbox[0].body for n in range(3)] == [True] * 3


def test_here_only_means_no_mail():
    user = person()
    Choice.objects.create(user=user, kind="test", channel="app")
    tell(user)
    assert send(NOW + timedelta(days=9)) == []
    assert Notification.objects.count() == 1


@pytest.mark.parametrize(
    ("clock", "begins", "ends", "expected"),
    [
        (time(12), time(22), time(6), (12, time(12))),
        (time(23), time(22), time(6), (13, time(6))),
        (time(3), time(22), time(6), (12, time(6))),
        (time(6), time(22), time(6), (12, time(6))),
        (time(13), time(12), time(14), (12, time(14))),
        (time(14), time(12), time(14), (12, time(14))),
        (time(14), time(12), time(12), (12, time(14))),
        (time(14), None, time(12), (12, time(14))),
    ],
)
def test_quiet_hours(clock, begins, ends, expected):
    instant = datetime.combine(NOW.date(), clock, tzinfo=SHANGHAI)
    found = after_quiet(instant, SHANGHAI, begins, ends).astimezone(SHANGHAI)
    assert (found.day, found.time()) == expected


def test_the_next_time_survives_the_change_of_the_clocks():
    berlin = ZoneInfo("Europe/Berlin")
    saturday = datetime(2025, 3, 29, 9, tzinfo=berlin)
    found = next_time(saturday, berlin, time(8))
    assert found == datetime(2025, 3, 30, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [("never", None), ("weekly", (2025, 3, 17)), ("monthly", (2025, 4, 1))],
)
def test_the_scorecard_comes_on_mondays_or_on_the_first(rhythm, expected):
    found = next_delivery(NOW, SHANGHAI, time(8), rhythm)
    if expected is None:
        assert found is None
    else:
        assert found == datetime(*expected, 8, tzinfo=SHANGHAI)


def test_a_scorecard_is_ordered_once_for_each_date():
    user = person(roles=("lead",))
    due = datetime(2025, 3, 17, 8, tzinfo=UTC)
    Wishes.objects.create(user=user, scorecard="weekly", scorecard_next_at=due)
    tick(due - timedelta(minutes=1))
    assert not Notification.objects.exists()
    tick(due)
    tick(due)
    assert Notification.objects.get().key == "weekly 2025-03-17"
    assert Wishes.objects.get().scorecard_next_at == due + timedelta(days=7)
    assert send(due) == ["Your KPI scorecard"]
