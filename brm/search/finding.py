"""Finding records: candidates from the index, then the records themselves through `visible_to`."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from brm.core.crud import REGISTRY
from brm.core.roles import may, scopes

from .grams import plain, query_grams
from .triggers import indexed

CANDIDATES = 200  # read from the index, newest first, before they are ranked
LONGEST_QUERY = 200
MOST_TERMS = 8


@dataclass(frozen=True)
class Hit:
    """A record that was found."""

    resource: str
    record: Any

    @property
    def title(self) -> str:
        return str(self.record)

    @property
    def reference(self) -> str:
        return self.record.reference if self.record.reference != str(self.record) else ""

    @property
    def url(self) -> str:
        return REGISTRY[self.resource].url("detail", self.record.pk)

    @property
    def kind(self) -> str:
        return REGISTRY[self.resource].label

    @property
    def icon(self) -> str:
        return REGISTRY[self.resource].icon


def find(text: str, user: Any, limit: int) -> list[Hit]:
    """The best records a user may see, the best first.

    Two statements for the candidates and one for each kind of record among the best; their
    number does not depend on how many records there are.
    """
    query = plain(text[:LONGEST_QUERY])
    terms = query.split()[:MOST_TERMS]
    where, parameters = within_sight(user)
    if not terms or not where:
        return []
    found = dict.fromkeys(_by_beginning(query, where, parameters))
    found |= dict.fromkeys(_by_grams(terms, where, parameters))
    ranked = sorted(found, key=lambda row: rank(row, query))
    return read([(row[1], row[2]) for row in ranked[: 2 * limit]], user)[:limit]


def rank(row: Sequence[Any], query: str) -> tuple[int, int, int]:
    """Lower is better: the reference itself, beginnings, words, parts; then short, then new."""
    pk, _resource, _record, key, title = row
    if key == query:
        place = 0
    elif title == query:
        place = 1
    elif title.startswith(query) or key.startswith(query):
        place = 2
    elif f" {query}" in title:
        place = 3
    else:
        place = 4 if query in title else 5
    return place, len(title), -pk


def read(keys: Sequence[tuple[str, int]], user: Any) -> list[Hit]:
    """The records with these (resource, id) that the user may see, in the same order."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for resource, pk in keys:
        if resource in indexed() and may(user, "V", resource):
            wanted[resource].add(pk)
    records: dict[tuple[str, int], Any] = {}
    for resource, ids in wanted.items():
        visible = REGISTRY[resource].model.objects.with_related().visible_to(user)
        for record in visible.filter(pk__in=ids):
            records[resource, record.pk] = record
    return [Hit(key[0], records[key]) for key in keys if key in records]


# --- The index -----------------------------------------------------------------------------------


def within_sight(user: Any) -> tuple[str, list[Any]]:
    """The condition that an entry's record is in the user's sight; empty when nothing is."""
    everything, clauses, parameters = [], [], []
    for resource, model in indexed().items():
        found = scopes(user, resource, "V")
        if "A" in found:
            everything.append(resource)
        elif found:
            own = model.objects.visible_to(user).order_by().values("pk")
            sql, values = own.query.sql_with_params()
            clauses.append(f"(e.resource = %s AND e.record_id IN ({sql}))")
            parameters += [resource, *values]
    if everything:
        marks = ", ".join(["%s"] * len(everything))
        clauses.append(f"e.resource IN ({marks})")
        parameters += everything
    return " OR ".join(clauses), parameters


COLUMNS = "e.id, e.resource, e.record_id, e.key, e.title"


def _by_beginning(query: str, where: str, parameters: list[Any]) -> list[tuple]:
    """Entries whose reference begins with the query, along the index of references."""
    begins, values = "e.key >= %s AND e.key < %s", [query, query + "\U0010ffff"]
    if connection.vendor == "postgresql":
        begins, values = "e.key LIKE %s ESCAPE '!'", [f"{_escaped(query)}%"]
    return _rows(
        f"SELECT {COLUMNS} FROM search_entry e WHERE {begins}"  # noqa: S608
        f" AND ({where}) ORDER BY e.key LIMIT 20",
        [*values, *parameters],
    )


def _by_grams(terms: list[str], where: str, parameters: list[Any]) -> list[tuple]:
    """The newest entries that hold every term."""
    grams = sorted({gram for term in terms for gram in query_grams(term)})
    if not grams:
        return []
    holds = " AND ".join(["e.document LIKE %s ESCAPE '!'"] * len(terms))
    likes = [f"%{_escaped(term)}%" for term in terms]
    if connection.vendor == "postgresql":
        source = "search_entry e WHERE string_to_array(e.grams, ' ') @> %s::text[]"
        match: Any = grams
        order = "e.id"
    else:
        source = (
            "search_grams g CROSS JOIN search_entry e ON e.id = g.rowid WHERE search_grams MATCH %s"
        )
        match = " ".join(f'"{gram}"' for gram in grams)
        order = "g.rowid"
    return _rows(
        f"SELECT {COLUMNS} FROM {source} AND {holds} AND ({where})"  # noqa: S608
        f" ORDER BY {order} DESC LIMIT {CANDIDATES}",
        [match, *likes, *parameters],
    )


def _escaped(term: str) -> str:
    return "".join(f"!{c}" if c in "!%_" else c for c in term)


def _rows(sql: str, parameters: list[Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
