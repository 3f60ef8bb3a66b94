"""What the audit page is drawn from: the filter form, the chips, the pager."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from brm.core import keyset
from brm.core.crud.filter_form import written
from brm.core.crud.forms import limit_choices
from brm.core.models import User
from brm.core.origin import Door

from .models import Event
from .wording import models_by_kind

PAGE = 50
PAGE_PARAMETERS = ("cursor", "at_row")


def _text(label: Any) -> forms.Field:
    return forms.CharField(label=label, required=False)


def _choice(label: Any, choices: list[tuple[str, Any]]) -> forms.Field:
    return forms.ChoiceField(label=label, choices=[("", "—"), *choices], required=False)


def _day(label: Any) -> forms.Field:
    day = forms.DateInput(attrs={"type": "date"})
    return forms.CharField(label=label, required=False, widget=day)


def filter_form(parameters: QueryDict, user: Any) -> forms.Form:
    """The fields by which an auditor narrows the trail; the names are those of the API."""
    kinds = [(kind, capfirst(str(m._meta.verbose_name))) for kind, m in models_by_kind().items()]
    people = forms.ModelChoiceField(User.objects.all(), label=_("By"), required=False)
    people.empty_label = "—"
    fields = {
        "actor": people,
        "kind": _choice(_("Kind of record"), sorted(kinds, key=lambda pair: pair[1])),
        "reference": _text(_("Reference")),
        "event": _choice(_("Kind of change"), Event.choices),
        "source": _choice(_("Source"), Door.choices),
        "at__gte": _day(_("From")),
        "at__lte": _day(_("Until")),
        "request": _text(_("Request")),
        "import": _text(_("Import")),
        "token": _text(_("Token")),
    }
    form = type("AuditFilterForm", (forms.Form,), fields)(parameters)
    form.use_required_attribute = False
    limit_choices(form.fields["actor"], user, form)
    return form


class Place:
    """The address of the page, and where in the trail it stands."""

    def __init__(self, path: str, parameters: QueryDict) -> None:
        self.path, self.parameters = path, parameters

    def filters(self) -> QueryDict:
        """The parameters that are filters."""
        kept = self.parameters.copy()
        for name in PAGE_PARAMETERS:
            kept.pop(name, None)
        return kept

    def link(self, **changes: Any) -> str:
        """This address with some parameters changed; None drops one."""
        kept = self.parameters.copy()
        for name, value in changes.items():
            kept.pop(name, None)
            if value:
                kept[name] = str(value)
        return f"{self.path}?{kept.urlencode()}" if kept else self.path

    def chips(self, form: forms.Form, wrong: Any) -> list[dict[str, Any]]:
        """The filters in force."""
        first = dict.fromkeys(PAGE_PARAMETERS)
        return [
            {
                "label": field.label,
                "value": written(field, self.parameters[name]),
                "remove_url": self.link(**{name: None}, **first),
            }
            for name, field in form.fields.items()
            if self.parameters.get(name) and name not in wrong
        ]

    def pager(self, page: keyset.Page, total: int, exact: bool) -> dict[str, Any]:
        """The page's place among all entries, and the ways to the others."""
        count, told = len(page.items), self.parameters.get("at_row", "")
        at = int(told) if page.previous_cursor and told.isdigit() and len(told) < 12 else 1

        def link(cursor: str | None, row: int) -> str | None:
            return self.link(cursor=cursor, at_row=row) if cursor else None

        return {
            "from": at if count else 0,
            "to": at + count - 1 if count else 0,
            "total": max(total, at + count - 1),
            "total_is_exact": exact,
            "next_url": link(page.next_cursor, at + count),
            "previous_url": link(page.previous_cursor, max(at - PAGE, 1)),
            "first_url": self.link(cursor=None, at_row=None) if page.previous_cursor else None,
            "last_url": None,
        }
