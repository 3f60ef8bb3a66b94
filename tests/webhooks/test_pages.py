"""Webhooks over REST and as pages: administrators only, never by token; log, redelivery, secret."""

import re

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from brm.tokens.actions import issue
from brm.webhooks.models import Delivery, Secret, Webhook
from tests.factories import CustomerFactory, UserFactory
from tests.looking import look_at, sign_in
from tests.webhooks.conftest import deliver

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/webhooks/"


def test_a_subscription_over_rest(admin, receiver):
    new = {"name": "Desk", "url": receiver.url, "events": ["complaint.*"], "owner": admin.user.pk}
    made = admin.post(ADDRESS, new)
    assert made.status_code == 201, made.content
    assert "secret" not in str(made.json())
    address = f"{ADDRESS}{made.json()['id']}/"
    changed = admin.patch(address, {"events": ["*"]}, headers={"If-Match": made["ETag"]})
    assert (changed.status_code, changed.json()["events"]) == (200, ["*"])
    for wrong in (
        {"url": "https://10.0.0.1/"}, {"events": ["nonsense"]}, {"events": []},
        {"events": "complaint.created"}, {"events": [{"a": 1}]}, {"owner": 999999},
    ):  # fmt: skip
        assert admin.patch(address, wrong).status_code == 400, wrong
    first = admin.post(f"{address}secret/").json()["secret"]
    assert first.startswith("whsec_")
    assert Secret.objects.get().value == first
    assert first not in str(admin.get(address).json())
    assert admin.delete(address).status_code == 204


def test_the_delivery_log_and_redelivery_over_rest(admin, subscribe, receiver):
    webhook = subscribe("customer.*")
    CustomerFactory()
    deliver()
    log = admin.get(f"{ADDRESS}{webhook.pk}/deliveries/?state=sent").json()["results"]
    assert [(entry["event"], entry["log"][0]["status"]) for entry in log] == [
        ("customer.created", 200)
    ]
    again = admin.post(f"{ADDRESS}{webhook.pk}/deliveries/{log[0]['id']}/redeliver/")
    assert (again.status_code, again.json()["state"]) == (200, "pending")
    deliver()
    assert len(receiver.received) == 2
    assert admin.get(f"{ADDRESS}{webhook.pk}/deliveries/?state=x").status_code == 400
    assert admin.get(f"{ADDRESS}999/deliveries/").status_code == 404
    assert admin.post(f"{ADDRESS}{webhook.pk}/deliveries/999999/redeliver/").status_code == 404


def test_others_and_tokens_reach_no_webhook(caller, subscribe):
    webhook = subscribe("*")
    paths = [ADDRESS, f"{ADDRESS}{webhook.pk}/", f"{ADDRESS}{webhook.pk}/deliveries/"]
    token = APIClient()
    _token, secret = issue(
        UserFactory(roles=["administrator"]), name="x", scopes=["*"], days=1, now=timezone.now()
    )
    token.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    for client in (caller("lead"), caller("integration"), caller("executive"), token):
        assert [client.get(path).status_code for path in paths] == [403, 404, 404]
        assert client.post(f"{ADDRESS}{webhook.pk}/secret/").status_code == 404
        assert client.post(ADDRESS, {}).status_code == 403
    auditor = caller("auditor")
    assert auditor.get(paths[2]).status_code == 200
    assert auditor.post(f"{ADDRESS}{webhook.pk}/secret/").status_code == 403
    assert auditor.get(f"/webhooks/{webhook.pk}/secret/").status_code == 403
    assert caller("lead").get(f"/webhooks/{webhook.pk}/deliveries/").status_code == 404


def test_the_pages_from_a_new_webhook_to_a_redelivery(admin, receiver):
    form = {"name": "Desk", "url": receiver.url, "events": "customer.* complaint.created"}
    form |= {"owner": admin.user.pk, "is_active": "on"}
    assert (
        admin.post("/webhooks/new/", form | {"events": "x"}, format="multipart").status_code == 422
    )
    made = admin.post("/webhooks/new/", form, format="multipart")
    webhook = Webhook.objects.get()
    assert made.url == f"/webhooks/{webhook.pk}/"
    assert webhook.events == ["customer.*", "complaint.created"]
    page = admin.get(f"/webhooks/{webhook.pk}/edit/").content.decode()
    assert "customer.* complaint.created" in page
    shown = admin.post(f"/webhooks/{webhook.pk}/secret/").content.decode()
    assert re.search(r'value="(whsec_[^"]+)"', shown)[1] == Secret.objects.get().value
    secret = Secret.objects.get().value
    CustomerFactory()
    deliver()
    delivery = Delivery.objects.get()
    for path in (f"/webhooks/{webhook.pk}/", f"/webhooks/{webhook.pk}/deliveries/",
                 f"/webhooks/deliveries/{delivery.pk}/"):  # fmt: skip
        content = admin.get(path).content.decode()
        assert "customer.created" in content
        assert secret not in content
    assert admin.post(f"/webhooks/deliveries/{delivery.pk}/redeliver/").status_code == 302
    deliver()
    assert len(receiver.received) == 2


def test_the_secret_is_in_no_history(subscribe):
    webhook = subscribe("*")
    value = Secret.objects.get(webhook=webhook).value
    assert value not in str(list(webhook.history.values()))


@pytest.mark.full
@pytest.mark.browser
@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_the_pages_are_accessible(page, subscribe, receiver):
    user = UserFactory(roles=["administrator"])
    page.goto("/accounts/login/")
    sign_in(page, user)
    assert look_at(page, "/webhooks/", 1440, "light") == ([], 0, [])
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    webhook = subscribe("customer.*", name=long, url=f"{receiver.url}&q={'x' * 300}")
    CustomerFactory()
    receiver.answer = lambda number: 500
    deliver()
    delivery = Delivery.objects.get()
    addresses = ["/webhooks/", "/webhooks/new/", f"/webhooks/{webhook.pk}/",
                 f"/webhooks/{webhook.pk}/secret/", f"/webhooks/{webhook.pk}/deliveries/",
                 f"/webhooks/deliveries/{delivery.pk}/"]  # fmt: skip
    for width, theme in ((1440, "light"), (390, "dark")):
        for address in addresses:
            assert look_at(page, address, width, theme) == ([], 0, []), address
