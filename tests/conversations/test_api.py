"""Comments, files and followers over REST."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from brm.conversations.models import Attachment, Comment
from brm.core.crud import REGISTRY
from tests.factories import RECORD_FACTORIES, CustomerFactory, UserFactory

from .conftest import bearer, on_disk
from .making_files import HONEST, HOSTILE

RESOURCES = sorted(set(REGISTRY) & set(RECORD_FACTORIES))
pytestmark = pytest.mark.django_db


def api(user, *scopes):
    """A client with a token of the user."""
    client = APIClient()
    headers = bearer(user, *(scopes or ("*",)), now=datetime.now(UTC))
    client.credentials(HTTP_AUTHORIZATION=headers["Authorization"])
    return client


def comment(client, record, text="Agreed", **more):
    body = {"resource": record.resource, "record_id": record.pk, "text": text, **more}
    return client.post("/api/v1/comments/", body, format="json")


def upload(client, record, name="minutes.pdf", content=None):
    content = HONEST["minutes.pdf"] if content is None else content
    body = {"resource": record.resource, "record_id": record.pk}
    body["file"] = SimpleUploadedFile(name, content)
    return client.post("/api/v1/attachments/", body, format="multipart")


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_record_has_files(resource):
    client = api(UserFactory(roles=("administrator",)))
    record = RECORD_FACTORIES[resource]()
    reply = upload(client, record)
    assert reply.status_code == 201, reply.data
    assert reply.data["name"] == "minutes.pdf"
    content = client.get(f"{reply['Location']}content/")
    assert b"".join(content.streaming_content) == HONEST["minutes.pdf"]
    listed = client.get(f"/api/v1/attachments/?record={resource}:{record.pk}").data["results"]
    assert [one["id"] for one in listed] == [reply.data["id"]]
    assert client.delete(f"/api/v1/attachments/{reply.data['id']}/").status_code == 204
    assert client.get(f"/api/v1/attachments/{reply.data['id']}/").status_code == 404


def test_a_comment_from_writing_to_deleting(lead, stranger, complaint):
    client = api(lead)
    reply = comment(client, complaint, "@sam.else, @nobody and **all**")
    assert reply.status_code == 201
    made = Comment.objects.get()
    assert reply["Location"].endswith(f"/api/v1/comments/{made.pk}/")
    assert reply["ETag"] == '"1"'
    sent = dict(reply.data)
    assert sent.pop("untold") == {"out_of_sight": ["sam.else"], "unknown": ["nobody"]}
    assert sent == client.get(reply["Location"]).data
    assert {
        "reference": made.reference,
        "resource": "complaints",
        "record_id": complaint.pk,
        "author": lead.pk,
        "author_reference": "lead.one",
        "text": "@sam.else, @nobody and **all**",
        "mentioned": [],
        "edited_at": None,
    }.items() <= sent.items()
    other = CustomerFactory()
    comment(client, other, "elsewhere")
    listed = client.get(f"/api/v1/comments/?record=complaints:{complaint.pk}").data
    assert [one["id"] for one in listed["results"]] == [made.pk]
    assert len(client.get("/api/v1/comments/?ordering=-created_at").data["results"]) == 2
    stale = client.patch(reply["Location"], {"text": "x"}, format="json", HTTP_IF_MATCH='"7"')
    assert stale.status_code == 412
    changed = client.patch(reply["Location"], {"text": "Changed"}, format="json")
    assert (changed.status_code, changed.data["text"], changed["ETag"]) == (200, "Changed", '"2"')
    assert changed.data["edited_at"] is not None
    assert client.delete(reply["Location"]).status_code == 204
    assert client.delete(reply["Location"]).status_code == 404
    assert Comment.everything.get(pk=made.pk).deleted_at is not None


def test_wrong_bodies_are_refused_in_the_one_shape(lead, complaint):
    client = api(lead)
    wrong = {
        "text": comment(client, complaint, " "),
        "resource": client.post(
            "/api/v1/comments/", {"resource": "users", "record_id": 1, "text": "x"}, format="json"
        ),
        "record_id": client.post(
            "/api/v1/comments/",
            {"resource": "customers", "record_id": 99999, "text": "x"},
            format="json",
        ),
        "author": comment(client, complaint, "x", author=1),
    }
    for name, reply in wrong.items():
        assert (reply.status_code, list(reply.data["errors"])) == (400, [name]), reply.data
        assert set(reply.data) == {"type", "code", "detail", "errors"}
    assert comment(client, complaint, "x" * 10_001).status_code == 400
    for query in ("record=x", "record=users:1", "record=customers:0", "nothing=1"):
        assert client.get(f"/api/v1/comments/?{query}").status_code == 400
    assert client.put("/api/v1/comments/1/", {}, format="json").status_code == 405
    assert Comment.objects.count() == 0


def test_hostile_files_are_refused(lead, complaint, files):
    client = api(lead)
    for case in ("a program as a picture", "a bomb of zeros", "macros in a document", "a web page"):
        reply = upload(client, complaint, *HOSTILE[case])
        assert (reply.status_code, reply.data["code"]) == (400, "file_refused")
        assert list(reply.data["errors"]) == ["file"]
    assert upload(client, complaint, "a.pdf", b"").status_code == 400
    assert on_disk(files) == []
    assert Attachment.everything.count() == 0


def test_a_key_makes_a_repeated_upload_one(lead, complaint, files):
    client = api(lead)
    headers = {"HTTP_IDEMPOTENCY_KEY": "k1"}
    replies = []
    for _ in range(2):
        body = {"resource": "complaints", "record_id": complaint.pk}
        body["file"] = SimpleUploadedFile("minutes.pdf", HONEST["minutes.pdf"])
        replies.append(
            client.post("/api/v1/attachments/", body, format="multipart", **headers).status_code
        )
    assert replies == [201, 201]
    assert Attachment.objects.count() == len(on_disk(files)) == 1


# --- Rights --------------------------------------------------------------------------------------


def test_a_token_reaches_what_its_scopes_name(lead, complaint):
    made = comment(api(lead), complaint).data["id"]
    address = f"/api/v1/comments/{made}/"
    reader = api(lead, "comments:read", "complaints:read")
    assert reader.get(address).status_code == 200
    assert comment(reader, complaint).status_code == 403
    assert reader.delete(address).status_code == 403
    assert reader.get("/api/v1/attachments/").status_code == 403
    assert reader.post(f"/api/v1/complaints/{complaint.pk}/followers/").status_code == 403
    # Without the right to the record there is nothing to see of what hangs on it.
    blind = api(lead, "comments:write", "attachments:write", "followers:write")
    assert blind.get(address).status_code == 404
    assert blind.get("/api/v1/comments/").data["results"] == []
    assert comment(blind, complaint).status_code == 400
    assert upload(blind, complaint).status_code == 400
    assert blind.post(f"/api/v1/complaints/{complaint.pk}/followers/").status_code == 404
    # A file changes its record: reading that is not enough.
    half = api(lead, "attachments:write", "complaints:read")
    assert upload(half, complaint).status_code == 403
    assert upload(api(lead, "attachments:write", "complaints:write"), complaint).status_code == 201


@pytest.mark.parametrize(
    ("role", "sees", "says", "attaches"),
    [
        ("administrator", True, True, True),
        ("lead", True, True, True),
        ("operations", True, True, True),
        ("risk", True, True, False),
        ("auditor", True, False, False),
        ("executive", True, True, False),
        ("brm", False, False, False),  # the complaint is out of his portfolio
        ("finance", False, False, False),  # sees no complaints at all
    ],
)
def test_rights_follow_the_record(role, sees, says, attaches, lead, complaint):
    first = comment(api(lead), complaint).data["id"]
    file = upload(api(lead), complaint).data["id"]
    client = api(UserFactory(roles=(role,)))
    assert (client.get(f"/api/v1/comments/{first}/").status_code == 200) is sees
    content = client.get(f"/api/v1/attachments/{file}/content/")
    sent = b"".join(content.streaming_content) if content.streaming else b""
    assert (sent == HONEST["minutes.pdf"]) is sees
    assert (comment(client, complaint).status_code == 201) is says
    assert (upload(client, complaint).status_code == 201) is attaches
    expected = 204 if role in ("administrator", "lead") else 403 if sees else 404
    assert client.delete(f"/api/v1/comments/{first}/").status_code == expected
    assert client.delete(f"/api/v1/attachments/{file}/").status_code == expected
    change = client.patch(f"/api/v1/comments/{first}/", {"text": "mine now"}, format="json")
    assert change.status_code in (403, 404)


def test_followers_come_and_go(lead, manager, complaint):
    address = f"/api/v1/complaints/{complaint.pk}/followers/"
    client = api(manager)
    for _ in range(2):
        assert client.post(address).status_code == 204
    (row,) = client.get(address).data["results"]
    assert (row["user"], row["user_reference"]) == (manager.pk, "max.own")
    for _ in range(2):
        assert client.delete(address).status_code == 204
    assert api(lead).get(address).data["results"] == []
    assert client.get("/api/v1/users/1/followers/").status_code == 404
    assert client.get("/api/v1/complaints/999999/followers/").status_code == 404
    assert APIClient().get(address).status_code == 401


def test_lists_take_as_many_statements_for_many(lead, complaint, django_assert_max_num_queries):
    client = APIClient()
    client.force_login(lead)
    for path in ("comments", "attachments"):
        counts = []
        for number in (1, 9):
            for _ in range(number):
                comment(client, complaint), upload(client, complaint)
            client.get(f"/api/v1/{path}/")
            with django_assert_max_num_queries(5) as captured:
                client.get(f"/api/v1/{path}/")
            counts.append(len(captured))
        assert counts[0] == counts[1]
