"""T5: nothing of a record out of sight is found by any way of reading, by any role."""

import json
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from brm.core.api import REGISTRY as RESOURCES
from brm.core.crud import REGISTRY as PAGES
from brm.core.crud.list_query import offered_columns, sortable
from brm.core.roles import ROLES
from brm.notifications.models import Notification
from kpis import engine
from kpis.definitions import KPIS
from tests.factories import RECORD_FACTORIES
from tests.pages.conftest import signed_in

from .marked import MARK, Marked, numbers_in

pytestmark = [pytest.mark.once, pytest.mark.django_db]


def text_of(response) -> str:
    """What a reply says, files included."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace") + str(dict(response.headers))


class Reader:
    """A user who reads whatever there is; `leaks` are the addresses where he saw too much."""

    def __init__(self, role: str, *, deep: bool) -> None:
        self.deep = deep
        self.client = signed_in(*([role] if role else []))
        self.user = self.client.user
        self.marked = Marked(self.user)
        if deep:
            engine.run(trigger="test", judged_at=timezone.now())
        self.hidden = self.marked.hidden_from(self.user)
        self.leaks: dict[str, set[str]] = {}
        self.replies = 0
        self.shown: set[str] = set()

    def read(self, address: str, **parameters: str) -> str:
        response = self.client.get(address, parameters)
        return self.judge(f"{address}?{urlencode(parameters)}", response)

    def judge(self, address: str, response) -> str:
        assert response.status_code < 500, address
        self.replies += 1
        text = text_of(response)
        self.shown |= numbers_in(text)
        if found := numbers_in(text) & self.hidden:
            self.leaks[address] = found
        return text

    # --- Ways of reading -------------------------------------------------------------------------

    def lists(self) -> None:
        for resource, crud in PAGES.items():
            address = crud.url("list")
            self.read(address)
            self.read(address, q=MARK)
            self.read(address, columns=",".join(offered_columns(crud)), sort="-id")
            self.read(crud.url("options"), q=MARK)
            for sort in sorted(sortable(crud)) if self.deep else ():
                self.read(address, sort=sort)
            for name, value in self.relations(resource):
                self.read(address, **{name: value})

    def relations(self, resource: str):
        """Filters by foreign records."""
        if resource not in self.marked.own:
            return
        for field in self.marked.own[resource]._meta.fields:
            target = getattr(field.related_model, "resource", None) if field.is_relation else None
            if target in self.marked.foreign:
                record = self.marked.foreign[target]
                yield field.name, str(record.pk)
                yield f"{field.name}_reference", f"{MARK}9999y"

    def details(self) -> None:
        for resource, crud in PAGES.items():
            if resource not in RECORD_FACTORIES:
                continue
            for record in (self.marked.own[resource], self.marked.foreign[resource]):
                self.read(crud.url("detail", record.pk))
                if crud.fields:
                    self.read(crud.url("update", record.pk))
                    self.read(crud.url("delete", record.pk))
                    self.read(crud.url("create"), **dict(self.relations(resource)))
                    for name in crud.fields if self.deep else ():
                        self.read(crud.url("cell", record.pk, name))

    def exports(self) -> None:
        for records in PAGES:
            columns = ",".join(offered_columns(PAGES[records]))
            for kind in ("csv", "json"):
                asked = {"records": records, "file_format": kind, "wording": "words"}
                asked["query"] = f"columns={columns}"
                self.judge(f"export {records}", self.client.post("/exports/new/", asked))
            body = {"resource": records}
            made = self.client.post(
                "/api/v1/exports/", json.dumps(body), content_type="application/json"
            )
            self.judge(f"api export {records}", made)
            if made.status_code in (201, 202):
                self.read(f"/api/v1/exports/{made.json()['id']}/file/")

    def rest(self) -> None:
        for resource, view in RESOURCES.items():
            address = f"/api/v1/{resource}/"
            self.read(address)
            assert self.no_rows(address, search=f"{MARK}9999")
            self.read(address, search=MARK)
            for name in view.sortable() if self.deep else ():
                self.read(address, ordering=f"-{name}")
            for name, value in self.relations(resource):
                self.read(address, **{name: value})
            if resource in self.marked.own:
                for record in (self.marked.own[resource], self.marked.foreign[resource]):
                    self.read(f"{address}{record.pk}/")
                    self.read(f"{address}by-reference/{record.reference}/")

    def no_rows(self, address: str, **parameters: str) -> bool:
        reply = self.client.get(address, parameters)
        return reply.status_code != 200 or reply.json()["results"] == []

    def oracles(self) -> None:
        """What is hidden narrows no list either: a search for it finds nothing at all."""
        for resource in RECORD_FACTORIES:
            for number in sorted(self.hidden)[: None if self.deep else 2]:
                address = f"/api/v1/{resource}/"
                assert self.no_rows(address, search=f"{MARK}{number}x"), (address, number)

    def search(self) -> None:
        for text in (MARK, f"name {MARK}", "title", "subject"):
            self.read("/search/", q=text)
            self.read("/search/options/", q=text)

    def kpis(self) -> None:
        for address in ("/", "/kpis/", "/kpis/runs/", "/api/v1/kpis/", "/api/v1/kpi-runs/"):
            self.read(address)
        for kpi in KPIS:
            for part in ("", "rows", "targets", "restatements", "comparison"):
                self.read(f"/kpis/{kpi.key}/", period="2025-03", part=part)
            for dimension in kpi.dimensions:
                self.read(f"/kpis/{kpi.key}/", period="2025-03", dimension=dimension)
                asked = {"from": "2025-01", "to": "2025-06", "dimension": dimension}
                self.read(f"/api/v1/kpis/{kpi.key}/series/", **asked)
            self.read(f"/api/v1/kpis/{kpi.key}/rows/", period="2025-03")
            since = "2020-01-01T00:00:00Z"
            self.read(f"/api/v1/kpis/{kpi.key}/changes/", period="2025-03", since=since)

    def rest_of_it(self) -> None:
        for number, record in self.marked.records.items():
            Notification.objects.create(
                recipient=self.user,
                kind="kpi-alert",
                key=f"{number}",
                data={"title": f"{MARK}{number}x"},
                resource=record.resource,
                record_id=record.pk,
                created_at=timezone.now(),
            )
        for address in ("/notifications/", "/audit/", "/api/v1/audit-entries/", "/imports/"):
            self.read(address)
        for records in RECORD_FACTORIES:
            kept = {"records": records, "name": "kept", "query": f"q={MARK}", "audience": "own"}
            self.judge(f"view {records}", self.client.post("/views/new/", kept, follow=True))

    def everything(self) -> None:
        for way in (
            *(self.lists, self.details, self.exports, self.rest, self.search),
            *(self.oracles, self.rest_of_it, *([self.kpis] if self.deep else [])),
        ):
            way()


def read_all(role: str, *, deep: bool) -> Reader:
    reader = Reader(role, deep=deep)
    reader.everything()
    print(f"T5 {role}: {len(reader.leaks)} leaks in {reader.replies} replies")  # noqa: T201
    return reader


def test_a_role_with_a_narrow_scope_finds_no_foreign_mark():
    reader = read_all("brm", deep=False)
    assert reader.leaks == {}
    assert reader.hidden
    assert reader.shown - reader.hidden  # the marks do show where they may


@pytest.mark.full
@pytest.mark.parametrize("role", [*ROLES, ""])
def test_no_role_finds_a_mark_out_of_its_sight_by_any_way(role):
    assert read_all(role, deep=True).leaks == {}
