"""A list of a million rows: any page costs what the first one costs, as in a small table."""

from statistics import median

import pytest
from django.db import connection

from bench.measuring import measured
from bench.series import day_after, instant, numbers
from bench.volume import START
from brm.core.dirty import install_triggers, remove_triggers
from brm.core.keyset import capped_count
from feedback.models import Complaint
from tests.factories import CustomerFactory, ServiceFactory
from tests.pages.conftest import signed_in

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]
ROUNDS = 15
BOUND = 1.25
EXACT_TOTAL_SECONDS = 0.004  # processor time of the program and the database


def add_complaints(first, last, customer, service):
    """Complaints with the ids first to last, received over three years, made by the database."""
    received = day_after(START, "s.i % 997")
    at = instant(received, "s.i % 1439")
    values = {
        "id": "s.i",
        "reference": "'K-' || s.i",
        "version": "1",
        "created_at": at,
        "updated_at": at,
        "customer_id": str(customer.pk),
        "service_id": str(service.pk),
        "subject": "'Complaint ' || s.i",
        "text": "''",
        "channel": "''",
        "severity": "'medium'",
        "status": "'received'",
        "received_at": at,
        "received_on": received,
        "acknowledge_due_at": at,
        "finding": "''",
        "remedy": "''",
        "learning": "''",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO feedback_complaint ({', '.join(values)})"
            f" SELECT {', '.join(values.values())} FROM {numbers(last)} WHERE s.i >= {first}"
        )
        cursor.execute("ANALYZE")


def addresses(client):
    """The first page, the next ones, one from the middle, and the last, by their own links."""
    first = "/complaints/"
    second = client.get(first).context["page"]["next_url"]
    last = client.get(first).context["page"]["last_url"]
    before_last = client.get(last).context["page"]["previous_url"]
    middle = "/complaints/?received_at__lte=2024-06-01"
    deep = client.get(middle).context["page"]["next_url"].replace("received_at__lte", "x")
    return {
        "first": first,
        "second": second,
        "deep": deep.replace("x=2024-06-01&", ""),
        "last": last,
        "before the last": before_last,
    }


def costs(client):
    """Median processor seconds of each page, the pages taking turns."""
    pages = addresses(client)
    found = {name: [] for name in pages}
    for _ in range(ROUNDS):
        for name, address in pages.items():
            with measured() as sample:
                response = client.get(address)
            assert len(response.context["table"]["rows"]) == 50
            assert sample.statements <= 6
            found[name].append(sample.cpu)
    return {name: median(values) for name, values in found.items()}


@pytest.mark.django_db(transaction=True)
def test_every_page_of_a_million_rows_costs_what_the_first_costs_of_ten_thousand():
    client = signed_in("administrator")
    customer, service = CustomerFactory(), ServiceFactory()
    remove_triggers()
    try:
        add_complaints(1, 10_000, customer, service)
        small = costs(client)
        add_complaints(10_001, 1_000_000, customer, service)
        large = costs(client)
        counted = []
        for _ in range(ROUNDS):
            with measured() as sample:
                total = capped_count(Complaint.objects.all())
            counted.append(sample.cpu)
    finally:
        install_triggers()
    ratios = {name: value / large["first"] for name, value in large.items()}
    growth = {name: large[name] / small[name] for name in large}
    print(  # noqa: T201 - the figures of a run of the long tests
        f"CPU ms {large}, to the first {ratios}, 10 k to 1 M {growth}, total {median(counted)}"
    )
    assert max(ratios.values()) <= BOUND, ratios
    assert max(growth.values()) <= BOUND, growth
    assert total == (5_000, False)
    assert median(counted) <= EXACT_TOTAL_SECONDS
