"""Comments: who says what, who is told, who sees nothing of it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from brm.audit.models import AuditEntry
from brm.conversations import actions, views
from brm.conversations.models import Comment, Follow
from brm.core.crud import REGISTRY
from brm.core.models import Record
from brm.notifications.models import Notification
from customers.models import Customer
from tests.factories import RECORD_FACTORIES, ComplaintFactory, UserFactory

from .conftest import client_of, work

NOW = datetime(2025, 3, 10, 9, tzinfo=UTC)
RESOURCES = sorted(set(REGISTRY) & set(RECORD_FACTORIES))
pytestmark = pytest.mark.django_db


def said(record, by, text="What was agreed?"):
    return actions.say(record, text, by=by, now=NOW).comment


def address(record):
    return f"/conversations/{record.resource}/{record.pk}/"


def told():
    """Who was told of what, in order."""
    rows = Notification.objects.order_by("pk").values_list("recipient__username", "kind")
    return list(rows)


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_record_is_talked_about(resource):
    record = RECORD_FACTORIES[resource]()
    assert isinstance(record, Record)
    client = client_of(UserFactory(roles=("administrator",)))
    page = client.get(f"/{resource}/{record.pk}/").content.decode()
    assert f'hx-get="{address(record)}"' in page
    assert "No comment yet" in client.get(address(record)).content.decode()
    assert client.post(address(record), {"text": "**Agreed**"}).status_code == 302
    page = client.get(address(record)).content.decode()
    assert "<strong>Agreed</strong>" in page
    assert Comment.objects.get().parent_key == f"{resource}:{record.pk}"
    part = client.get(address(record), headers={"HX-Request": "true"}).content.decode()
    assert "<strong>Agreed</strong>" in part
    assert "<html" not in part


def test_nothing_to_say_is_said_so(lead, complaint):
    client = client_of(lead)
    for text, message in (
        ("", "Write something first."),
        (" \r\n ", "Write something first."),
        ("x" * 10_001, "at most 10000 characters"),
        ("a\x00b", "Null characters are not allowed"),
    ):
        reply = client.post(address(complaint), {"text": text})
        assert reply.status_code == 422
        assert message in reply.content.decode()
        part = client.post(address(complaint), {"text": text}, headers={"HX-Request": "true"})
        assert (part.status_code, message in part.content.decode()) == (200, True)
    assert Comment.objects.count() == 0


def test_a_comment_is_corrected_for_a_day_by_its_author(lead, manager, complaint):
    comment = said(complaint, manager)
    comment.created_at = datetime.now(UTC) - timedelta(hours=1)
    comment.save()
    client = client_of(manager)
    assert "What was agreed?" in client.get(f"/comments/{comment.pk}/edit/").content.decode()
    reply = client.post(f"/comments/{comment.pk}/edit/", {"text": "What was *not* agreed?"})
    assert reply.url == f"/complaints/{complaint.pk}/#conversation"
    comment.refresh_from_db()
    assert (comment.text, comment.edited_at is not None) == ("What was *not* agreed?", True)
    assert ">edited<" in client.get(address(complaint)).content.decode()
    assert client_of(lead).get(f"/comments/{comment.pk}/edit/").status_code == 403
    assert client_of(lead).post(f"/comments/{comment.pk}/edit/", {"text": "x"}).status_code == 403
    comment.created_at = datetime.now(UTC) - timedelta(hours=25)
    comment.save()
    assert client.post(f"/comments/{comment.pk}/edit/", {"text": "late"}).status_code == 403
    with pytest.raises(PermissionDenied):
        actions.correct(comment, complaint, "late", by=manager, now=datetime.now(UTC))
    comment.refresh_from_db()
    assert comment.text == "What was *not* agreed?"


def test_the_same_words_again_change_nothing(manager, complaint):
    comment = said(complaint, manager)
    actions.correct(comment, complaint, comment.text, by=manager, now=comment.created_at)
    comment.refresh_from_db()
    assert (comment.version, comment.edited_at) == (1, None)


def test_who_may_delete_what(lead, manager, complaint):
    operations = UserFactory(roles=("operations",))
    own, other = said(complaint, manager), said(complaint, lead)
    assert client_of(operations).post(f"/comments/{own.pk}/delete/").status_code == 403
    assert client_of(manager).get(f"/comments/{own.pk}/delete/").status_code == 200
    assert client_of(manager).post(f"/comments/{other.pk}/delete/").status_code == 403
    assert client_of(manager).post(f"/comments/{own.pk}/delete/").status_code == 302
    assert client_of(manager).post(f"/comments/{own.pk}/delete/").status_code == 404
    third = said(complaint, manager)
    assert client_of(lead).post(f"/comments/{third.pk}/delete/").status_code == 302
    assert list(Comment.objects.all()) == [other]
    assert Comment.everything.count() == 3


def test_each_write_is_audited_without_its_words(manager, complaint):
    comment = said(complaint, manager, "SECRET words")
    actions.correct(comment, complaint, "SECRET others", by=manager, now=comment.created_at)
    actions.take_back(comment)
    entries = AuditEntry.objects.filter(kind="comments", object_id=comment.pk).order_by("pk")
    assert [entry.event for entry in entries] == ["created", "updated", "deleted"]
    assert "SECRET" not in str([entry.changes for entry in entries])
    assert [row.text for row in comment.history.order_by("history_id")] == [
        "SECRET words",
        "SECRET others",
        "SECRET others",
    ]


def test_auditors_read_and_do_not_speak(complaint, lead):
    said(complaint, lead, "to be read")
    client = client_of(UserFactory(roles=("auditor",)))
    page = client.get(address(complaint)).content.decode()
    assert "to be read" in page
    assert "<textarea" not in page
    assert client.post(address(complaint), {"text": "x"}).status_code == 403


# --- Mentions ------------------------------------------------------------------------------------


def test_who_is_mentioned_is_told_once_and_follows(lead, manager, complaint):
    comment = said(complaint, lead, "@max.own and @max.own: please look. @lead.one too")
    work()
    assert told() == [("max.own", "mention")]
    one = Notification.objects.get()
    assert one.url == f"/complaints/{complaint.pk}/#conversation"
    assert one.data["excerpt"].startswith("@max.own and")
    assert comment.mentioned == ["lead.one", "max.own"]
    followers = Follow.objects.about(complaint).values_list("user__username", "is_active")
    assert set(followers) == {("lead.one", True), ("max.own", True)}
    actions.correct(comment, complaint, "@max.own, corrected", by=lead, now=comment.created_at)
    work()
    assert told() == [("max.own", "mention")]


def test_who_may_not_see_the_record_is_not_told_and_the_author_is(lead, stranger, complaint):
    client = client_of(lead)
    text = "@sam.else, @nobody.here and @gone: MARKER"
    UserFactory(username="gone", is_active=False, roles=("lead",))
    client.post(address(complaint), {"text": text})
    page = client.get(address(complaint)).content.decode()
    assert "@sam.else may not see this record and was not told." in page
    assert "Nobody here is called @nobody.here, @gone." in page
    work()
    assert told() == []
    assert "MARKER" not in client_of(stranger).get("/notifications/").content.decode()
    assert not Follow.objects.about(complaint).filter(user=stranger).exists()


def test_rights_are_asked_when_it_is_told(lead, manager, complaint):
    said(complaint, lead, "@max.own MARKER")
    customer = complaint.customer
    customer.manager = None
    customer.save()
    work()
    assert told() == []


def test_a_comment_taken_back_is_told_no_more(lead, manager, complaint):
    comment = said(complaint, lead, "@max.own MARKER")
    work()
    assert told() == [("max.own", "mention")]
    actions.take_back(comment)
    assert told() == []
    late = said(complaint, lead, "@max.own MARKER")
    actions.take_back(late)
    work()
    assert told() == []


def test_it_is_told_in_the_readers_language(lead, complaint, manager, mailoutbox):
    manager.language, manager.email = "zh-hans", "max@example.com"
    manager.save()
    said(complaint, lead, "@max.own 请看")
    work()
    (mail,) = mailoutbox
    assert "Mei Chen 提到了你" in mail.subject
    assert "有人点名提到了你" in mail.body
    assert (
        "Mei Chen mentioned you"
        in client_of(manager)
        .get("/notifications/", headers={"Accept-Language": "en"})
        .content.decode()
    )


def test_the_picker_offers_only_people_who_may_see_the_record(lead, manager, stranger, complaint):
    client = client_of(lead)
    page = client.get(f"{address(complaint)}people/?q=").content.decode()
    assert 'data-value="max.own"' in page
    assert "sam.else" not in page
    assert (
        'data-value="lead.one"' in client.get(f"{address(complaint)}people/?q=mei").content.decode()
    )


# --- Nobody else ---------------------------------------------------------------------------------


def test_who_does_not_see_the_record_finds_no_trace(lead, stranger, complaint):
    """T5: markers in a comment, a file name and its content; every address of ours."""
    comment = said(complaint, lead, "MARKER words")
    from .test_files import attached

    file = attached(complaint, lead, "MARKER.txt", b"MARKER")
    Follow.objects.create(
        parent_resource="complaints", parent_id=complaint.pk, user=stranger, since=NOW
    )
    complaint.subject = "MARKER subject"
    complaint.save()
    work()
    client = client_of(stranger)
    pages = [
        address(complaint),
        f"{address(complaint)}people/?q=",
        f"/comments/{comment.pk}/edit/",
        f"/comments/{comment.pk}/delete/",
        f"/attachments/{file.pk}/content/",
        f"/attachments/{file.pk}/delete/",
        f"/api/v1/comments/{comment.pk}/",
        f"/api/v1/attachments/{file.pk}/",
        f"/api/v1/attachments/{file.pk}/content/",
        f"/api/v1/complaints/{complaint.pk}/followers/",
    ]
    missing = [re.sub(r"/\d+/", "/99999/", path) for path in pages]
    for path in [*pages, *missing]:
        reply = client.get(path)
        assert reply.status_code == 404, path
        assert "MARKER" not in reply.content.decode()
    open_to_all = [
        "/following/",
        "/notifications/",
        "/search/?q=subject",
        "/api/v1/comments/",
        "/api/v1/attachments/",
        f"/api/v1/comments/?record=complaints:{complaint.pk}",
        f"/api/v1/attachments/?record=complaints:{complaint.pk}",
    ]
    for path in open_to_all:
        reply = client.get(path)
        assert reply.status_code == 200, path
        assert "MARKER" not in reply.content.decode(), path
    for path in (address(complaint), f"{address(complaint)}follow/", f"{address(complaint)}files/"):
        assert client.post(path, {"text": "x"}).status_code == 404
    # Leaving needs no right and tells nothing.
    reply = client.post(f"{address(complaint)}unfollow/")
    assert reply.url == "/following/"
    assert not Notification.objects.filter(recipient=stranger).exists()


def test_a_deleted_record_takes_its_conversation_out_of_sight(lead, complaint):
    said(complaint, lead, "MARKER")
    complaint.soft_delete()
    client = client_of(lead)
    assert client.get(address(complaint)).status_code == 404
    assert client.get("/api/v1/comments/").json()["results"] == []
    complaint.restore()
    assert "MARKER" in client.get(address(complaint)).content.decode()


def test_addresses_of_no_record_are_not_found(lead):
    client = client_of(lead)
    for path in ("users/1", "comments/1", "nothing/1", "customers/0", f"customers/{2**63}"):
        assert client.get(f"/conversations/{path}/").status_code == 404


def test_a_user_without_a_role_sees_nothing(complaint):
    client = client_of(UserFactory())
    assert client.get(address(complaint)).status_code == 404
    assert client.get("/api/v1/comments/").status_code == 403


# --- Cost ----------------------------------------------------------------------------------------


def test_a_conversation_takes_as_many_statements_with_many_in_it(
    lead, complaint, django_assert_max_num_queries
):
    from .test_files import attached

    client = client_of(lead)
    client.get(address(complaint))
    counts = []
    for number in (1, 15):
        for n in range(number):
            said(complaint, UserFactory(username=f"a{number}.{n}"), f"No {n}")
            attached(complaint, lead)
        with django_assert_max_num_queries(12) as captured:
            assert client.get(address(complaint)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_long_conversations_are_paged(lead, complaint, monkeypatch):
    monkeypatch.setattr("brm.conversations.showing.COMMENTS", 3)
    for number in range(7):
        said(complaint, lead, f"number {number}.")
    client, path, seen = client_of(lead), address(complaint), []
    while path:
        page = client.get(path).content.decode()
        seen.append([n for n in range(7) if f"number {n}." in page])
        found = re.search(r'href="([^"]*\?comments_before=\d+)"', page)
        path = found[1] if found else ""
    assert seen == [[4, 5, 6], [1, 2, 3], [0]]
    assert client.get(f"{address(complaint)}?comments_before=x&files_before=-1").status_code == 200


def test_saying_costs_as_much_however_many_are_mentioned(lead, django_assert_max_num_queries):
    customer = ComplaintFactory().customer or Customer.objects.create(name="N")
    counts = []
    for number in (2, 20):
        people = [UserFactory(username=f"p{number}.{n}", roles=("lead",)) for n in range(number)]
        text = " ".join(f"@{person.username}" for person in people)
        with django_assert_max_num_queries(60) as captured:
            assert len(actions.say(customer, text, by=lead, now=NOW).mentions.told) == number
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_no_more_are_mentioned_than_fifty(lead, complaint):
    text = " ".join(f"@nobody{n}" for n in range(80))
    mentions = actions.say(complaint, text, by=lead, now=NOW).mentions
    assert len(mentions.unknown) == 50
    assert "@nobody49" in views.untold(mentions)
