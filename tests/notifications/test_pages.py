"""The pages of notifications: what is told, to whom, and how one wants to be told."""

from datetime import UTC, datetime, time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from brm.core import jobs
from brm.core.models import ImportRun, Job
from brm.notifications.models import Choice, Notification, Wishes
from brm.notifications.telling import notify
from tests.factories import ComplaintFactory, CustomerFactory, UserFactory

NOW = datetime(2025, 3, 12, 9, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs, "nudge", lambda job: None)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def tell(user, key="a", file="customers.csv", **about):
    data = {"file": file, "state": "done", "rows": 1200, "refused": 3}
    notify("import", [user.pk], key=key, now=NOW, data=data, **about)
    return Notification.objects.get(recipient=user, key=key)


def test_the_list_shows_the_own_notifications_and_why_they_came():
    user, other = UserFactory(roles=("lead",)), UserFactory(roles=("lead",))
    tell(user, url="/imports/")
    tell(other, file="SECRET.csv")
    page = client_of(user).get("/notifications/").content.decode()
    assert "“customers.csv” was imported" in page
    assert "1,200 rows, 3 refused" in page
    assert "You started this import." in page
    assert "SECRET" not in page


def test_what_is_out_of_sight_is_not_told():
    owner, stranger = UserFactory(roles=("brm",)), UserFactory(roles=("brm",))
    complaint = ComplaintFactory(customer=CustomerFactory(manager=owner))
    about = {"resource": "complaints", "record_id": complaint.pk, "file": "MARKER"}
    for user, expected in ((owner, True), (stranger, False)):
        tell(user, **about)
        page = client_of(user).get("/notifications/").content.decode()
        assert ("MARKER" in page) is expected
    assert "About something you may not see" in page


def test_opening_one_leads_on_and_marks_it_as_read():
    user = UserFactory(roles=("lead",))
    one = tell(user, url="/imports/")
    response = client_of(user).get(f"/notifications/{one.pk}/")
    one.refresh_from_db()
    assert (response.status_code, response.url) == (302, "/imports/")
    assert one.read_at is not None
    assert client_of(UserFactory()).get(f"/notifications/{one.pk}/").status_code == 404


def test_all_are_marked_as_read_at_once():
    user = UserFactory(roles=("lead",))
    tell(user), tell(user, "b")
    client = client_of(user)
    assert "Notifications, 2 unread" in client.get("/notifications/").content.decode()
    client.post("/notifications/")
    page = client.get("/notifications/?unread=1").content.decode()
    assert "unread" not in page.replace("unread=1", "")
    assert "Nothing new" in page


def test_the_number_on_the_bell_costs_a_page_no_statement():
    user = UserFactory(roles=("lead",))
    client = client_of(user)
    counts = []
    for number in range(3):
        with CaptureQueriesContext(connection) as captured:
            client.get("/customers/")
        counts.append([q["sql"] for q in captured if "notifications_" in q["sql"]])
        tell(user, str(number))
    assert [len(found) for found in counts] == [1, 1, 1]  # the one that reads the user
    assert all("core_user" in found[0] for found in counts)


def test_the_list_takes_the_same_statements_for_one_and_for_many():
    user = UserFactory(roles=("lead",))
    client = client_of(user)
    counts = []
    for several in (1, 20):
        for number in range(several):
            complaint = ComplaintFactory()
            tell(user, f"{several} {number}", resource="complaints", record_id=complaint.pk)
        with CaptureQueriesContext(connection) as captured:
            client.get("/notifications/")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 6


def test_older_ones_are_on_further_pages():
    user = UserFactory(roles=("lead",))
    for number in range(35):
        tell(user, str(number), file=f"file {number:02}.csv")
    client = client_of(user)
    first = client.get("/notifications/").content.decode()
    assert first.count("notice-title") == 30
    oldest = Notification.objects.order_by("-id")[29].pk
    assert f"before={oldest}" in first
    second = client.get(f"/notifications/?before={oldest}").content.decode()
    assert second.count("notice-title") == 5
    assert client.get("/notifications/?before=x&unread=7").status_code == 200


def test_choices_are_kept():
    user = UserFactory(roles=("lead",), time_zone="Asia/Shanghai")
    client = client_of(user)
    form = client.get("/notifications/choices/").context["form"]
    sent = dict.fromkeys(form.kinds, "mail") | {
        "kind-target-turned": "none",
        "digest_at": "07:15",
        "quiet_from": "20:00",
        "quiet_until": "07:00",
        "scorecard": "monthly",
    }
    assert client.post("/notifications/choices/", sent).status_code == 302
    wishes = Wishes.objects.get(user=user)
    assert (wishes.digest_at, wishes.quiet_from) == (time(7, 15), time(20))
    local = wishes.scorecard_next_at.astimezone(UTC)
    assert (local.hour, local.minute) == (23, 15)  # 07:15 in Shanghai
    assert Choice.objects.get(user=user, kind="target-turned").channel == "none"
    assert "target-turned" in client.get("/notifications/choices/").content.decode()


def test_quiet_hours_have_two_ends():
    client = client_of(UserFactory())
    form = client.get("/notifications/choices/").context["form"]
    sent = dict.fromkeys(form.kinds, "mail")
    sent |= {"digest_at": "07:15", "quiet_from": "20:00", "scorecard": "never"}
    response = client.post("/notifications/choices/", sent)
    assert response.status_code == 422
    assert not Wishes.objects.exists()


# --- Long work -----------------------------------------------------------------------------------


def finished_import(user, state, **values):
    run = ImportRun.objects.create(
        entity="customers", file_name="customers.csv", by=user, state=state, **values
    )
    job = jobs.enqueue("import", str(run.pk), by=user, payload={"run": run.pk})
    jobs.finish(job, Job.State.DONE, result={})
    return job


def test_an_import_ends_with_a_notification_to_whoever_started_it():
    user = UserFactory(roles=("lead",))
    job = finished_import(user, "done", report={"rows": 1200, "refused_rows": 3})
    jobs.finish(job, Job.State.DONE, result={})
    one = Notification.objects.get()
    assert (one.recipient, one.kind, one.mail) == (user, "import", "none")
    assert (one.data["rows"], one.data["refused"]) == (1200, 3)


def test_a_part_of_an_import_that_goes_on_tells_nothing():
    finished_import(UserFactory(roles=("lead",)), "importing")
    assert not Notification.objects.exists()


def test_a_job_and_its_notification_are_stored_together(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    user = UserFactory(roles=("lead",))
    monkeypatch.setattr("brm.notifications.long_work.notify", fail)
    with pytest.raises(RuntimeError):
        finished_import(user, "done")
    assert Job.objects.get().state == "queued"
