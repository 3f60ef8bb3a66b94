"""Every resource × role × way in × scope: what is answered is what matrix.txt says.

The cells are listed from the registries, the expected answers from the table, never from the
product's own table of rights.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from brm.core.roles import RIGHTS, ROLES
from brm.core.scopes import NEVER
from tests.rights import doors
from tests.rights.company import Company, model_of, places, resources
from tests.rights.table import NOTHING, Row, matrix, reaches, row_of

pytestmark = [pytest.mark.once, pytest.mark.django_db]
PUBLISHED = 15_000  # cells, as we say in public
TABLED = sorted(set(matrix()) & set(resources()))


@dataclass(frozen=True)
class Who:
    """A role by session; with `scopes` a token of somebody with the role; "anonymous" nobody."""

    role: str | None
    scopes: tuple[str, ...] = ()

    def row(self, resource: str) -> Row:
        """What the table allows, less what the token's scopes do not reach."""
        row = row_of(resource, self.role)
        if not self.scopes:
            return row
        if resource in NEVER:
            return NOTHING
        named = {scope.format(resource=resource) for scope in self.scopes}
        reach = {f"{one}:{kind}" for one in (resource, "*") for kind in ("read", "write")} | {"*"}
        if not named & reach:
            return NOTHING
        if any(scope == "*" or scope.endswith(":write") for scope in named & reach):
            return row
        return {verb: cell if verb in ("see", "export") else "-" for verb, cell in row.items()}


SESSIONS = [Who(role) for role in ROLES] + [Who(None)]
TOKENS = [
    Who("administrator", ("*",)),
    Who("administrator", ("*:read",)),
    Who("administrator", ("{resource}:read", "exports:read")),
    Who("administrator", ("{resource}:write", "*:read")),
    Who("administrator", ("roles:read",)),
    Who("brm", ("*",)),
    Who("service_owner", ("*:read",)),
]


Cell = tuple[Who | None, doors.Door, str]
DAILY = {"GET list", "GET", "PATCH", "DELETE", "POST"}


def cells(resource: str, kind: str) -> Iterator[Cell]:
    """Who tries which door with a record in which place; None is nobody signed in."""
    callers = [None, *SESSIONS, *(TOKENS if kind == "api" else ())]
    for who in callers:
        for door in doors.of(resource, kind):
            for place in places(model_of(resource)) if door.has_place else ["nobody"]:
                yield who, door, place


def main_cells(resource: str) -> Iterator[Cell]:
    """Of the API's cells those of people at the main doors, with a place in reach and one out."""
    near = {places(model_of(resource))[0], "nobody"}
    for who, door, place in cells(resource, "api"):
        if door.name in DAILY and place in near and not (who and who.scopes):
            yield who, door, place


def expected(who: Who | None, door: doors.Door, place: str, resource: str) -> str:
    """What the table says that the door answers."""
    if who is None:
        return "unknown"
    row = who.row(resource)
    if door.verb == "see" and not door.has_place:  # a list
        return door.barred if row["see"] == "-" else "yes"
    if door.has_place and door.verb != "create":
        if not reaches(row["see"], place):
            return "hidden"
        return "yes" if reaches(row[door.verb], place) else "refused"
    if door.verb == "create" and door.has_place and row["create"] not in ("-", "all"):
        return "yes" if reaches(row["create"], place) else door.beyond
    if row[door.verb] != "-":
        return "yes"
    return door.barred if row["see"] == "-" else "refused"


def answers(
    company: Company, resource: str, kind: str, asked: Iterator[Cell]
) -> dict[str, tuple[str, str]]:
    """The cells that are answered otherwise than the table says: expected and given."""
    wrong = {}
    tokens = {who: company.bearer(*_scopes(who, resource)) for who in TOKENS}
    present: Any = ""
    for who, door, place in asked:
        role = who.role if who else None
        if role != present:
            company.become(role)
            present = role
        client = doors.client_of(company, kind, who is None, tokens.get(who))
        given = door.try_it(company, client, resource, place)
        wanted = expected(who, door, place, resource)
        if given != wanted:
            wrong[f"{resource} {door.name} {place} {who}"] = (wanted, given)
    return wrong


def _scopes(who: Who, resource: str) -> list[str]:
    known = [scope.format(resource=resource) for scope in who.scopes]
    # Of what no token may reach there is no scope: another one stands for it.
    return [scope if scope.split(":")[0] not in NEVER else "roles:read" for scope in known]


@pytest.mark.parametrize("resource", TABLED)
def test_the_main_doors_answer_as_the_table_says(company, resource):
    assert answers(company, resource, "api", main_cells(resource)) == {}


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("resource", TABLED)
def test_the_api_answers_as_the_table_says(company, resource):
    assert answers(company, resource, "api", cells(resource, "api")) == {}


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("resource", TABLED)
def test_the_pages_answer_as_the_table_says(company, resource):
    assert answers(company, resource, "pages", cells(resource, "pages")) == {}


@pytest.mark.full
@pytest.mark.parametrize("resource", TABLED)
def test_lists_and_exports_hold_what_the_table_says(company, resource):
    wrong = {}
    for who in SESSIONS:
        company.become(who.role)
        row = who.row(resource)
        for name, verb, held in doors.listings(company, resource):
            wanted = (
                {place for place in company.records[resource] if reaches(row[verb], place)}
                if row["see"] != "-"
                else set()
            )
            if held != wanted:
                wrong[f"{name} {who.role}"] = (wanted, held)
    assert wrong == {}


def test_every_resource_is_in_the_table():
    assert set(matrix()) == set(RIGHTS)
    assert {role for rows in matrix().values() for role in rows} == set(ROLES)
    assert {name: len(rows) for name, rows in matrix().items() if len(rows) != len(ROLES)} == {}
    assert set(resources()) == set(TABLED)


def test_as_many_cells_are_tried_as_we_say():
    tried = Counter(
        kind for kind in ("api", "pages") for name in TABLED for _cell in cells(name, kind)
    )
    assert tried.total() >= PUBLISHED, tried
