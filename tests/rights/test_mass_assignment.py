"""Values that nobody may write: sent with every POST and PATCH, none is taken."""

from typing import Any

import pytest

from brm.core.api import REGISTRY as RESOURCES
from brm.core.crud import REGISTRY as PAGES
from brm.core.models import User
from tests.pages.forms import form_data
from tests.rights.company import Company, change_of, resources, undone

pytestmark = [pytest.mark.once, pytest.mark.django_db]
# Names that other products took once.
ELSEWHERE = ["is_staff", "is_superuser", "password", "roles", "groups", "user_permissions"]
ELSEWHERE += [
    "deleted_at",
    "created_by",
    "score_public",
    "approved_by",
    "_state",
    "pk",
    "__class__",
]
INSTANT = "2001-01-01T00:00:00Z"


def unwritable(resource: str) -> list[str]:
    """Every field of the model or of the answer that is no input, and names of elsewhere."""
    views = RESOURCES[resource]
    every = [*(field.name for field in views.model._meta.get_fields()), *views.columns, *ELSEWHERE]
    return [name for name in dict.fromkeys(every) if name not in views.inputs.fields]


def another(name: str, present: Any) -> Any:
    """A value that differs from the present one and might pass for the field's."""
    if name.endswith("_at"):
        return INSTANT
    return {bool: True, int: 7, list: ["administrator"]}.get(type(present), "zzz")


def values_of(record: Any) -> dict[str, Any]:
    return type(record).everything.filter(pk=record.pk).values().get()


@pytest.mark.parametrize("resource", resources())
def test_the_api_takes_none_of_them(company: Company, resource: str):
    company.become("administrator")
    record = company.records[resource]["nobody"]
    before, count = values_of(record), type(record).everything.count()
    address, root = f"/api/v1/{resource}/{record.pk}/", f"/api/v1/{resource}/"
    shown = company.api.get(address).json()
    taken = {}
    for name in unwritable(resource):
        value = another(name, shown.get(name))
        with undone():
            changed = company.api.patch(address, {**change_of(resource), name: value})
            made = company.api.post(root, {**company.payloads[resource]["nobody"], name: value})
            codes = changed.status_code, made.status_code
            if codes != (400, 400) or values_of(record) != before:
                taken[name] = (codes, changed.json(), made.json())
            if type(record).everything.count() != count:
                taken[name] = "made"
    assert taken == {}


@pytest.mark.parametrize("resource", [name for name in resources() if PAGES[name].fields])
def test_forms_take_none_of_them(company: Company, resource: str):
    company.become("administrator")
    record, crud = company.records[resource]["nobody"], PAGES[resource]
    address = f"/{resource}/{record.pk}/edit/"
    data = form_data(company.pages.get(address))
    kept = [f for f in crud.model._meta.concrete_fields if f.name not in crud.fields]
    before = values_of(record)
    hostile = {f.name: another(f.name, before[f.attname]) for f in kept if f.name != "version"}
    with undone():
        answer = company.pages.post(address, {**dict.fromkeys(ELSEWHERE, "1"), **hostile, **data})
        assert answer.status_code in (302, 422)
        after = values_of(record)
    derived = {"version", "updated_at"}
    assert {f.name for f in kept if before[f.attname] != after[f.attname]} <= derived


def test_nobody_makes_himself_more_by_the_account_page(company: Company):
    company.become("brm")
    page = company.pages.get("/account/")
    hostile = {"is_superuser": "1", "is_staff": "1", "roles": "administrator", "groups": "1"}
    with undone():
        company.pages.post("/account/", {**form_data(page), **hostile, "username": "root"})
        user = User.objects.get(pk=company.user.pk)
        assert (user.is_superuser, user.is_staff, user.username) == (False, False, "actor")
        assert user.role_keys == {"brm"}
