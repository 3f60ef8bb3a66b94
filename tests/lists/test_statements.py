"""What a list costs: few statements, the same for any number of rows; an index for its order."""

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from brm.core.crud import REGISTRY
from tests.factories import RECORD_FACTORIES, ComplaintFactory, CustomerFactory, UserFactory, make

RESOURCES = sorted(set(REGISTRY) & set(RECORD_FACTORIES))
MOST = 6  # session, user, roles, views, rows, count
SMALL = {"exchange-rates", "kpi-targets", "users"}  # some thousand rows at most


def statements(client, address):
    client.get(address)  # fills caches of the process
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200
    return len(captured), response


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_list_of_every_record_needs_six_statements_at_most(admin, resource):
    for _ in range(3):
        make(resource)
    assert statements(admin, f"/{resource}/")[0] <= MOST


def test_a_list_of_several_pages_needs_six_with_its_count(admin):
    counts = []
    for size in (55, 5):
        for _ in range(size):
            ComplaintFactory(customer=CustomerFactory(manager=UserFactory()))
        for query in ("", "?density=compact&columns=subject,customer,service", "?cursor=last"):
            count, response = statements(admin, f"/complaints/{query}")
            counts.append(count)
    assert response.context["page"]["total"] == 60
    assert set(counts) == {MOST}


def test_a_list_on_one_page_is_not_counted(admin):
    ComplaintFactory()
    count, response = statements(admin, "/complaints/")
    assert (response.context["page"]["total"], count) == (1, MOST - 1)


def test_a_filter_by_a_record_costs_its_name_alone(admin):
    customer = ComplaintFactory(customer=CustomerFactory()).customer
    for _ in range(3):
        ComplaintFactory()
    count, response = statements(admin, f"/complaints/?customer={customer.pk}")
    assert len(response.context["table"]["rows"]) == 1
    assert count == MOST


@pytest.mark.parametrize("resource", sorted(set(REGISTRY) - SMALL))
def test_the_order_of_every_list_has_an_index(resource):
    """Without one every page of a large table is sorted anew."""
    model, ordering = REGISTRY[resource].model, REGISTRY[resource].ordering
    field = model._meta.get_field(ordering.removeprefix("-"))
    indexed = [tuple(index.fields) for index in model._meta.indexes]
    assert field.primary_key or field.unique or (ordering, "id") in indexed
    assert isinstance(field, models.Field)
