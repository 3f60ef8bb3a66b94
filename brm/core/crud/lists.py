"""The list of a record, and the picker that searches it."""

from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .. import keyset
from ..filters import filterset_for
from .access import RecordPage
from .cells import cell_for, column_label, is_numeric
from .declaration import Column, CrudViews
from .filter_form import filter_form, written

PAGE = 50
OPTIONS = 20
PAGE_PARAMETERS = ("cursor", "sort", "at")
SORTABLE = (
    models.CharField,
    models.DateField,
    models.DateTimeField,
    models.IntegerField,
    models.BooleanField,
)


class ListView(RecordPage):
    """Search, filters, sort and pages; the address holds all of it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        filterset = filterset_for(self.crud.model)(self.parameters(), self.visible())
        sort = self.sort()
        try:
            page = keyset.paginate(filterset.qs, [sort], request.GET.get("cursor"), PAGE)
        except keyset.BadCursor:
            page = keyset.paginate(filterset.qs, [sort], None, PAGE)
        context = self.context(filterset, sort, page)
        fragment = request.htmx and not request.htmx.history_restore_request
        template = "generic/_list.html" if fragment else self.template_name()
        return render(request, template, context)

    def template_name(self) -> list[str]:
        return [f"{self.crud.model.resource}/list.html", "generic/list.html"]

    def parameters(self) -> Any:
        """The filters of the address; `q` is the search field's short name."""
        parameters = self.request.GET.copy()
        for name in PAGE_PARAMETERS:
            parameters.pop(name, None)
        if "q" in parameters:
            parameters["search"] = parameters.pop("q")[-1].replace("\x00", "")
        return parameters

    def sort(self) -> str:
        wanted = self.request.GET.get("sort", "")
        return wanted if wanted.lstrip("-") in sortable(self.crud) else self.crud.ordering

    def context(self, filterset: Any, sort: str, page: keyset.Page) -> dict[str, Any]:
        form = filter_form(self.crud, self.request.GET, self.request.user)
        chips = self.chips(filterset, form)
        searched = bool(self.request.GET.get("q"))
        total, exact = keyset.capped_count(filterset.qs)
        return {
            "crud": self.crud.page_context(self.request),
            "table": self.table(page.items, sort),
            "chips": chips,
            "filter_form": form,
            "search": self.request.GET.get("q", ""),
            "page": self.pager(page, total, exact),
            "nothing_yet": not (page.items or chips or searched),
        }

    def table(self, records: list[Any], sort: str) -> dict[str, Any]:
        columns = [self.column(column, sort) for column in self.crud.columns]
        rows = [
            {
                "url": self.crud.url("detail", record.pk),
                "cells": [cell_for(record, column) for column in self.crud.columns],
            }
            for record in records
        ]
        shown_sort = sort if self.request.GET.get("sort") else ""
        return {"columns": columns, "rows": rows, "sort": shown_sort}

    def column(self, column: str | Column, sort: str) -> dict[str, Any]:
        name = column.name if isinstance(column, Column) else column
        can_sort = name in sortable(self.crud)
        state = {name: "ascending", f"-{name}": "descending"}.get(sort, "none")
        turned = f"-{name}" if state == "ascending" else name
        return {
            "name": name,
            "label": column_label(self.crud.model, column),
            "numeric": is_numeric(self.crud.model, column),
            "sortable": can_sort,
            "sorted": state,
            "url": self.address(sort=turned, cursor=None, at=None) if can_sort else None,
        }

    def address(self, **changes: str | None) -> str:
        """The address of this list with some parameters changed; None drops one."""
        parameters = self.request.GET.copy()
        for name, value in changes.items():
            parameters.pop(name, None)
            if value:
                parameters[name] = value
        query = parameters.urlencode()
        return f"{self.request.path}?{query}" if query else self.request.path

    def chips(self, filterset: Any, form: forms.Form) -> list[dict[str, Any]]:
        """The filters in force; what the filterset could not read is not in force."""
        wrong = filterset.form.errors
        return [
            {
                "label": field.label,
                "value": written(field, self.request.GET[name]),
                "remove_url": self.address(**{name: None, "cursor": None, "at": None}),
            }
            for name, field in form.fields.items()
            if self.request.GET.get(name) and name not in wrong
        ]

    def pager(self, page: keyset.Page, total: int, exact: bool) -> dict[str, Any]:
        """Where this page lies (`at` travels in the address) and the ways to the others."""
        count = len(page.items)
        at = self.position(page, total)

        def link(cursor: str | None, position: int | None) -> str | None:
            return self.address(cursor=cursor, at=str(position or "")) if cursor else None

        return {
            "from": at if count else 0,
            "to": at + count - 1 if count else 0,
            "total": max(total, at + count - 1),
            "total_is_exact": exact,
            "next_url": link(page.next_cursor, at + count),
            "previous_url": link(page.previous_cursor, max(at - PAGE, 1)),
            "first_url": self.address(cursor=None, at=None) if page.previous_cursor else None,
            "last_url": link("last", None) if page.next_cursor and exact else None,
        }

    def position(self, page: keyset.Page, total: int) -> int:
        """The number of the page's first row."""
        if self.request.GET.get("cursor") == "last":
            return max(total - len(page.items) + 1, 1)
        told = self.request.GET.get("at", "")
        return int(told) if page.previous_cursor and told.isdigit() and len(told) < 12 else 1


def sortable(crud: type[CrudViews]) -> set[str]:
    """The columns a list can be sorted by: plain fields of the record itself."""
    names = {column for column in crud.columns if isinstance(column, str)} | {"id"}
    fields = {field.name: field for field in crud.model._meta.fields if not field.is_relation}
    return {name for name in names if isinstance(fields.get(name), SORTABLE)}


class OptionsView(RecordPage):
    """What a record picker offers for the text typed so far."""

    def get(self, request: HttpRequest) -> HttpResponse:
        queryset = self.crud.model.objects.visible_to(request.user)
        text = request.GET.get("q", "").replace("\x00", "")[:200]
        filterset = filterset_for(self.crud.model)({"search": text}, queryset)
        records = list(filterset.qs.order_by("pk")[: OPTIONS + 1])
        options = [
            {"value": r.pk, "label": str(r), "sub": r.reference if str(r) != r.reference else ""}
            for r in records[:OPTIONS]
        ]
        context = {"options": options, "more": len(records) > OPTIONS}
        return render(request, "components/options.html", context)
