"""Start page and scorecard cost little more than an empty page, whatever the number of facts.

Counted are the calls of Python functions: they do not depend on how busy the machine is.
"""

import cProfile
import pstats
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from brm.urls import urlpatterns as pages
from tests.factories import ComplaintFactory, CustomerFactory

from .conftest import SECOND_NIGHT, night

pytestmark = pytest.mark.django_db
MOST = 1.5


def empty(request: HttpRequest) -> HttpResponse:
    """Nothing but the frame."""
    return render(request, "base.html")


urlpatterns = [*pages, path("empty/", empty)]


def calls(client, address):
    """How many calls a page takes that was asked for before."""
    for _ in range(2):
        assert client.get(address).status_code == 200
    profile = cProfile.Profile()
    profile.runcall(client.get, address)
    return pstats.Stats(profile).prim_calls


@pytest.mark.parametrize("address", ["/", "/kpis/"])
def test_at_most_half_as_much_again_as_an_empty_page(lead, restated, settings, address):
    settings.ROOT_URLCONF = __name__
    before = calls(lead, address)
    assert before <= MOST * calls(lead, "/empty/")
    for i in range(30):
        customer = CustomerFactory(name=f"More {i}", region=f"Region {i}")
        ComplaintFactory(customer=customer, received_at=datetime(2025, 3, 9, tzinfo=UTC))
    night(SECOND_NIGHT + timedelta(days=1))
    assert calls(lead, address) == pytest.approx(before, rel=0.01)
