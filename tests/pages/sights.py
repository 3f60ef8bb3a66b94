"""Every page there is, found by walking the product's addresses, and records to show on them.

A page whose address takes nothing is looked at by itself. One that takes something needs a line in
`arguments`; what is no page needs a line in NO_PAGES that says why.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from brm.bulk_changes.models import BulkChange
from brm.core import jobs
from brm.core.crud import REGISTRY
from brm.core.models import ImportRun, Job
from brm.exports.models import Export
from kpis.engine import run
from kpis.models import KpiTarget, Run, RunState, Trigger
from tests.factories import RECORD_FACTORIES, CustomerFactory, UserFactory

UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LONG = f"{UNBROKEN}{UNBROKEN[:60]} 有限责任公司"
NIGHT = datetime(2025, 4, 10, 1, 30, tzinfo=UTC)
# Of every record: what a picker offers, a lifecycle's POST, a cell of a list.
DOORS = ("-options", "-move", "-cell")

NO_PAGES = {
    "theme": "a POST that keeps a cookie",
    "set_language": "a POST that keeps a cookie",
    "kpi-progress": "a part of a page",
    "imports-progress": "a part of a page",
    "bulk-changes-progress": "a part of a page",
    "exports-progress": "a part of a page",
    "exports-file": "a file",
    "notification-open": "leads to what a notification is about",
    "imports-refused": "a file",
    "tokens-revoke": "a POST",
    "account-session-end": "a POST",
    "account-sessions-end": "a POST",
    "account_set_password": "leads on: every user has a password",
    "users-delete": "refused: users are never deleted",
    "metrics": "text for a machine",
    "schema": "JSON",
    "docs": "drawn by Swagger, which is not ours",
}
# How the names of addresses begin that have a look of their own, and where.
ELSEWHERE = {
    "webhooks-": "tests/webhooks/test_pages.py",
    "conversation": "tests/conversations/test_browser.py",
    "comment-": "tests/conversations/test_browser.py",
    "attachment": "tests/conversations/test_browser.py",
    "users-invite": "tests/accounts/test_browser.py",
    "users-hand-over": "tests/accounts/test_browser.py",
    "setup": "tests/accounts/test_browser.py",
    "link": "tests/accounts/test_browser.py",
    "account_reset_password": "tests/accounts/test_browser.py",
    "mfa_": "tests/accounts/test_browser.py",
    "openid_connect_": "tests/accounts/test_browser.py",
    "socialaccount_": "tests/accounts/test_browser.py",
}
MORE = [
    "/kpis/?period=2025-03",
    "/kpis/complaints/?period=2025-03&part=targets",
    "/kpis/complaints/?period=2025-03&part=method",
    "/kpis/complaints/?period=2025-03&part=restatements",
    "/kpis/complaints/?period=2025-03&part=comparison",
    "/kpis/service_satisfaction/?period=2025-Q1&as_of=2026-01-01T00:00Z",
    "/customers/?q=nobody-is-called-so",
]
# Before there was a record, and as its first entry left it.
BEFORE = "as_of=2020-01-01T00:00Z"
# Looked at in each of their states (`imports`, `in_progress`).
IN_STATES = {"imports-detail", "imports-mapping", "exports-detail"}
IN_STATES |= {"bulk-changes-detail", "bulk-changes-preview"}
OTHERS = tuple(ELSEWHERE)
SIGNED_OUT = {"account_login", "account_inactive"}


def named_addresses() -> Iterator[tuple[str, bool]]:
    """The name of each address that answers GET, and whether it takes something; not the API's."""
    for pattern, route, takes in _walk(get_resolver(), "", False):
        if pattern.name and not route.startswith("api/v1/") and _answers_get(pattern):
            yield pattern.name, takes


def _answers_get(pattern: URLPattern) -> bool:
    view = getattr(pattern.callback, "view_class", None)
    return view is None or "get" in view.http_method_names


def _walk(
    resolver: URLResolver, prefix: str, takes: bool
) -> Iterator[tuple[URLPattern, str, bool]]:
    for one in resolver.url_patterns:
        route = f"{prefix}{one.pattern}"
        more = takes or bool(one.pattern.converters) or "(?P<" in str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one, route, more)
        else:
            yield one, route, more


def is_page(name: str) -> bool:
    """Whether a named address is a page to be looked at here."""
    return name not in NO_PAGES and not name.endswith(DOORS) and not name.startswith(OTHERS)


def arguments(shown: dict[str, Any]) -> dict[str, list[Any]]:
    """What the addresses that take something are looked at with."""
    found: dict[str, list[Any]] = {
        "kpi-page": ["complaints"],
        "customers-merge": [shown["customers"]],
        "users-sessions": [shown["users"]],
    }
    for resource in REGISTRY:
        for page in ("detail", "history", "rights", "update", "delete"):
            if resource in shown:
                found[f"{resource}-{page}"] = [shown[resource]]
    return found


def addresses(shown: dict[str, Any]) -> list[str]:
    """Every page signed-in people can open, with the records in `shown` (key by resource)."""
    given = arguments(shown)
    found = []
    for name, takes in named_addresses():
        if not is_page(name) or name in SIGNED_OUT | IN_STATES:
            continue
        if not takes or name in given:
            found.append(reverse(name, args=given.get(name, [])))
    return found + _past(shown)


def _past(shown: dict[str, Any]) -> list[str]:
    """Pages of records as they were."""
    found = []
    for resource in {"customers", "agreements"} & set(shown):
        page = reverse(f"{resource}-detail", args=[shown[resource]])
        first = REGISTRY[resource].model.history.filter(id=shown[resource]).last()
        found += [f"{page}?{BEFORE}", *([f"{page}?entry={first.history_id}"] if first else [])]
    return found


# --- Records and imports to show -----------------------------------------------------------------


def ugly_records() -> dict[str, Any]:
    """A record of each kind with a long name, a night's figures; keys by resource."""
    shown: dict[str, Any] = {}
    for resource, factory in RECORD_FACTORIES.items():
        record = factory()
        for name in ("name", "title", "subject"):
            if hasattr(record, name):
                setattr(record, name, LONG[: record._meta.get_field(name).max_length])
        if hasattr(record, "amount"):
            record.amount = Decimal(987_654_321_098)
        record.save()
        shown[resource] = record.pk
    shown["users"] = UserFactory(name=LONG, roles=("brm", "service_owner")).pk
    goal = KpiTarget(kpi="complaints", month="2025-01", target=4)
    goal.save()
    shown["kpi-targets"] = goal.pk
    run(trigger=Trigger.TEST, judged_at=NIGHT, instant=NIGHT)
    Run.objects.create(state=RunState.FAILED, trigger=Trigger.MANUAL, error=LONG * 3)
    CustomerFactory(name="0")
    return shown


def in_progress(user: Any) -> list[str]:
    """Changes of many records and exports of a user, in several states; addresses."""
    customer = CustomerFactory(name=LONG)
    change = {"records": "customers", "keys": [[customer.pk, customer.version]], "by": user}
    change |= {"created_at": NIGHT, "values": {"tier": "key"}}
    outcome = [[customer.pk, LONG, "refused", LONG, customer.version, {}]]
    made = [
        BulkChange.objects.create(state=state, outcomes=outcomes, **change)
        for state, outcomes in (("draft", []), ("previewed", []), ("done", outcome))
    ]
    export = {"records": "customers", "by": user, "created_at": NIGHT}
    export |= {"expires_at": NIGHT.replace(year=9000)}
    files = [Export.objects.create(state=state, **export) for state in ("queued", "done", "failed")]
    return [
        reverse("bulk-changes-detail", args=[made[0].pk]),
        reverse("bulk-changes-preview", args=[made[1].pk]),
        reverse("bulk-changes-detail", args=[made[2].pk]),
        *(reverse("exports-detail", args=[file.pk]) for file in files),
    ]


def imports(user: Any) -> dict[str, str]:
    """An import in each state, by what it shows; addresses."""
    client = Client()
    client.force_login(user)
    found = {}
    for state in ("mapping", "checked", "failed", "done", "undone", "at work"):
        import_run = _upload(client)
        _advance(client, import_run, state)
        found[state] = reverse(_page(state), args=[import_run.pk])
    return found


def _page(state: str) -> str:
    return "imports-mapping" if state == "mapping" else "imports-detail"


def _upload(client: Client) -> ImportRun:
    rows = "".join(f"R{n},{LONG},{'key' if n % 2 else 'gold'},red\n" for n in range(6))
    content = f"reference,Title,tier,{UNBROKEN}\n{rows}".encode()
    file = SimpleUploadedFile(f"{UNBROKEN}.csv", content)
    client.post(reverse("imports-new"), {"entity": "customers", "file": file})
    return ImportRun.objects.latest("pk")


def _advance(client: Client, import_run: ImportRun, state: str) -> None:
    """Bring an upload as far as `state`."""
    if state == "mapping":
        return
    chosen = {"column_reference": "reference", "column_name": "Title", "column_tier": "tier"}
    client.post(reverse("imports-mapping", args=[import_run.pk]), chosen)
    _work()
    if state == "checked":
        return
    how = {"on_error": "stop"} if state == "failed" else {}
    client.post(reverse("imports-start", args=[import_run.pk]), how)
    if state == "at work":
        return
    _work()
    if state == "undone":
        client.post(reverse("imports-undo", args=[import_run.pk]))
        _work()


def _work() -> None:
    while job := Job.objects.filter(state="queued").first():
        jobs.run(job.pk)
