"""One user, and of each resource a record in each of his scopes and one that is nobody's."""

from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from brm.core.api import REGISTRY as RESOURCES
from brm.tokens.actions import issue
from brm.webhooks.models import Webhook
from kpis.models import KpiTarget
from tests.api.payloads import CHANGES, PAYLOADS
from tests.factories import RECORD_FACTORIES, UserFactory, make

PLACES = ("portfolio", "services", "own", "nobody")
ADDRESS = "https://93.184.216.34/hook"


class Months:
    """Months that no target was set for yet."""

    used = 0

    @classmethod
    def next(cls) -> str:
        cls.used += 1
        return f"{2100 + cls.used // 12}-{cls.used % 12 + 1:02d}"


class Company:
    """`records` and `payloads` by resource and place; the user is given roles by `become`."""

    def __init__(self) -> None:
        self.user = UserFactory(username="actor")
        self.stranger = UserFactory(username="stranger", roles=["brm", "service_owner"])
        self.customer = make("customers", manager=self.user)
        self.service = make("services", owner=self.user)
        self.objective = make("objectives", customer=self.customer)
        self.records = {
            name: {place: self._placed(name, place) for place in places(model_of(name))}
            for name in resources()
        }
        self.payloads = {
            name: {place: self._payload(name, place) for place in self.records[name]}
            for name in resources()
        }
        self.pages, self.api = Client(), APIClient()
        self.pages.force_login(self.user)
        self.api.force_login(self.user)

    # --- Records ---------------------------------------------------------------------------------

    def _relations(self, name: str, place: str) -> dict[str, Any]:
        """The fields that put a record into a place."""
        model = model_of(name)
        if place == "own":
            return {model.owner_path: self.user}
        if place == "services":
            return {"service": self.service} if model.service_path else {"owner": self.user}
        if place == "portfolio":
            return {
                "": {"manager": self.user},
                "customer": {"customer": self.customer},
                "objective__customer": {"objective": self.objective},
            }[model.customer_path]
        return {}

    def _placed(self, name: str, place: str) -> Any:
        values = self._relations(name, place)
        if name == "kpi-targets":
            made = KpiTarget(kpi="complaints", month=Months.next(), target=4, **values)
        elif name == "webhooks":
            owner = values.get("owner", self.stranger)
            made = Webhook(name="Desk", url=ADDRESS, events=["*"], owner=owner)
        else:
            return make(name, **values)
        made.save()
        return made

    def _payload(self, name: str, place: str) -> dict[str, Any]:
        """What a POST needs for a new record in the place."""
        if name == "kpi-targets":
            base = {"kpi": "complaints", "month": Months.next(), "target": "4"}
        elif name == "webhooks":
            base = {"name": "x", "url": ADDRESS, "events": ["*"], "owner": self.stranger.pk}
        else:
            base = PAYLOADS[name]()
        named = {field: value.pk for field, value in self._relations(name, place).items()}
        for field in named:
            base.pop(f"{field}_reference", None)
        return {**base, **named}

    # --- Who acts --------------------------------------------------------------------------------

    def become(self, role: str | None) -> None:
        """Give the user this role alone."""
        self.user.groups.set(Group.objects.filter(name=role) if role else [])

    def bearer(self, *scopes: str) -> APIClient:
        """A caller by a token of the user."""
        client = APIClient()
        _token, secret = issue(
            self.user, name="program", scopes=scopes, days=30, now=timezone.now()
        )
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client


def resources() -> list[str]:
    """The resources whose records the tests can make."""
    return [name for name in RESOURCES if name in {*RECORD_FACTORIES, "kpi-targets", "webhooks"}]


def model_of(name: str) -> Any:
    return RESOURCES[name].model


def places(model: Any) -> list[str]:
    """The places where a record of the model can lie."""
    paths = (model.customer_path, model.service_path, model.owner_path)
    return [place for place, path in zip(PLACES, paths, strict=False) if path is not None] + [
        "nobody"
    ]


def change_of(name: str) -> dict[str, Any]:
    """A change that a PATCH may make."""
    return {"kpi-targets": {"target": "5"}, "webhooks": {"name": "Other"}}.get(name) or CHANGES[
        name
    ]


@contextmanager
def undone():
    """Whatever is written inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
