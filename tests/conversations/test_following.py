"""Following: who is told of what, once, grouped, and only of what he may see."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from brm.conversations import actions, following
from brm.conversations.models import Follow, FollowWishes
from brm.core import jobs
from brm.core.crud import REGISTRY
from brm.core.models import Job
from brm.core.origin import acting
from brm.core.writing import write_many
from brm.notifications.kinds import words
from brm.notifications.models import MailState, Notification
from customers.models import Customer
from tests.factories import RECORD_FACTORIES, CustomerFactory, UserFactory

from .conftest import client_of, work

NOW = datetime(2025, 3, 10, 9, tzinfo=UTC)
RESOURCES = sorted(set(REGISTRY) & set(RECORD_FACTORIES))
pytestmark = pytest.mark.django_db


def changed(record, by, **values):
    """A change of a record on behalf of a user."""
    for name, value in values.items():
        setattr(record, name, value)
    with acting(user=by):
        record.save()


def told(user):
    rows = Notification.objects.filter(recipient=user).order_by("pk")
    return [(one.kind, words(one).title, words(one).text) for one in rows]


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_record_is_followed(resource):
    user = UserFactory(roles=("administrator",))
    record = RECORD_FACTORIES[resource]()
    client = client_of(user)
    address = f"/conversations/{resource}/{record.pk}/"
    assert ">Follow<" in client.get(address).content.decode().replace("</svg>", ">")
    assert client.post(f"{address}follow/").status_code == 302
    assert following.is_followed(record, user)
    assert f'href="/{resource}/{record.pk}/"' in client.get("/following/").content.decode()
    name = next(n for n in ("reference",) if hasattr(record, n))
    changed(record, UserFactory(), **{name: "NEW-1"})
    work()
    ((kind, title, _text),) = told(user)
    assert (kind, str(record) in title) == ("followed", True)
    assert client.post(f"{address}unfollow/").status_code == 302
    assert not following.is_followed(record, user)
    changed(record, UserFactory(), **{name: "NEW-2"})
    work()
    assert len(told(user)) == 1


def test_changes_are_told_together_and_not_ones_own(lead, manager):
    customer = CustomerFactory(name="Nordwind", manager=manager)
    following.follow(customer, by=manager, now=NOW)
    changed(customer, manager, segment="Energy")
    work()
    assert told(manager) == []
    changed(customer, lead, segment="Power", region="North")
    work()
    assert told(manager) == [("followed", "Mei Chen changed Nordwind", "Region, segment")]
    changed(customer, lead, tier="key")
    changed(customer, lead, region="South")
    work()
    assert told(manager) == [("followed", "Nordwind: 3 changes", "Region, segment, tier")]
    Notification.objects.update(read_at=NOW)
    changed(customer, lead, region="East")
    work()
    assert len(told(manager)) == 2


def test_what_a_mail_told_already_is_told_anew(lead, manager):
    customer = CustomerFactory(manager=manager)
    following.follow(customer, by=manager, now=NOW)
    changed(customer, lead, segment="A")
    work()
    Notification.objects.update(mail=MailState.SENT)
    changed(customer, lead, segment="B")
    work()
    assert len(told(manager)) == 2


def test_a_job_that_is_repeated_tells_nothing_twice(lead, manager):
    customer = CustomerFactory(manager=manager)
    following.follow(customer, by=manager, now=NOW)
    changed(customer, lead, segment="A")
    work()
    before = told(manager)
    Job.objects.update(state="queued", attempts=0)
    work()
    assert told(manager) == before
    assert len(before) == 1


def test_a_move_is_told_with_its_state(lead, manager, complaint):
    following.follow(complaint, by=manager, now=NOW)
    with acting(user=lead):
        complaint.move_to("acknowledged", by=lead, now=datetime.now(UTC))
    work()
    ((kind, title, text),) = told(manager)
    assert (kind, title) == ("followed", "Mei Chen changed No cover at night")
    assert text.startswith("Moved to “Acknowledged”")


def test_comments_and_files_are_told_to_followers(lead, manager, complaint):
    from .test_files import attached

    following.follow(complaint, by=manager, now=NOW)
    actions.say(complaint, "First\n\nsecond", by=lead, now=NOW)
    attached(complaint, lead)
    work()
    assert told(manager) == [
        ("comment", "Mei Chen commented: No cover at night", "First second"),
        ("attachment", "Mei Chen added a file: No cover at night", "minutes.pdf"),
    ]
    assert told(lead) == []


def test_who_lost_the_right_is_told_nothing(lead, manager, complaint):
    following.follow(complaint, by=manager, now=NOW)
    customer = complaint.customer
    customer.manager = None
    customer.save()
    changed(complaint, lead, subject="MARKER")
    actions.say(complaint, "MARKER", by=lead, now=NOW)
    work()
    assert told(manager) == []
    page = client_of(manager).get("/following/").content.decode()
    assert "A record you may not see" in page
    assert complaint.subject not in page


def test_authors_follow_unless_they_do_not_want_to(lead, manager, complaint):
    actions.say(complaint, "@max.own", by=lead, now=NOW)
    assert following.is_followed(complaint, lead)
    assert following.is_followed(complaint, manager)
    client = client_of(manager)
    assert client.post("/following/", {"own": "on"}).status_code == 302
    assert list(FollowWishes.objects.values_list("own", "mentioned")) == [(True, False)]
    other = CustomerFactory(manager=manager)
    actions.say(other, "@max.own", by=lead, now=NOW)
    assert not following.is_followed(other, manager)
    client.post(f"/conversations/complaints/{complaint.pk}/unfollow/")
    actions.say(complaint, "again", by=manager, now=NOW)
    assert not following.is_followed(complaint, manager)
    following.follow(complaint, by=manager, now=NOW)
    assert following.is_followed(complaint, manager)


def test_one_unfollows_from_the_notification(lead, manager, complaint):
    following.follow(complaint, by=manager, now=NOW)
    actions.say(complaint, "hello", by=lead, now=NOW)
    work()
    client = client_of(manager)
    page = client.get("/notifications/").content.decode()
    address = reverse("conversation-unfollow", args=["complaints", complaint.pk])
    assert f'action="{address}"' in page
    assert "You follow this record." in page
    client.post(address)
    assert not following.is_followed(complaint, manager)


def test_replayed_and_new_records_are_told_to_nobody(lead):
    customer = CustomerFactory()
    following.follow(customer, by=UserFactory(roles=("lead",)), now=NOW)
    customer.replayed_at = NOW
    changed(customer, lead, segment="A")
    customer.replayed_at = None
    with acting(user=lead):
        customer.soft_delete()
    CustomerFactory()
    assert not Job.objects.filter(kind=following.TELL).exists()


def followed_customers(count, followers):
    made = [CustomerFactory() for _ in range(count)]
    people = [UserFactory(roles=("lead",)) for _ in range(followers)]
    Follow.objects.bulk_create(
        Follow(parent_resource="customers", parent_id=one.pk, user=person, since=NOW)
        for one in made
        for person in people
    )
    return made


def test_writing_and_telling_cost_as_much_for_many(lead, django_assert_max_num_queries):
    costs = []
    for count, followers in ((1, 1), (12, 5)):
        records = [Customer.objects.get(pk=c.pk) for c in followed_customers(count, followers)]
        for record in records:
            record.segment = "Bulk"
        with acting(user=lead), django_assert_max_num_queries(40) as writing:
            write_many(records)
        job = Job.objects.get(kind=following.TELL, state="queued")
        with django_assert_max_num_queries(40) as telling:
            jobs.run(job.pk)
        costs.append((len(writing), len(telling)))
        assert Notification.objects.filter(kind="followed").count() == count * followers
        Notification.objects.all().delete()
    assert costs[0] == costs[1]


def test_a_write_of_what_nobody_follows_asks_once(lead, django_assert_num_queries):
    changes = following.note
    customer = CustomerFactory()
    from brm.core.watching import UPDATED, Change

    with django_assert_num_queries(1):
        changes([Change(customer, UPDATED, {"segment": ("", "A")})])
    assert not Job.objects.exists()


def test_the_list_of_what_one_follows_is_paged_and_costs_as_much(
    lead, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("brm.conversations.following_views.PAGE", 5)
    client = client_of(lead)
    counts = []
    for number in (1, 11):
        for _ in range(number):
            following.follow(CustomerFactory(), by=lead, now=NOW)
        client.get("/following/")
        with django_assert_max_num_queries(12) as captured:
            page = client.get("/following/").content.decode()
        counts.append(len(captured))
    assert counts[0] == counts[1]
    seen = 0
    path = "/following/"
    while path:
        page = client.get(path).content.decode()
        seen += page.count('action="/conversations/')
        older = page.partition('href="?before=')[2].partition('"')[0]
        path = f"/following/?before={older}" if older else ""
    assert seen == 12
