"""The REST resource of imports."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from brm.core.models import ImportRun
from customers.models import Customer
from tests.factories import UserFactory

from .test_pages import work

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/imports/"


@pytest.fixture
def lead(client: Any) -> Any:
    user = UserFactory(roles=["lead"])
    client.force_login(user)
    return user


def post(client: Any, content: str = "reference,name\nA,Alpha\nB,\n", **values: Any) -> Any:
    file = SimpleUploadedFile("a.csv", content.encode())
    return client.post(ADDRESS, {"file": file, "entity": "customers", **values})


def test_upload_follow_and_undo(client, lead):
    response = post(client)
    assert response.status_code == 202, response.content
    address = response["Location"].removeprefix("http://testserver")
    assert client.get(address).json()["state"] == "importing"
    work()
    shown = client.get(address).json()
    assert (shown["state"], shown["progress"], shown["by"]) == ("done", 1.0, lead.username)
    assert shown["report"]["counts"]["customers"]["created"] == 1
    assert shown["report"]["problems"] == [
        {"row": 3, "column": "name", "message": "This column is compulsory, the cell is empty."}
    ]
    listed = client.get(ADDRESS, {"state": "done", "entity": "customers"}).json()
    assert [run["id"] for run in listed["results"]] == [shown["id"]]
    assert client.post(f"{address}undo/").status_code == 202
    work()
    assert client.get(address).json()["state"] == "undone"
    assert client.post(f"{address}undo/").status_code == 409
    assert not Customer.objects.exists()


def test_a_dry_run(client, lead):
    post(client, dry_run="true")
    work()
    assert ImportRun.objects.get().state == "checked"
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"entity": "unicorns"}, "entity"),
        ({"profile": "unknown"}, "profile"),
        ({"content": "reference\n"}, "file"),
        ({"content": "reference,name\nA,x\n", "encoding": "klingon"}, "file"),
        ({"content": "reference,name\nA,x\n", "time_zone": "Mars/Base"}, "file"),
        ({"on_error": "shrug"}, "on_error"),
    ],
)
def test_a_wrong_upload_names_its_field(client, lead, values, field):
    response = post(client, **values)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("query", ["?state=lost", "?entity=x", "?page_size=999", "?colour=red"])
def test_wrong_parameters(client, lead, query):
    assert client.get(ADDRESS + query).status_code == 400


def test_rights(client, lead):
    post(client)
    run = ImportRun.objects.get()
    client.force_login(UserFactory(roles=["finance"]))
    assert client.get(f"{ADDRESS}{run.pk}/").status_code == 404
    assert client.get(ADDRESS).json()["results"] == []
    assert post(client).status_code == 403
    client.force_login(UserFactory(roles=["brm"]))
    assert client.get(ADDRESS).status_code == 403
    client.logout()
    assert client.get(ADDRESS).status_code == 401
