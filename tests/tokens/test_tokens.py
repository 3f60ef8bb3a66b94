"""API tokens: kept hashed, bound by scopes, expiry, revocation and the owner's present rights."""

import hashlib
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from brm.core import jobs
from brm.core.models import ImportRun, Job
from brm.tokens.actions import issue, revoke
from brm.tokens.models import ApiToken, TokenRequest
from customers.models import Customer
from tests.factories import UserFactory, make

pytestmark = pytest.mark.django_db
CUSTOMERS = "/api/v1/customers/"


def bearer(*scopes, roles=("administrator",), owner=None, days=30):
    """A caller by token; `.user`, `.token` and `.secret` are what it is made of."""
    client = APIClient(enforce_csrf_checks=True)
    client.user = owner or UserFactory(roles=roles)
    client.token, client.secret = issue(
        client.user, name="ETL", scopes=scopes or ["*"], days=days, now=timezone.now()
    )
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {client.secret}")
    return client


def test_a_token_opens_the_api_without_a_session_or_a_csrf_token():
    client = bearer()
    made = client.post(CUSTOMERS, {"name": "Acme"})
    assert made.status_code == 201
    assert client.get(CUSTOMERS).json()["results"][0]["name"] == "Acme"
    assert client.get("/api/schema/").status_code == 200
    assert made["Cache-Control"] == "private, no-store"


def test_pages_are_not_opened_by_a_token():
    assert bearer().get("/customers/").status_code == 302


def test_the_secret_is_long_and_kept_as_a_fingerprint_only():
    client = bearer()
    assert len(client.secret) >= 22 + len("brm_")  # 128 bits in base 64
    row = ApiToken.objects.filter(pk=client.token.pk).values().get()
    assert row["digest"] == hashlib.sha256(client.secret.encode()).hexdigest()
    assert client.secret not in str(row)
    assert client.secret.startswith(row["prefix"])
    assert len(row["prefix"]) <= 12


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer x", "Bearer brm_" + "x" * 43, "Bearer " + "y" * 9000,
     "Bearer é", "bearer a b", "Bearer \x00"],
)  # fmt: skip
def test_what_is_no_token_is_refused(header):
    client = APIClient()
    reply = client.get(CUSTOMERS, HTTP_AUTHORIZATION=header)
    assert (reply.status_code, reply.json()["type"]) == (401, "unauthenticated")
    assert reply["WWW-Authenticate"].startswith("Bearer")


def test_a_bad_token_is_not_replaced_by_a_session():
    client = APIClient()
    client.force_login(UserFactory(roles=["administrator"]))
    assert client.get(CUSTOMERS).status_code == 200
    assert client.get(CUSTOMERS, HTTP_AUTHORIZATION="Bearer nonsense").status_code == 401


def test_it_ends_at_its_expiry(time_machine):
    time_machine.move_to("2025-05-05T10:00:00Z")
    client = bearer(days=1)
    time_machine.shift(timedelta(hours=23, minutes=59))
    assert client.get(CUSTOMERS).status_code == 200
    time_machine.shift(timedelta(minutes=2))
    assert client.get(CUSTOMERS).json()["code"] == "invalid_token"


def test_it_ends_when_revoked_and_when_the_owner_is_deactivated():
    first, second = bearer(), bearer()
    assert revoke(first.token, by=first.user, now=timezone.now())
    assert not revoke(first.token, by=first.user, now=timezone.now())
    assert first.get(CUSTOMERS).status_code == 401
    second.user.is_active = False
    second.user.save()
    assert second.get(CUSTOMERS).status_code == 401


def test_its_rights_are_those_the_owner_has_now():
    client = bearer("*", roles=("brm",))
    own, foreign = make("customers", manager=client.user), make("customers")
    assert client.patch(f"{CUSTOMERS}{own.pk}/", {"segment": "x"}).status_code == 200
    assert client.patch(f"{CUSTOMERS}{foreign.pk}/", {"segment": "x"}).status_code == 403
    client.user.groups.clear()
    assert client.get(CUSTOMERS).status_code == 403


def test_scopes_take_away():
    make("complaints")
    reader = bearer("complaints:read")
    assert len(reader.get("/api/v1/complaints/").json()["results"]) == 1
    assert reader.get(CUSTOMERS).status_code == 403
    new = {"subject": "x", "received_at": "2025-01-01T00:00:00Z"}
    assert reader.post("/api/v1/complaints/", new).status_code == 403
    writer = bearer("complaints:write")
    made = writer.post("/api/v1/complaints/", new)
    assert made.status_code == 201
    assert writer.get("/api/v1/complaints/").status_code == 200
    moved = writer.post(f"/api/v1/complaints/{made.json()['id']}/acknowledged/", {})
    assert moved.status_code == 200
    assert reader.get("/api/v1/kpis/").status_code == 403
    assert bearer("*:read").get("/api/v1/kpis/").status_code == 200
    assert bearer("*:read").post("/api/v1/complaints/", new).status_code == 403


def test_foreign_keys_reach_no_further_than_the_scopes():
    customer = make("customers")
    new = {"subject": "x", "received_at": "2025-01-01T00:00:00Z", "customer": customer.pk}
    refused = bearer("complaints:write").post("/api/v1/complaints/", new)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["customer"])
    allowed = bearer("complaints:write", "customers:read").post("/api/v1/complaints/", new)
    assert allowed.status_code == 201


def test_an_import_reaches_no_further_than_the_scopes(tmp_path):
    customer = make("customers")
    text = (
        f"reference,subject,received_at,customer\nK-1,x,2025-01-01T00:00:00Z,{customer.reference}"
    )
    for scopes, made in ((["complaints:write"], 0), (["complaints:write", "customers:read"], 1)):
        client = bearer("imports:write", *scopes)
        file = tmp_path / "complaints.csv"
        file.write_text(text)
        with file.open("rb") as opened:
            data = {"entity": "complaints", "file": opened}
            sent = client.post("/api/v1/imports/", data, format="multipart")
        assert sent.status_code == 202, sent.content
        for job in Job.objects.filter(state="queued"):
            jobs.run(job.pk)
        run = ImportRun.objects.get(pk=sent.json()["id"])
        assert run.report["counts"].get("complaints", {}).get("created", 0) == made, run.report
    with file.open("rb") as opened:
        data = {"entity": "complaints", "file": opened}
        refused = bearer("imports:write").post("/api/v1/imports/", data, format="multipart")
    assert refused.status_code == 403


def test_a_token_cannot_make_users_or_tokens():
    client = bearer("*")
    listed = client.get("/api/v1/users/")
    assert listed.status_code == 200
    for path in ("/tokens/new/", "/users/new/"):
        assert client.post(path, {"name": "x", "days": 30, "access": "*"}).status_code in (302, 403)
    assert ApiToken.objects.count() == 1
    file = StringIO("username,roles\nmallory,administrator\n")
    file.name = "users.csv"
    refused = client.post("/api/v1/imports/", {"entity": "users", "file": file}, format="multipart")
    assert refused.status_code == 403


def test_the_last_use_is_written_once_a_minute(time_machine):
    time_machine.move_to("2025-05-05T10:00:00Z", tick=False)
    client = bearer()
    seen = []
    for seconds in (0, 30, 29, 2):
        time_machine.shift(seconds)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(CUSTOMERS)
        writes = [q for q in queries.captured_queries if q["sql"].startswith(("UPDATE", "INSERT"))]
        client.token.refresh_from_db()
        seen.append((len(writes), client.token.last_used_at.strftime("%H:%M:%S")))
    assert seen == [(1, "10:00:00"), (0, "10:00:00"), (0, "10:00:00"), (1, "10:01:01")]


def test_the_history_names_user_and_token(client):
    caller = bearer()
    made = caller.post(CUSTOMERS, {"name": "Acme"}).json()
    record = Customer.objects.get(pk=made["id"])
    row = record.history.get()
    assert (row.history_user, row.door) == (caller.user, "api")
    assert TokenRequest.objects.get(request_id=row.request_id).token == caller.token
    caller.get(CUSTOMERS)
    assert TokenRequest.objects.count() == 1
    client.force_login(caller.user)
    page = client.get(f"/customers/{record.pk}/")
    assert page.context["history"][0]["origin"] == f"API, token ETL ({caller.token.prefix}…)"
    other = client.post(CUSTOMERS, {"name": "B"}, content_type="application/json")
    own = Customer.objects.get(pk=other.json()["id"])
    assert client.get(f"/customers/{own.pk}/").context["history"][0]["origin"] == "API"


def test_the_actor_ends_with_the_request():
    from brm.core.origin import NOBODY, current

    bearer().post(CUSTOMERS, {"name": "Acme"})
    assert current() == NOBODY


def test_a_demo_user_acts_on_this_machine_only(settings):
    owner = UserFactory(roles=["administrator"], is_demo=True)
    client = bearer(owner=owner)
    assert client.get(CUSTOMERS).status_code == 401
    settings.EMBEDDED = settings.BOUND_TO_LOOPBACK = True
    assert client.get(CUSTOMERS, HTTP_HOST="localhost").status_code == 200
    away = client.get(CUSTOMERS, HTTP_HOST="localhost", HTTP_X_FORWARDED_FOR="1.2.3.4")
    assert away.status_code == 401


# --- The command ---------------------------------------------------------------------------------


def created(*arguments: str) -> str:
    out = StringIO()
    call_command("create_token", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_the_command_prints_a_token_that_works():
    UserFactory(username="etl", roles=["integration"])
    secret = created("etl", "--scope", "customers:read", "complaints:write", "--days", "7")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert client.get(CUSTOMERS).status_code == 200
    assert client.post(CUSTOMERS, {"name": "x"}).status_code == 403
    token = ApiToken.objects.get()
    assert token.scopes == ["complaints:write", "customers:read"]
    assert (token.expires_at - token.created_at).days == 7
    created("etl", "--scope", "customers:read", "--scope", "services:read")
    assert ApiToken.objects.latest("id").scopes == ["customers:read", "services:read"]
    created("etl")
    assert ApiToken.objects.latest("id").scopes == ["*"]


@pytest.mark.parametrize(
    "arguments",
    [["nobody"], ["etl", "--scope", "nonsense:read"], ["etl", "--scope", "customers"],
     ["etl", "--scope", "webhooks:write"], ["etl", "--scope", "users:write"],
     ["etl", "--days", "0"], ["etl", "--days", "366"]],
)  # fmt: skip
def test_the_command_refuses(arguments):
    UserFactory(username="etl", roles=["integration"])
    with pytest.raises(CommandError):
        created(*arguments)
    assert not ApiToken.objects.exists()
