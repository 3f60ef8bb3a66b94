"""T23, T24: nobody is led to another host, by no parameter and no header."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings as product
from django.test import Client

from brm.core import jobs
from brm.core.models import Job, User
from tests.accounts.conftest import PASSWORD
from tests.pages.conftest import signed_in

pytestmark = [pytest.mark.once, pytest.mark.django_db]
AWAY = [
    "https://evil.example/", "http://evil.example/", "//evil.example/", "///evil.example/",
    "////evil.example", "/\\evil.example/", "\\\\evil.example/", "/\\/evil.example/",
    "\\/evil.example", "https:evil.example", "https:/evil.example", "http:\\\\evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x", "ftp://evil.example/", "https://testserver@evil.example/",
    "https://testserver.evil.example/", "https://evil.example#testserver", "\t//evil.example/",
    " //evil.example/", "/\t/evil.example/", "//evil.example\\@testserver/", "\x00//evil.example",
    "https://evil.example\\.testserver/", "/%09/evil.example", "//\u3002evil.example",
    "https:///evil.example/", "<input autofocus onfocus=alert(1)>",
]  # fmt: skip


def leads_to(response) -> str:
    """The host that a browser goes to, which takes backslashes for slashes and drops blanks."""
    target = response.get("Location") or response.get("HX-Redirect") or ""
    target = re.sub(r"[\t\r\n]", "", target.strip("\x00 \t\r\n")).replace("\\", "/")
    parts = urlsplit(urljoin("http://testserver/somewhere/", target))
    return f"{parts.scheme}://{parts.netloc}"


def sign_in_first(client, target):
    return client.post("/accounts/login/", {"login": "ada", "password": PASSWORD, "next": target})


WAYS = {
    "theme": lambda client, to: client.post("/theme/", {"next": to, "theme": "dark"}),
    "language": lambda client, to: client.post("/i18n/setlang/", {"next": to, "language": "en"}),
    "language in the address": lambda client, to: client.get("/i18n/setlang/", {"next": to}),
    "referer": lambda client, to: client.post(
        "/i18n/setlang/", {"language": "en"}, headers={"Referer": to.replace("\n", "")}
    ),
    "sign-in": sign_in_first,
    "sign-in, signed in": lambda client, to: client.get("/accounts/login/", {"next": to}),
    "sign-out": lambda client, to: client.post("/accounts/logout/", {"next": to}),
    "recompute": lambda client, to: client.post("/kpis/runs/new/", {"next": to}),
    "proving again": lambda client, to: client.post(
        "/accounts/reauthenticate/", {"password": PASSWORD, "next": to}
    ),
    "password": lambda client, to: client.post("/accounts/password/change/", {"next": to}),
    "default view": lambda client, to: client.post("/views/1/default/", {"next": to}),
}


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs, "nudge", lambda job_id: None)


@pytest.fixture
def ada():
    user = User.objects.create_user("ada", "ada@example.org", PASSWORD)
    user.groups.add(*signed_in("administrator").user.groups.all())
    return user


@pytest.mark.parametrize("way", WAYS)
def test_no_parameter_leads_away(ada, way):
    for target in AWAY:
        client = Client(raise_request_exception=False)
        if way != "sign-in":
            client.force_login(ada)
        response = WAYS[way](client, target)
        assert response.status_code < 500, (way, target)
        assert leads_to(response) == "http://testserver", (way, target, dict(response.headers))
    assert len(AWAY) >= 25


def test_one_is_led_back_where_one_was():
    client = signed_in("administrator")
    for way in ("theme", "language", "recompute"):
        response = WAYS[way](client, "/customers/?q=a")
        assert response["Location"] == "/customers/?q=a", way


# --- Host headers --------------------------------------------------------------------------------

HOSTS = [
    "evil.example", "evil.example:80", "localhost.evil.example", "testserver@evil.example", "",
    "localhost:80@evil.example", "evil.example/localhost", "[::1].evil.example", "localhost\\",
    "127.0.0.1.evil.example", "*", ".", "local host", "ｌｏｃａｌｈｏｓｔ",
]  # fmt: skip
FORGED = {
    "X-Forwarded-Host": "evil.example",
    "Forwarded": "host=evil.example",
    "X-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Original-URL": "/users/",
    "X-Rewrite-URL": "/users/",
}


def test_unknown_hosts_are_refused():
    for host in HOSTS:
        response = Client().get("/accounts/login/", HTTP_HOST=host)
        assert response.status_code == 400, host
        assert b"evil" not in response.content


def test_links_in_mails_lead_to_the_configured_site(ada, mailoutbox):
    forged = {"headers": FORGED | {"Host": "localhost"}}
    Client().post("/accounts/password/reset/", {"email": ada.email}, **forged)
    admin = Client()
    admin.force_login(ada)
    admin.post(f"/users/{ada.pk}/invite/", **forged)
    for job in Job.objects.filter(state=Job.State.QUEUED):
        jobs.run(job.pk)
    assert len(mailoutbox) == 2
    for mail in mailoutbox:
        links = re.findall(r"https?://\S+", mail.body)
        assert links
        hosts = {urlsplit(link.rstrip(".,)")).netloc for link in links}
        assert hosts == {urlsplit(product.SITE_URL).netloc}
        assert "evil" not in str(mail.message())


def test_forged_headers_change_no_address(ada):
    client = Client()
    client.force_login(ada)
    reply = client.get("/api/v1/", headers=FORGED)
    assert "evil" not in reply.content.decode()
    page = client.get("/customers/", headers=FORGED)
    assert b"evil" not in page.content
    assert page.context["request"].path == "/customers/"
