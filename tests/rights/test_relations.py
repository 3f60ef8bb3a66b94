"""A foreign key to a record out of sight is answered as one to a record that is not there."""

from collections.abc import Iterator
from typing import Any

import pytest

from brm.core.api import REGISTRY as RESOURCES
from brm.core.crud import REGISTRY as PAGES
from brm.core.crud.forms import form_class
from brm.core.imports.declarations import entity_of, importer_for
from brm.core.imports.lookups import find
from brm.core.models import Record, User
from brm.core.scopes import NEVER
from tests.rights.company import Company, resources, undone
from tests.rights.table import Row, matrix

pytestmark = [pytest.mark.once, pytest.mark.django_db]
NO_ID, NO_REFERENCE = 10**9, "there-is-none"


TOKEN = "token of the resource alone"  # its owner is an administrator; it reads nothing else


def pairs() -> Iterator[tuple[str, str, str, str]]:
    """Resource, writable relation, target and role: whoever may write, and not see every target."""
    for resource in resources():
        for relation in RESOURCES[resource].inputs.relations:
            target = relation.related_model
            if not issubclass(target, Record):
                continue
            if target.resource != resource and resource not in NEVER:
                yield resource, relation.name, target.resource, TOKEN
            for role, row in matrix()[resource].items():
                if _writes(row) and matrix()[target.resource][role]["see"] != "all":
                    yield resource, relation.name, target.resource, role


def _writes(row: Row) -> bool:
    return any(row[verb] not in ("-", ".") for verb in ("create", "edit"))


PAIRS = list(pairs())
BY_PAGE = [pair for pair in PAIRS if pair[3] != TOKEN]
TRIED = 20  # relations × callers, as we say


def test_there_are_as_many_relations_to_try_as_we_say():
    assert len(PAIRS) >= TRIED, PAIRS
    assert ("complaints", "duplicate_of", "complaints", "brm") in BY_PAGE


@pytest.mark.parametrize(("resource", "name", "target", "role"), PAIRS)
def test_it_is_refused_with_the_text_for_a_missing_one(company, resource, name, target, role):
    by_token = role == TOKEN
    role = "administrator" if by_token else role
    company.become(role)
    client = company.bearer(f"{resource}:write") if by_token else company.api
    hidden = company.records[target]["nobody"]
    for field, bad, missing in (
        (name, hidden.pk, NO_ID),
        (f"{name}_reference", hidden.reference, NO_REFERENCE),
    ):
        for label, answer in writes(company, client, resource, role).items():
            with undone():
                given = answer({field: bad})
            with undone():
                wanted = answer({field: missing})
            assert given == wanted, label
            assert "400" in str(wanted), (label, wanted)
            assert field in str(wanted), (label, wanted)


def writes(company: Company, client: Any, resource: str, role: str) -> dict[str, Any]:
    """The ways in which the role may write such a record by the API, each taking more values."""
    row, found = matrix()[resource][role], {}
    root = f"/api/v1/{resource}/"
    record = company.records[resource].get(row["edit"], company.records[resource]["nobody"])
    payload = company.payloads[resource].get(row["create"], company.payloads[resource]["nobody"])

    def told(response: Any) -> Any:
        body = response.json()
        if "results" in body:
            return [(item["status"], item["errors"]) for item in body["results"]]
        return response.status_code, body

    if row["edit"] not in ("-", "."):
        found["PATCH"] = lambda more: told(client.patch(f"{root}{record.pk}/", more))
        found["bulk"] = lambda more: told(
            client.post(f"{root}bulk/", {"items": [{"id": record.pk, **more}]})
        )
    if row["create"] not in ("-", "."):
        made = {**payload}
        found["POST"] = lambda more: told(client.post(root, _with(made, more)))
        found["bulk of a new one"] = lambda more: told(
            client.post(f"{root}bulk/", {"items": [_with(made, more)]})
        )
        found["PUT"] = lambda more: told(
            client.put(f"{root}by-reference/NEW-1/", _with(made, more))
        )
    return found


def _with(payload: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """The payload with other values; a relation is named in one way only."""
    named = {field.removesuffix("_reference") for field in more}
    kept = {k: v for k, v in payload.items() if k.removesuffix("_reference") not in named}
    return {**kept, **more}


def test_the_dialog_of_a_move_refuses_it_alike(company):
    company.become("brm")
    hidden = company.records["complaints"]["nobody"]
    address = f"/complaints/{company.records['complaints']['portfolio'].pk}/move/duplicate/"
    told = []
    for value in (hidden.pk, NO_ID):
        with undone():
            answer = company.pages.post(address, {"duplicate-duplicate_of": value})
        assert answer.status_code == 422
        opened = [one for one in answer.context["transitions"] if one["open"]]
        told.append(opened[0]["fields"].errors)
    assert told[0] == told[1]
    assert set(told[0]) == {"duplicate_of"}
    offered = company.pages.get(f"/complaints/options/?q={hidden.reference}")
    assert hidden.reference not in offered.content.decode()


FORMS = [
    (name, field)
    for name in resources()
    for field in PAGES[name].fields
    if getattr(PAGES[name].model._meta.get_field(field), "related_model", None) is not None
    and issubclass(PAGES[name].model._meta.get_field(field).related_model, Record)
]


@pytest.mark.parametrize(("resource", "name"), FORMS)
def test_forms_and_cells_refuse_it_alike(company, resource, name):
    """Forms and cells are made by `form_class`: here for somebody who sees nothing at all."""
    company.become(None)
    user = User.objects.get(pk=company.user.pk)
    target = PAGES[resource].model._meta.get_field(name).related_model.resource
    hidden = company.records[target]["nobody"]
    made = form_class(PAGES[resource], [name])
    told = [made({name: value}, user=user).errors[name] for value in (hidden.pk, NO_ID)]
    assert told[0] == told[1]
    assert list(made(user=user).fields[name].queryset) == []


@pytest.mark.parametrize(("resource", "name"), FORMS)
def test_an_import_refuses_it_alike(company, resource, name):
    company.become(None)
    user = User.objects.get(pk=company.user.pk)
    entity = entity_of(PAGES[resource].model)
    if entity is None:
        return
    for column in importer_for(entity).columns:
        if column.sets == name:
            target = PAGES[column.target.resource].model.resource
            hidden = company.records[target]["nobody"].reference
            assert find(column, {hidden, NO_REFERENCE}, by=user, scratch=None) == {}
            assert set(find(column, {hidden}, by=None, scratch=None)) == {hidden}
