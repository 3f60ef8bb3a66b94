"""The REST resource `webhooks`, its delivery log, redelivery and secrets."""

from typing import Any

from django.db import transaction
from django.urls import URLPattern, re_path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from brm.core import keyset
from brm.core.api import ApiView, RecordViewSet
from brm.core.api.errors import FieldErrors
from brm.core.api.schema import refusals
from brm.core.roles import may

from .dispatch import redeliver
from .models import Delivery, DeliveryState, Webhook
from .outbox import wake
from .views import renewed_secret

PAGE, LARGEST_PAGE = 50, 200


class WebhookViewSet(RecordViewSet):
    """A subscription. Its secret is given by `POST …/secret/` alone, once."""

    model = Webhook


class AttemptShape(serializers.Serializer):
    """One attempt."""

    at = serializers.CharField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()
    answer = serializers.CharField(help_text="The first 500 bytes.")
    milliseconds = serializers.IntegerField()


class DeliveryShape(serializers.ModelSerializer):
    """A delivery with its attempts, the newest last."""

    log = AttemptShape(many=True)
    changed = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Delivery
        fields = ["id", "event_id", "event", "reference", "version", "changed", "occurred_at"]
        fields += ["state", "attempts", "next_at", "sent_at", "log"]
        read_only_fields = fields


class DeliveryPageShape(serializers.Serializer):
    """A page of deliveries."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = DeliveryShape(many=True)


class SecretShape(serializers.Serializer):
    """The secret with which events are signed from now on."""

    secret = serializers.CharField(help_text="`whsec_` and base 64; it is shown this once.")


def described(shape: Any, summary: str, operation_id: str, **more: Any) -> Any:
    """The description of an answer."""
    answers = {200: OpenApiResponse(shape), **refusals(400, 401, 403, 404, 422)}
    return extend_schema(
        summary=summary, tags=["webhooks"], operation_id=operation_id, responses=answers, **more
    )


class WebhookApi(ApiView):
    """What the views beside the record's own share."""

    def webhook(self, verb: str, pk: str) -> Webhook:
        user = self.request.user
        found = Webhook.objects.visible_to(user).filter(pk=int(pk)).first()
        if found is None:
            raise NotFound()
        if not may(user, verb, Webhook.resource):
            raise PermissionDenied()
        return found


class DeliveriesView(WebhookApi):
    """The delivery log of a subscription."""

    parameters = frozenset({"cursor", "page_size", "state"})

    @described(
        DeliveryPageShape,
        "List the deliveries of a webhook",
        "webhooks_deliveries",
        parameters=[
            OpenApiParameter("state", str, enum=DeliveryState.values),
            OpenApiParameter("cursor", str),
            OpenApiParameter("page_size", {"type": "integer", "minimum": 1, "maximum": 200}),
        ],
    )
    def get(self, request: Request, pk: str) -> Response:
        found = self.webhook("V", pk).deliveries.all()
        state = request.query_params.get("state")
        if state is not None and state not in DeliveryState.values:
            raise FieldErrors({"state": [_("There is no such state.")]})
        found = found if state is None else found.filter(state=state)
        page = keyset.paginate(found, ["-id"], request.query_params.get("cursor"), self._size())
        return Response(
            {
                "next": self._address(page.next_cursor),
                "previous": self._address(page.previous_cursor),
                "results": DeliveryShape(page.items, many=True).data,
            }
        )

    def _size(self) -> int:
        text = self.request.query_params.get("page_size", str(PAGE))
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= LARGEST_PAGE):
            raise FieldErrors({"page_size": [_("A page has 1 to 200 records.")]})
        return int(text)

    def _address(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        parameters = self.request.query_params.copy()
        parameters["cursor"] = cursor
        return self.request.build_absolute_uri(f"{self.request.path}?{parameters.urlencode()}")


class RedeliverView(WebhookApi):
    """Send a delivery once more, under the same id."""

    @described(DeliveryShape, "Deliver an event again", "webhooks_redeliver", request=None)
    @transaction.atomic
    def post(self, request: Request, pk: str, delivery: str) -> Response:
        webhook = self.webhook("U", pk)
        found = webhook.deliveries.select_for_update().filter(pk=int(delivery)).first()
        if found is None:
            raise NotFound()
        redeliver(found, now=timezone.now())
        transaction.on_commit(lambda: wake([webhook.pk]), robust=True)
        return Response(DeliveryShape(found).data)


class SecretView(WebhookApi):
    """A new secret."""

    @described(SecretShape, "Make a new secret and show it once", "webhooks_secret", request=None)
    def post(self, request: Request, pk: str) -> Response:
        return Response({"secret": renewed_secret(self.webhook("U", pk))})


KEY = r"(?P<pk>[0-9]{1,18})"
urls: list[URLPattern] = [
    re_path(
        rf"^webhooks/{KEY}/deliveries/\Z", DeliveriesView.as_view(), name="webhooks-deliveries"
    ),
    re_path(
        rf"^webhooks/{KEY}/deliveries/(?P<delivery>[0-9]{{1,18}})/redeliver/\Z",
        RedeliverView.as_view(),
        name="webhooks-redeliver",
    ),
    re_path(rf"^webhooks/{KEY}/secret/\Z", SecretView.as_view(), name="webhooks-secret"),
]
