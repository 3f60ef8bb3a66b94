"""Pages of webhooks: the subscriptions, what was delivered and how, and their secrets."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from brm.core.crud import Column, CreateView, CrudViews, UpdateView, register_part
from brm.core.explaining import require
from brm.core.navigation import DATA
from brm.core.roles import may

from . import signing
from .dispatch import redeliver
from .forms import WebhookForm
from .models import Delivery, DeliveryState, Secret, Webhook
from .outbox import wake

TONES = {
    DeliveryState.SENT: "good",
    DeliveryState.PENDING: "info",
    DeliveryState.DEAD: "bad",
    DeliveryState.WITHHELD: "warn",
}
SHOWN, SHOWN_IN_PANEL = 200, 8


class WebhookCreateView(CreateView):
    """A new subscription."""

    def form(self, *args: Any, **kwargs: Any) -> WebhookForm:
        return WebhookForm(*args, user=self.request.user, **kwargs)


class WebhookUpdateView(UpdateView):
    """Change a subscription."""

    def form(self, *args: Any, **kwargs: Any) -> WebhookForm:
        return WebhookForm(*args, user=self.request.user, **kwargs)


class WebhookViews(CrudViews):
    model = Webhook
    icon = "webhook"
    group, order = DATA, 96
    columns = ["name", "url", Column("events_in_words", gettext_lazy("Events")), "is_active"]
    fields = ["name", "url", "events", "owner", "is_active"]
    shown = [
        "url",
        Column("events_in_words", gettext_lazy("Events")),
        "owner",
        "is_active",
    ]
    importable = False
    create_view = WebhookCreateView
    update_view = WebhookUpdateView

    @classmethod
    def actions(cls, record: Webhook, request: HttpRequest) -> list[dict[str, Any]]:
        """The way to the secret, for those who may change the webhook."""
        if not may(request.user, "U", cls.model.resource):
            return []
        address = reverse("webhooks-secret", args=[record.pk])
        label = _("Signing secret")
        return [{"label": label, "icon": "key-round", "url": address, "primary": False}]

    empty_text = gettext_lazy(
        "A webhook tells another system what happens to records, signed and in order."
    )


def deliveries_part(webhook: Webhook, user: Any) -> dict[str, Any]:
    """The newest deliveries on a subscription's page."""
    found = list(webhook.deliveries.order_by("-pk")[: SHOWN_IN_PANEL + 1])
    return {
        "title": _("Deliveries"),
        "icon": "send",
        "count": len(found) if len(found) <= SHOWN_IN_PANEL else None,
        "table": delivery_table(found[:SHOWN_IN_PANEL]),
        "url_all": reverse("webhooks-deliveries", args=[webhook.pk]) if found else None,
        "url_add": None,
        "resource": Webhook.resource,
    }


register_part(Webhook, deliveries_part, order=10)


def delivery_table(deliveries: list[Delivery]) -> dict[str, Any]:
    """Deliveries as the table component takes them."""
    labels = (_("Event"), _("Record"), _("At"), _("State"), _("Attempts"), _("Last answer"))
    columns = [
        {"name": str(n), "label": label, "sortable": False, "numeric": n == 4}
        for n, label in enumerate(labels)
    ]
    return {"columns": columns, "rows": [_row(delivery) for delivery in deliveries]}


def _row(delivery: Delivery) -> dict[str, Any]:
    last = delivery.log[-1] if delivery.log else {}
    badge = {"kind": "badge", "value": delivery.get_state_display(), "tone": TONES[delivery.state]}
    return {
        "url": reverse("webhooks-delivery", args=[delivery.pk]),
        "cells": [
            {"kind": "text", "value": delivery.event},
            {"kind": "reference", "value": delivery.reference},
            {"kind": "datetime", "value": delivery.occurred_at},
            badge,
            {"kind": "number", "value": delivery.attempts},
            {"kind": "text", "value": str(last.get("status") or last.get("error") or "")},
        ],
    }


class WebhookPage(View):
    """Base of the pages beside the record's own."""

    verb = "V"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may(request.user, "V", Webhook.resource):
            raise Http404
        require(request.user, self.verb, Webhook.resource)
        return super().dispatch(request, *args, **kwargs)

    def webhook(self, pk: int) -> Webhook:
        return get_object_or_404(Webhook.objects.allowed(self.request.user, self.verb), pk=pk)

    def delivery(self, pk: int) -> Delivery:
        seen = Webhook.objects.allowed(self.request.user, self.verb)
        found = Delivery.objects.filter(webhook__in=seen).select_related("webhook")
        return get_object_or_404(found, pk=pk)


class DeliveriesPage(WebhookPage):
    """The delivery log of a subscription, newest first."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        webhook = self.webhook(pk)
        table = delivery_table(list(webhook.deliveries.order_by("-pk")[:SHOWN]))
        return render(request, "webhooks/deliveries.html", {"webhook": webhook, "table": table})


class DeliveryPage(WebhookPage):
    """What was sent, and what came back in each attempt."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        delivery = self.delivery(pk)
        context = {
            "delivery": delivery,
            "badge": {"label": delivery.get_state_display(), "tone": TONES[delivery.state]},
            "facts": _facts(delivery),
            "attempts": _attempts(delivery),
            "may_send": may(request.user, "U", Webhook.resource),
        }
        return render(request, "webhooks/delivery.html", context)


def _facts(delivery: Delivery) -> list[dict[str, Any]]:
    cells = [
        (_("Event id"), {"kind": "reference", "value": delivery.event_id}),
        (_("Record"), {"kind": "reference", "value": delivery.reference}),
        (_("At"), {"kind": "datetime", "value": delivery.occurred_at}),
        (_("Delivered at"), {"kind": "datetime", "value": delivery.sent_at}),
        (_("Next attempt"), {"kind": "datetime", "value": delivery.next_at}),
    ]
    return [{"label": label, "cell": cell} for label, cell in cells]


def _attempts(delivery: Delivery) -> dict[str, Any]:
    labels = (_("At"), _("Answer"), _("Milliseconds"))
    columns = [
        {"name": str(n), "label": label, "sortable": False, "numeric": n == 2}
        for n, label in enumerate(labels)
    ]
    rows = [
        {
            "url": "",
            "cells": [
                {"kind": "datetime", "value": timezone.datetime.fromisoformat(entry["at"])},
                {
                    "kind": "text",
                    "value": str(entry["status"] or entry["error"]),
                    "sub": entry["answer"][:200],
                },
                {"kind": "number", "value": entry["milliseconds"]},
            ],
        }
        for entry in reversed(delivery.log)
    ]
    return {"columns": columns, "rows": rows}


class RedeliverPage(WebhookPage):
    """Send a delivery once more."""

    verb = "U"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        delivery = self.delivery(pk)
        redeliver(delivery, now=timezone.now())
        wake([delivery.webhook_id])
        messages.success(request, _("It will be sent again in a moment."))
        return redirect("webhooks-delivery", pk=pk)


class SecretPage(WebhookPage):
    """A new secret in place of the present one, shown this once."""

    verb = "U"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return render(request, "webhooks/secret.html", {"webhook": self.webhook(pk), "secret": ""})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        webhook = self.webhook(pk)
        context = {"webhook": webhook, "secret": renewed_secret(webhook)}
        return render(request, "webhooks/secret.html", context)


def renewed_secret(webhook: Webhook) -> str:
    """Give a subscription a new secret. Effects: what is sent from now on is signed with it."""
    value = signing.new_secret()
    Secret.objects.update_or_create(webhook=webhook, defaults={"value": value})
    return value
