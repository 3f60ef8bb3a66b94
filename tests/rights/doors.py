"""The ways in: each is a method at an address, and what its answers mean."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.test import Client
from rest_framework.test import APIClient

from brm.core.crud import REGISTRY as PAGES
from brm.core.crud.cell_edits import is_long
from tests.rights.company import Company, change_of, model_of, undone

Try = Callable[[Company, Any, str, str], Any]
NAMES = {200: "yes", 201: "yes", 202: "yes", 204: "yes", 302: "yes", 409: "yes", 422: "yes"}
NAMES |= {403: "refused", 404: "hidden", 401: "unknown", 405: "no such thing"}


@dataclass(frozen=True)
class Door:
    """A way in that needs `verb`; `has_place`: it is about one record or where a new one lies.

    `barred` is the answer to those who see no such record at all, `beyond` to those who make one
    outside of their scope.
    """

    name: str
    verb: str
    send: Try
    has_place: bool = True
    barred: str = "refused"
    beyond: str = "refused"

    def try_it(self, company: Company, client: Any, resource: str, place: str) -> str:
        with undone():
            return meaning(self.send(company, client, resource, place))


def meaning(response: Any) -> str:
    """What an answer means; for one of many records that of the record."""
    code = response if isinstance(response, int) else response.status_code
    if code == 302 and response.url.startswith("/accounts/login/"):
        return "unknown"
    return NAMES.get(code, str(code))


def client_of(company: Company, kind: str, anonymous: bool, token: APIClient | None) -> Any:
    if anonymous:
        return Client() if kind == "pages" else APIClient()
    return token or (company.pages if kind == "pages" else company.api)


def of(resource: str, kind: str) -> list[Door]:
    """The doors of a resource, those that it has."""
    has_moves = hasattr(model_of(resource), "Status")
    doors = API if kind == "api" else page_doors(resource)
    return [door for door in doors if door.verb != "move" or has_moves]


# --- REST ----------------------------------------------------------------------------------------


def root(resource: str) -> str:
    return f"/api/v1/{resource}/"


def one(company: Company, resource: str, place: str) -> str:
    return f"{root(resource)}{company.records[resource][place].pk}/"


def named(company: Company, resource: str, place: str) -> str:
    reference = quote(company.records[resource][place].reference, safe="")
    return f"{root(resource)}by-reference/{reference}/"


def first_move(record: Any) -> Any:
    """The legal move that asks for least."""
    return min(record.legal_moves(), key=lambda step: (len(step.requires), step.reason))


def _move(company: Company, client: Any, resource: str, place: str) -> Any:
    record = company.records[resource][place]
    step = first_move(record)
    body = {"reason": "x"} if step.reason else {}
    response = client.post(f"{one(company, resource, place)}{hyphens(step.target)}/", body)
    # A move that lacks its fields got past the rights.
    return 200 if response.status_code == 400 else response


def hyphens(state: str) -> str:
    return state.replace("_", "-")


def _bulk(company: Company, client: Any, resource: str, item: dict[str, Any]) -> Any:
    response = client.post(f"{root(resource)}bulk/", {"items": [item]})
    if response.status_code != 200:
        return response
    return response.json()["results"][0]["status"]


def _bulk_change(company: Company, client: Any, resource: str, place: str) -> Any:
    record = company.records[resource][place]
    answer = _bulk(company, client, resource, {"id": record.pk, **change_of(resource)})
    if getattr(answer, "status_code", 0) == 403:  # nothing at all may be written
        seen = client.get(one(company, resource, place)).status_code
        return 404 if seen == 404 else answer
    return answer


def _put(company: Company, client: Any, address: str, resource: str, place: str) -> Any:
    return client.put(address, company.payloads[resource][place])


API = [
    Door("GET list", "see", lambda c, client, r, p: client.get(root(r)), has_place=False),
    Door("GET", "see", lambda c, client, r, p: client.get(one(c, r, p)), barred="hidden"),
    Door("GET by-reference", "see", lambda c, client, r, p: client.get(named(c, r, p))),
    Door("PATCH", "edit", lambda c, client, r, p: client.patch(one(c, r, p), change_of(r))),
    Door("PUT", "edit", lambda c, client, r, p: _put(c, client, one(c, r, p), r, p)),
    Door("PUT by-reference", "edit", lambda c, client, r, p: _put(c, client, named(c, r, p), r, p)),
    Door("POST bulk of one there", "edit", _bulk_change),
    Door("DELETE", "delete", lambda c, client, r, p: client.delete(one(c, r, p))),
    Door("POST move", "move", _move),
    Door("POST", "create", lambda c, client, r, p: client.post(root(r), c.payloads[r][p])),
    Door(
        "PUT by-reference of a new one",
        "create",
        lambda c, client, r, p: _put(c, client, f"{root(r)}by-reference/NEW-1/", r, p),
    ),
    Door("POST bulk", "create", lambda c, client, r, p: _bulk(c, client, r, c.payloads[r][p])),
    Door(
        "POST exports",
        "export",
        lambda c, client, r, p: client.post("/api/v1/exports/", {"resource": r}),
        has_place=False,
    ),
]


# --- Pages ---------------------------------------------------------------------------------------


def page_doors(resource: str) -> list[Door]:
    """The doors of a record's pages, by the address below the record's or the list's own."""
    barred = {"barred": "hidden"}
    doors = [
        Door("list", "see", _get(""), has_place=False, **barred),
        Door("options", "see", _get("options/"), has_place=False, **barred),
        Door("page", "see", _get_one(""), **barred),
        Door("rights", "see", _get_one("rights/"), **barred),
        Door("form of a new one", "create", _get("new/"), has_place=False, **barred),
        Door("new one", "create", _post_new, has_place=False, **barred),
        Door("form", "edit", _get_one("edit/"), **barred),
        Door("form sent", "edit", _post_one("edit/"), **barred),
        Door("question before deleting", "delete", _get_one("delete/"), **barred),
        Door("deleting", "delete", _post_one("delete/"), **barred),
        Door("move", "move", _page_move, **barred),
        Door("export", "export", _page_export, has_place=False),
    ]
    if cell_of(resource):
        doors.append(Door("cell", "edit", _cell, **barred))
        doors.append(Door("cell sent", "edit", _cell_sent, **barred))
    return doors


def _get(tail: str) -> Try:
    return lambda c, client, r, p: client.get(f"/{r}/{tail}")


def _get_one(tail: str) -> Try:
    return lambda c, client, r, p: client.get(f"/{r}/{c.records[r][p].pk}/{tail}")


def _post_one(tail: str) -> Try:
    return lambda c, client, r, p: client.post(f"/{r}/{c.records[r][p].pk}/{tail}")


def _post_new(company: Company, client: Any, resource: str, place: str) -> Any:
    return client.post(f"/{resource}/new/")


def _page_move(company: Company, client: Any, resource: str, place: str) -> Any:
    record = company.records[resource][place]
    target = hyphens(first_move(record).target)
    return client.post(f"/{resource}/{record.pk}/move/{target}/")


def export(client: Any, resource: str) -> Any:
    asked = {"records": resource, "query": "", "file_format": "csv", "wording": "codes"}
    return client.post("/exports/new/", asked)


def _page_export(company: Company, client: Any, resource: str, place: str) -> Any:
    response = export(client, resource)
    if response.streaming:
        list(response.streaming_content)  # to its end, which closes it
    return response


def cell_of(resource: str) -> str | None:
    """A field that can be changed in the list, if there is one."""
    crud = PAGES[resource]
    if crud.update_view is not None:
        return None
    fields = [crud.model._meta.get_field(name) for name in crud.fields]
    return next(f.name for f in fields if f.name != "reference" and not is_long(f))


def _cell(company: Company, client: Any, resource: str, place: str) -> Any:
    pk = company.records[resource][place].pk
    return client.get(f"/{resource}/{pk}/cell/{cell_of(resource)}/")


def _cell_sent(company: Company, client: Any, resource: str, place: str) -> Any:
    pk = company.records[resource][place].pk
    return client.post(f"/{resource}/{pk}/cell/{cell_of(resource)}/")


# --- What lists hold -----------------------------------------------------------------------------


def listings(company: Company, resource: str) -> Iterator[tuple[str, str, set[str]]]:
    """The places of the company's records that each list and export holds for its user."""
    own = {record.pk: place for place, record in company.records[resource].items()}
    references = {record.reference: place for place, record in company.records[resource].items()}
    listed = company.api.get(f"{root(resource)}?page_size=200")
    found = listed.json()["results"] if listed.status_code == 200 else []
    yield "GET list", "see", {own[item["id"]] for item in found if item["id"] in own}
    page = company.pages.get(f"/{resource}/")
    rows = page.context["table"]["rows"] if page.status_code == 200 else []
    yield "list", "see", {own[row["record"].pk] for row in rows if row["record"].pk in own}
    with undone():
        file = export(company.pages, resource)
        text = b"".join(file.streaming_content).decode("utf-8-sig") if file.streaming else ""
    words = {cell for line in csv.reader(io.StringIO(text, newline="")) for cell in line}
    yield "export", "export", {place for name, place in references.items() if name in words}
