"""T15: scripts in every text that is stored do nothing, on every page, in a real browser."""

from urllib.parse import quote

import pytest
from django.utils import timezone

from brm.core.crud import REGISTRY as PAGES
from brm.notifications.models import Notification
from brm.saved_views.models import SavedView
from brm.tokens.actions import issue
from tests.factories import RECORD_FACTORIES, UserFactory, make
from tests.looking import settle, sign_in
from tests.pages import sights
from tests.trust.hostile import SCRIPTS
from tests.trust.marked import texts

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
VECTORS = [text.replace("\x00", "") for text in SCRIPTS]


def storable(field, text: str) -> bool:
    """Whether the field takes the text as it is."""
    if field.max_length and len(text) > field.max_length:
        return False
    return field.name != "reference" or text.isprintable()


def infested(resource: str, text: str, number: int):
    """A record with the text in each of its text fields."""
    record = make(resource)
    for field in texts(record):
        value = f"{number} {text}"
        if field.get_internal_type() == "TextField":
            value = "\n".join(VECTORS)
        if storable(field, value):
            setattr(record, field.name, value)
    record.save()
    return record


def infest(user, vectors) -> dict:
    """Records of every kind, one for each vector; the last one of each kind by resource."""
    shown = {}
    for resource in RECORD_FACTORIES:
        for number, text in enumerate(vectors):
            shown[resource] = infested(resource, text, number).pk
    for number, text in enumerate(vectors):
        UserFactory(name=text, email=f"x{number}@example.org")
        issue(user, name=text[:90], scopes=["*"], days=1, now=timezone.now())
        SavedView.objects.create(
            records="customers", name=text[:80], owner=user, query="q=x", created_at=timezone.now()
        )
        data = {"file": text, "state": "done", "rows": 1, "refused": 0}
        Notification.objects.create(
            recipient=user, kind="import", key=str(number), data=data, created_at=timezone.now()
        )
    shown["users"] = UserFactory(name=vectors[0]).pk
    return shown


def addresses_of(shown: dict) -> list[str]:
    """Every page, and those on which a text of the address or a choice of columns is shown."""
    goal = {"kpi-targets"} - set(shown)
    every = [one for one in sights.addresses(shown) if not any(name in one for name in goal)]
    for text in VECTORS[:12]:
        for address in ("/customers/?q=", "/search/?q=", "/customers/?sort=", "/kpis/?period="):
            every.append(f"{address}{quote(text)}")
    for crud in PAGES.values():
        every.append(f"{crud.url('list')}?columns={','.join(crud.fields)}")
    return every


def watched(page, user) -> list[str]:
    """Sign in, with an ear for dialogs, policy reports and errors; what is heard is collected."""
    heard: list[str] = []
    page.on("dialog", lambda dialog: (heard.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.add_init_script(LISTEN)
    page.goto("/accounts/login/")
    sign_in(page, user)
    return heard


def listen(page, user, addresses: list[str]) -> dict[str, list[str]]:
    """What is heard on each page, where anything is."""
    heard, found = watched(page, user), {}
    for address in addresses:
        page.reports.clear()
        page.goto(address)
        settle(page)
        page.mouse.move(400, 300)
        page.keyboard.press("Tab")
        if heard or page.reports:
            found[address] = [*heard, *page.reports]
            heard.clear()
    return found


@pytest.mark.full
def test_the_ear_hears(page):
    """Without it, silence would prove nothing."""
    heard = watched(page, UserFactory(roles=["administrator"]))
    page.goto("/customers/")
    page.reports.clear()
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
    page.wait_for_timeout(300)
    assert any("CSP" in report for report in page.reports)
    page.evaluate("alert(1)")
    assert heard == ["dialog 1"]


@pytest.mark.full
def test_a_record_full_of_scripts_is_silent(page):
    user = UserFactory(roles=["administrator"], name=VECTORS[1])
    record = infested("complaints", VECTORS[0], 1)
    address = record.get_absolute_url()
    assert listen(page, user, ["/complaints/", address, f"{address}edit/", "/audit/"]) == {}


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_no_stored_script_runs_on_any_page(page):
    user = UserFactory(roles=["administrator"], name=VECTORS[1])
    every = addresses_of(infest(user, VECTORS))
    found = listen(page, user, every)
    print(f"T15: {len(VECTORS)} vectors, {len(every)} pages, {len(found)} not silent")  # noqa: T201
    assert len(VECTORS) >= 29
    assert found == {}
