"""Lists and single records."""

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from .. import keyset, roles
from ..fields import normalise_text
from ..filters import filterset_for
from . import columns
from .errors import FieldErrors
from .views import ApiView

PAGE = 50
LARGEST_PAGE = 200
ORDERINGS = 4
NO_VALUE = _("Give this filter a value, or leave it out.")
PAGING = frozenset({"cursor", "page_size", "ordering", "fields"})


class Listing(ApiView):
    """A resource that is read: `columns` by name, a scoped queryset, filters of the model."""

    model: type[models.Model]
    columns: dict[str, columns.Column]
    default_ordering = ("id",)
    # For views made by the router: the lifecycle state of a move's address.
    target: str | None = None
    # Parameters of the list's address that filter nothing.
    shaping = PAGING

    @classmethod
    def shape_name(cls) -> str:
        """What the schema calls a record of this resource."""
        return cls.model.__name__

    def visible(self) -> models.QuerySet:
        """What the caller may see; the base of every answer."""
        raise NotImplementedError

    def listed(self) -> models.QuerySet:
        """What the list holds before its filters."""
        return self.visible()

    def annotated(self, queryset: models.QuerySet) -> models.QuerySet:
        """Adds what derived columns need."""
        return queryset

    @property
    def user(self) -> Any:
        return self.request.user

    def require(self, verb: str) -> None:
        """Raise PermissionDenied unless some role allows the verb on such records."""
        if not roles.may(self.user, verb, self.model.resource):
            raise PermissionDenied()

    # --- A list ----------------------------------------------------------------------------------

    @classmethod
    def filterset(cls) -> type[FilterSet]:
        """The filters of the list."""
        return filterset_for(cls.model)

    def filtered(self, queryset: models.QuerySet) -> models.QuerySet:
        given = {k: v for k, v in self.request.query_params.items() if k not in self.shaping}
        if not given:
            return queryset
        if empty := [name for name, value in given.items() if not value.strip()]:
            # Taken for no filter, a value forgotten by a program would give it every record.
            raise FieldErrors({name: [NO_VALUE] for name in empty})
        data = QueryDict(mutable=True)
        data.update(given)
        filterset = self.filterset()(data, queryset)
        if not filterset.form.is_valid():
            raise FieldErrors(filterset.form.errors)
        return filterset.qs

    def page_size(self) -> int:
        text = self.request.query_params.get("page_size", str(PAGE))
        size = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        if not 1 <= size <= LARGEST_PAGE:
            raise FieldErrors({"page_size": [_("A page has 1 to 200 records.")]})
        return size

    def ordering(self) -> list[tuple[str, str]]:
        """The signs ("" or "-") and columns to order by."""
        text = self.request.query_params.get("ordering")
        names = [] if text is None else [name.strip() for name in text.split(",")]
        terms = [("-" if n.startswith("-") else "", n.removeprefix("-")) for n in names]
        sortable = self.sortable()
        wrong = [name for _sign, name in terms if name not in sortable]
        if wrong or len(terms) > ORDERINGS:
            text = _("Order by at most %(count)d of: %(names)s.")
            values = {"count": ORDERINGS, "names": ", ".join(sortable)}
            raise FieldErrors({"ordering": [text % values]})
        return terms or [
            ("-" if name.startswith("-") else "", name.removeprefix("-"))
            for name in self.default_ordering
        ]

    @classmethod
    def sortable(cls) -> list[str]:
        return [name for name, column in cls.columns.items() if column.sortable]

    def chosen(self, available: dict[str, Any]) -> list[Any]:
        """The columns that `?fields=` names; all without it."""
        text = self.request.query_params.get("fields")
        if text is None:
            return list(available.values())
        names = [name.strip() for name in text.split(",")]
        if wrong := [name for name in names if name not in available]:
            unknown = _("There is no field “%(name)s”.")
            raise FieldErrors({"fields": [unknown % {"name": name[:100]} for name in wrong[:10]]})
        return [available[name] for name in available if name in names]

    def address(self, cursor: str | None) -> str | None:
        """This list at another place."""
        if cursor is None:
            return None
        parameters = {**self.request.query_params.dict(), "cursor": cursor}
        return self.request.build_absolute_uri(f"{self.request.path}?{urlencode(parameters)}")

    def private(self, sent: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
        """What of a row this caller may be sent."""
        return sent

    # --- One record ------------------------------------------------------------------------------

    def row(self, queryset: models.QuerySet) -> dict[str, Any]:
        """All columns of the one record of the queryset; raises NotFound without one."""
        found = self.annotated(queryset)
        chosen = columns.select(found, self.columns.values(), self.user).first()
        if chosen is None:
            raise NotFound()
        return chosen

    def shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row as it is sent."""
        return self.private(columns.shown(row, self.columns.values()), row)

    def described(self, row: dict[str, Any]) -> dict[str, Any]:
        """What a single record shows: its columns and more."""
        return self.shown(row)

    def answer(self, row: dict[str, Any], *, status: int = 200, **headers: str) -> Response:
        """A single record with its ETag."""
        sent = self.described(row)
        if "fields" in self.request.query_params:
            chosen = set(self.chosen({name: name for name in sent}))
            sent = {name: value for name, value in sent.items() if name in chosen}
        if "version" in row:
            headers["ETag"] = f'"{row["version"]}"'
        return Response(sent, status=status, headers=headers)

    def retrieve(self, request: Request, pk: str) -> Response:
        return self.answer(self.row(self.visible().filter(pk=int(pk))))

    def by_reference(self, request: Request, reference: str) -> Response:
        key = columns.key_of(self.model)
        return self.answer(self.row(self.visible().filter(**{key: self.plain(reference)})))

    def plain(self, reference: str) -> str:
        """A reference of an address in its normal form; raises NotFound for an impossible one."""
        if "\x00" in reference or len(reference) > 200:
            raise NotFound()
        return normalise_text(reference)

    @cached_property
    def action_parameters(self) -> frozenset[str]:
        if self.action == "list":
            return PAGING | set(self.filterset().base_filters)
        return frozenset({"fields"}) if self.request.method != "DELETE" else frozenset()

    def allowed_parameters(self) -> frozenset[str]:
        return self.action_parameters

    # Last, because the name hides Python's own from the rest of the class.
    def list(self, request: Request) -> Response:
        self.require("V")
        wanted = self.chosen(self.columns)
        terms = self.ordering()
        paths = [f"{sign}{self.columns[name].path}" for sign, name in terms]
        every = {c.path: c for c in (*wanted, *(self.columns[name] for _sign, name in terms))}
        found = self.annotated(self.filtered(self.listed()))
        queryset = columns.select(found, every.values(), self.user)
        cursor = request.query_params.get("cursor")
        page = keyset.paginate(queryset, paths, cursor, self.page_size())
        return Response(
            {
                "next": self.address(page.next_cursor),
                "previous": self.address(page.previous_cursor),
                "results": [self.private(columns.shown(row, wanted), row) for row in page.items],
            }
        )
