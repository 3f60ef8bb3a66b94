"""What pages may cost: statements (session and user included), requests and bytes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brm.core.crud import REGISTRY
from customers.models import Customer
from tests.factories import (
    RECORD_FACTORIES,
    AgreementFactory,
    ComplaintFactory,
    CustomerFactory,
    ObjectiveFactory,
    ResponseFactory,
    UserFactory,
)
from tests.weighing import weigh

pytestmark = pytest.mark.django_db
RESOURCES = sorted(set(REGISTRY) & set(RECORD_FACTORIES))


def statements(client, address):
    """How many statements a page takes that was asked for before."""
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_list_takes_six_statements_and_one_over_rest_four(admin, resource):
    for _ in range(3):
        RECORD_FACTORIES[resource]()
    assert statements(admin, f"/{resource}/") <= 6
    assert statements(admin, f"/api/v1/{resource}/") <= 4


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("role", ["administrator", "lead", "brm", "service_owner"])
def test_a_record_takes_twelve(as_role, resource, role):
    client = as_role(role)
    record = RECORD_FACTORIES[resource]()
    customer = record if resource == "customers" else getattr(record, "customer", None)
    if customer is not None:
        Customer.objects.filter(pk=customer.pk).update(manager=client.user)
    if client.get(f"/{resource}/{record.pk}/").status_code == 404:
        pytest.skip("outside this role's scope")
    assert statements(client, f"/{resource}/{record.pk}/") <= 12


@pytest.mark.parametrize("role", ["lead", "brm"])
def test_a_customer_takes_as_many_with_many_records_beside_it(as_role, role):
    client = as_role(role)
    customer = CustomerFactory(manager=client.user)
    page = f"/customers/{customer.pk}/"
    few = statements(client, page)
    for _ in range(8):
        for factory in (AgreementFactory, ComplaintFactory, ObjectiveFactory, ResponseFactory):
            factory(customer=customer)
        customer.deputy = UserFactory()
        customer.save()
    assert statements(client, page) == few <= 12


@pytest.mark.parametrize(
    "name",
    ["list", "new", "detail", "customer", "edit", "search", "home", "sign-in", "import"],
)
def test_a_page_is_light(admin, client, name):
    customer = CustomerFactory()
    for number in range(50):
        subject = f"Nothing worked on day {number}"
        complaint = ComplaintFactory(subject=subject, customer=customer)
    address = {
        "list": "/complaints/",
        "new": "/complaints/new/",
        "detail": f"/complaints/{complaint.pk}/",
        "customer": f"/customers/{customer.pk}/",
        "search": "/search/?q=nothing",
        "edit": f"/complaints/{complaint.pk}/edit/",
        "home": "/",
        "sign-in": "/accounts/login/",
        "import": "/imports/new/",
    }[name]
    response = (client if name == "sign-in" else admin).get(address)
    assert response.status_code == 200
    assert weigh(response).is_light
