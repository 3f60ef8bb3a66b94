"""How the trail is searched: by who, when, which record, what happened and through what."""

import django_filters
from django.utils.translation import gettext_lazy as _

from brm.core.filters import ChoicesFilter, IdFilter, InstantFilter, SearchFilter
from brm.core.origin import Door

from .models import AuditEntry, Event

LONGEST = 150


class AuditSearch(SearchFilter):
    names = ("reference", "actor_name")


def _text(name: str, label: object) -> django_filters.Filter:
    return django_filters.CharFilter(field_name=name, label=label, max_length=LONGEST)


def _id(name: str, label: object) -> django_filters.Filter:
    return IdFilter(field_name=name, label=label)


FILTERS = {
    "actor": _id("actor_id", _("By")),
    "actor_reference": _text("actor_name", _("By (username)")),
    "kind": _text("kind", _("Kind of record")),
    "record": _id("object_id", _("Record")),
    "reference": _text("reference", _("Reference")),
    "event": ChoicesFilter(field_name="event", label=_("Kind of change"), choices=Event.choices),
    "source": ChoicesFilter(field_name="door", label=_("Source"), choices=Door.choices),
    "at": InstantFilter(field_name="at", label=_("At")),
    "at__gte": InstantFilter(field_name="at", lookup_expr="gte", label=_("From")),
    "at__lte": InstantFilter(field_name="at", lookup_expr="lte", label=_("Until")),
    "request": _text("request_id", _("Request")),
    "import": _id("import_id", _("Import")),
    "token": _id("token_id", _("Token")),
    "search": AuditSearch(label=_("Search")),
}
AuditFilters = type(
    "AuditFilters",
    (django_filters.FilterSet,),
    {**FILTERS, "Meta": type("Meta", (), {"model": AuditEntry, "fields": []})},
)
