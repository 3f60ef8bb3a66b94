"""Pages of customers and their agreements."""

from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from brm.core.business_days import business_today
from brm.core.crud import Column, CrudViews, DetailView, register_panel
from brm.core.navigation import RELATIONSHIPS
from services.models import Service

from .merging import MergeView, UndoMergeView, merge_button
from .models import Agreement, Customer
from .querysets import STATUS_TONES, STATUSES


def status_filter() -> forms.Field:
    choices = [("", "—"), *STATUSES.items()]
    return forms.ChoiceField(choices=choices, label=_("Status"), required=False)


class CustomerDetailView(DetailView):
    """The customer's page; its badge is the status derived from agreements."""

    def context(self, record: Customer) -> dict[str, Any]:
        merges = record.merges.filter(undone_at=None).select_related("merged")
        return super().context(record) | {
            "merges": merges,
            "may_merge": self.allows("D", record),
        }

    def actions(self, record: Customer) -> list[dict[str, Any]]:
        buttons = super().actions(record)
        return [merge_button(record), *buttons] if self.allows("D", record) else buttons

    def badge(self, record: Customer) -> dict[str, Any]:
        status = record.derived_status
        return {
            "label": str(STATUSES[status]),
            "tone": STATUS_TONES.get(status, "neutral"),
            "icon": None,
        }


class CustomerViews(CrudViews):
    model = Customer
    icon = "building-2"
    group, order = RELATIONSHIPS, 10
    columns = [
        "name",
        Column("derived_status", _("Status"), choices=STATUSES, tones=STATUS_TONES),
        "tier",
        "segment",
        "region",
        "manager",
        "reference",
    ]
    ordering = "name"
    extra_filters = {"status": status_filter}
    detail_view = CustomerDetailView
    empty_text = _("Customers are the organisations, or parts of your own, that use services.")

    @classmethod
    def get_queryset(cls) -> models.QuerySet:
        return super().get_queryset().with_status(business_today())

    @classmethod
    def urls(cls) -> list[URLPattern]:
        merge, undo = MergeView.as_view(crud=cls), UndoMergeView.as_view(crud=cls)
        return [
            *super().urls(),
            path("customers/<int:pk>/merge/", merge, name="customers-merge"),
            path("customers/<int:pk>/undo-merge/", undo, name="customers-undo-merge"),
        ]


class AgreementViews(CrudViews):
    model = Agreement
    icon = "handshake"
    group, order = RELATIONSHIPS, 20
    columns = ["reference", "customer", "service", "status", "starts_on", "ends_on", "annual_value"]
    fields = [
        "reference",
        "customer",
        "service",
        "offering",
        "starts_on",
        "ends_on",
        "signed_on",
        "notice_days",
        "annual_value",
        "currency",
        "counts_for_customer",
    ]
    shown = [*fields, "termination_reason"]
    ordering = "-starts_on"
    empty_text = _("An agreement says which service a customer has, from when and for how much.")

    @classmethod
    def warnings(cls, record: Agreement, request: HttpRequest) -> list[str]:
        if record.was_signed:
            return [str(_("These terms are signed. A change of terms becomes the next version."))]
        return []


register_panel(
    Customer,
    AgreementViews,
    "customer",
    order=10,
    columns=("reference", "service", "status", "starts_on", "ends_on", "annual_value"),
)
register_panel(
    Service,
    AgreementViews,
    "service",
    order=10,
    columns=("reference", "customer", "status", "starts_on", "ends_on", "annual_value"),
)
