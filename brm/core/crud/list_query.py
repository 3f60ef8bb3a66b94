"""What an address says about a list: search, filters, order, columns, density.

The page, its export, its bulk changes and its saved views all read the address here, so that each
of them means the same records.
"""

from functools import cache, cached_property
from typing import Any

from django.db import models
from django.http import QueryDict

from ..filters import filterset_for
from .declaration import Column, CrudViews

PLACE = ("cursor", "at")  # where in the list one is; not what the list holds
LOOK = ("sort", "columns", "density")
VIEW = "view"
DENSITIES = ("comfortable", "compact")
MOST_COLUMNS = 40
SORTABLE = (
    models.CharField,
    models.DateField,
    models.DateTimeField,
    models.IntegerField,
    models.BooleanField,
)


class ListQuery:
    """A list as `user` asks for it by `parameters`; nothing is read before it is used."""

    def __init__(self, crud: type[CrudViews], parameters: QueryDict, user: Any) -> None:
        self.crud, self.parameters, self.user = crud, parameters, user

    # --- Which records ---------------------------------------------------------------------------

    @cached_property
    def filters(self) -> QueryDict:
        """The filters of the address; `q` is the search field's short name."""
        filters = self.parameters.copy()
        for name in (*PLACE, *LOOK, VIEW):
            filters.pop(name, None)
        if "q" in filters:
            filters["search"] = filters.pop("q")[-1].replace("\x00", "")
        return filters

    @cached_property
    def filterset(self) -> Any:
        visible = self.crud.get_queryset().visible_to(self.user)
        return filterset_for(self.crud.model)(self.filters, visible)

    @property
    def records(self) -> models.QuerySet:
        """The visible records that fit; a filter that cannot be read is not in force."""
        return self.filterset.qs

    @property
    def unread(self) -> list[str]:
        """Names of filters that could not be read, unknown ones included."""
        known = set(self.filterset.filters)
        given = [name for name in self.filters if self.filters.get(name)]
        return [n for n in given if n not in known or n in self.filterset.form.errors]

    @property
    def in_force(self) -> list[str]:
        """Names of the filters that narrow the list, the search left out."""
        given = [name for name in self.filters if self.filters.get(name) and name != "search"]
        return [name for name in given if name not in self.unread]

    @property
    def search(self) -> str:
        return self.filters.get("search", "")

    # --- In which order, how shown ---------------------------------------------------------------

    @cached_property
    def sort(self) -> str:
        wanted = self.parameters.get("sort", "")
        return wanted if wanted.removeprefix("-") in sortable(self.crud) else self.crud.ordering

    @cached_property
    def columns(self) -> list[str | Column]:
        """The columns asked for, in their order; those of the declaration without any."""
        offered = offered_columns(self.crud)
        wanted = ",".join(self.parameters.getlist("columns")).split(",")
        names = [name for name in dict.fromkeys(wanted) if name in offered][:MOST_COLUMNS]
        return [offered[name] for name in names] or list(self.crud.columns)

    @property
    def has_own_columns(self) -> bool:
        return self.columns != list(self.crud.columns)

    @property
    def density(self) -> str:
        wanted = self.parameters.get("density", "")
        return wanted if wanted in DENSITIES else DENSITIES[0]

    # --- As an address ---------------------------------------------------------------------------

    def canonical(self, *, look: bool = True) -> str:
        """The query string that brings this list back, without its place and its view.

        Without `look` it names only the records: search and filters.
        """
        kept = QueryDict(mutable=True)
        if self.search:
            kept["q"] = self.search
        for name in sorted(self.in_force):
            kept[name] = self.filters[name]
        if look:
            if self.sort != self.crud.ordering:
                kept["sort"] = self.sort
            if self.has_own_columns:
                kept["columns"] = ",".join(name_of(column) for column in self.columns)
            if self.density != DENSITIES[0]:
                kept["density"] = self.density
        return kept.urlencode(safe=",")


def name_of(column: str | Column) -> str:
    """The name of a column in addresses and files."""
    return column.name if isinstance(column, Column) else column


@cache
def offered_columns(crud: type[CrudViews]) -> dict[str, str | Column]:
    """Every column a list of these records can show, by name: its own, then those of the page."""
    model = crud.model
    kept = {field.name for field in model._meta.concrete_fields}
    more = [n for n in ("status", "created_at", "updated_at") if n in kept]
    every = [*crud.columns, *crud.shown, *crud.fields, *more]
    named: dict[str, str | Column] = {}
    for column in every:
        named.setdefault(name_of(column), column)
    return named


@cache
def sortable(crud: type[CrudViews]) -> set[str]:
    """The columns a list can be sorted by: plain fields of the record that all its readers see."""
    names = {n for n, column in offered_columns(crud).items() if isinstance(column, str)} | {"id"}
    fields = {field.name: field for field in crud.model._meta.fields if not field.is_relation}
    return {name for name in names - {*crud.private} if isinstance(fields.get(name), SORTABLE)}
