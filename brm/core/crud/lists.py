"""The list of a record, and the picker that searches it."""

from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from .. import keyset
from ..filters import filterset_for
from ..roles import scopes
from ..unseen import hide_unseen
from .access import RecordPage
from .cell_edits import cells_editable
from .cells import NO_VALUE, cell_for, column_label, is_numeric
from .declaration import Column
from .filter_form import filter_form, words_of
from .list_parts import parts_of, redirect_of
from .list_query import DENSITIES, VIEW, ListQuery, name_of, offered_columns, sortable
from .pickers import choosable

PAGE = 50
OPTIONS = 20


class ListView(RecordPage):
    """Search, filters, sort, columns and pages; the address holds all of it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        fragment = request.htmx and not request.htmx.history_restore_request
        if not request.GET and not fragment and (to := redirect_of(request, self.query)):
            return redirect(to)
        records, sort = self.query.records, self.query.sort
        try:
            page = keyset.paginate(records, [sort], request.GET.get("cursor"), PAGE)
        except keyset.BadCursor:
            page = keyset.paginate(records, [sort], None, PAGE)
        hide_unseen(page.items, request.user)
        template = "generic/_list.html" if fragment else self.template_name()
        return render(request, template, self.context(page))

    def template_name(self) -> list[str]:
        return [f"{self.crud.model.resource}/list.html", "generic/list.html"]

    @cached_property
    def query(self) -> ListQuery:
        return ListQuery(self.crud, self.request.GET, self.request.user)

    def context(self, page: keyset.Page) -> dict[str, Any]:
        query = self.query
        form = filter_form(query)
        words = words_of(form, query)
        return {
            "crud": self.crud.page_context(self.request),
            "table": self.table(page.items),
            "chips": [self.chip(*each) for each in words],
            "kept": self.kept(form),
            "filter_form": form,
            "look": self.look(),
            "search": query.search,
            "reset_url": self.reset_url(),
            "page": self.pager(page),
            "parts": parts_of(self.request, query),
            "nothing_yet": not (page.items or words or query.search),
            "only_own": "A" not in scopes(self.request.user, self.crud.model.resource, "V"),
        }

    # --- Rows and columns ------------------------------------------------------------------------

    def table(self, records: list[Any]) -> dict[str, Any]:
        shown_sort = self.query.sort if self.request.GET.get("sort") else ""
        return {
            "columns": [self.column(column) for column in self.query.columns],
            "rows": [self.row(record) for record in records],
            "sort": shown_sort,
            "editable": bool(self.editable),
        }

    @cached_property
    def editable(self) -> set[str]:
        """The columns whose cells can be changed in place; the first one leads to the record."""
        names = [name_of(column) for column in self.query.columns[1:]]
        return set(names) & set(cells_editable(self.crud, self.request.user))

    def row(self, record: Any) -> dict[str, Any]:
        hidden = self.crud.hidden(record, self.request.user)
        cells = [
            NO_VALUE if name_of(column) in hidden else cell_for(record, column)
            for column in self.query.columns
        ]
        if cells[0]["kind"] == "empty":  # the first cell is the link to the record
            cells[0] = {"kind": "reference", "value": record.reference}
        return {"url": self.crud.url("detail", record.pk), "cells": cells, "record": record}

    def column(self, column: str | Column) -> dict[str, Any]:
        name, sort = name_of(column), self.query.sort
        can_sort = name in sortable(self.crud)
        state = {name: "ascending", f"-{name}": "descending"}.get(sort, "none")
        turned = f"-{name}" if state == "ascending" else name
        return {
            "name": name,
            "label": column_label(self.crud.model, column),
            "numeric": is_numeric(self.crud.model, column),
            "sortable": can_sort,
            "sorted": state,
            "editable": name in self.editable,
            "url": self.address(sort=turned, cursor=None, at=None) if can_sort else None,
        }

    def look(self) -> dict[str, Any]:
        """The choices of columns and row height."""
        chosen = [name_of(column) for column in self.query.columns]
        offered = offered_columns(self.crud)
        rest = [name for name in offered if name not in chosen]
        labels = {DENSITIES[0]: _("Comfortable"), DENSITIES[1]: _("Compact")}
        return {
            "density": self.query.density,
            "densities": [{"value": value, "label": labels[value]} for value in DENSITIES],
            "columns": [
                {
                    "name": name,
                    "label": column_label(self.crud.model, offered[name]),
                    "chosen": name in chosen,
                }
                for name in (*chosen, *rest)
            ],
            "default": ",".join(name_of(column) for column in self.crud.columns),
        }

    # --- Addresses -------------------------------------------------------------------------------

    def address(self, **changes: str | None) -> str:
        """The address of this list with some parameters changed; None drops one."""
        parameters = self.request.GET.copy()
        for name, value in changes.items():
            parameters.pop(name, None)
            if value:
                parameters[name] = value
        query = parameters.urlencode(safe=",")
        return f"{self.request.path}?{query}" if query else self.request.path

    def reset_url(self) -> str:
        """The list without search and filters; its look stays, its saved view does not."""
        filters = {name: None for name in self.request.GET if name in self.query.filters}
        return self.address(**filters, q=None, cursor=None, at=None, **{VIEW: "none"})

    def kept(self, form: forms.Form) -> list[dict[str, str]]:
        """What the search form sends along although it has no field for it."""
        names = [VIEW, *(name for name in self.query.in_force if name not in form.fields)]
        values = {name: self.request.GET.get(name, "") for name in names}
        return [{"name": name, "value": value} for name, value in values.items() if value]

    def chip(self, name: str, label: str, value: str) -> dict[str, Any]:
        removed = self.address(**{name: None, "cursor": None, "at": None})
        # Without any parameter the address would be that of the user's default view.
        url = removed if "?" in removed else f"{removed}?{VIEW}=none"
        return {"label": label, "value": value, "remove_url": url}

    # --- Pages -----------------------------------------------------------------------------------

    def pager(self, page: keyset.Page) -> dict[str, Any]:
        """Where this page lies (`at` travels in the address) and the ways to the others.

        `from` is None where nobody counted: at the end of a list too long to count.
        """
        count = len(page.items)
        total, exact = self.total(page)
        at = self.position(page, total, exact)

        def link(cursor: str | None, position: int | None) -> str | None:
            return self.address(cursor=cursor, at=str(position or "")) if cursor else None

        return {
            "from": at if count else 0,
            "to": at + count - 1 if count and at else 0,
            "shown": count,
            "total": max(total, at + count - 1) if at else total,
            "total_is_exact": exact,
            "next_url": link(page.next_cursor, at + count if at else None),
            "previous_url": link(page.previous_cursor, max(at - PAGE, 1) if at else None),
            "first_url": self.address(cursor=None, at=None) if page.previous_cursor else None,
            "last_url": link("last", None) if page.next_cursor else None,
        }

    def total(self, page: keyset.Page) -> tuple[int, bool]:
        """How many rows there are; a list that fits on one page is not counted again."""
        if page.next_cursor is None and page.previous_cursor is None:
            return len(page.items), True
        return keyset.capped_count(self.query.records)

    def position(self, page: keyset.Page, total: int, exact: bool) -> int | None:
        """The number of the page's first row; None when it is not known."""
        if page.previous_cursor is None:
            return 1
        if page.next_cursor is None and exact:
            return max(total - len(page.items) + 1, 1)
        told = self.request.GET.get("at", "")
        return int(told) if told.isascii() and told.isdigit() and len(told) < 12 else None


class OptionsView(RecordPage):
    """What a record picker offers for the text typed so far."""

    def get(self, request: HttpRequest) -> HttpResponse:
        queryset = choosable(self.crud.model, request.user)
        text = request.GET.get("q", "").replace("\x00", "")[:200]
        filterset = filterset_for(self.crud.model)({"search": text}, queryset)
        records = list(filterset.qs.order_by("pk")[: OPTIONS + 1])
        options = [
            {"value": r.pk, "label": str(r), "sub": r.reference if str(r) != r.reference else ""}
            for r in records[:OPTIONS]
        ]
        context = {"options": options, "more": len(records) > OPTIONS}
        return render(request, "components/options.html", context)
