"""Lists: pages, search, filters, pickers."""

import pytest

from tests.factories import (
    AgreementFactory,
    CustomerFactory,
    UserFactory,
)

from .forms import text_of

pytestmark = pytest.mark.django_db


def test_pages_of_a_list_lead_through_every_row_in_order(admin):
    for number in range(120):
        CustomerFactory(name=f"Customer {number:03d}")
    url, names, ranges = "/customers/?sort=-name", [], []
    while url:
        context = admin.get(url).context
        names += [row["cells"][0]["value"] for row in context["table"]["rows"]]
        page = context["page"]
        ranges.append((page["from"], page["to"], page["total"]))
        url, last = page["next_url"], url
    assert names == [f"Customer {number:03d}" for number in reversed(range(120))]
    assert ranges == [(1, 50, 120), (51, 100, 120), (101, 120, 120)]
    back = admin.get(admin.get(last).context["page"]["previous_url"]).context
    assert (back["page"]["from"], back["page"]["to"]) == (51, 100)


def test_the_last_page_says_where_it_is(admin):
    for number in range(60):
        CustomerFactory(name=f"{number:02d}")
    page = admin.get("/customers/?cursor=last").context["page"]
    assert (page["from"], page["to"], page["total"]) == (11, 60, 60)


def test_search_and_filters_narrow_the_list_and_are_shown_as_chips(admin):
    manager = UserFactory(name="Mei Chen")
    CustomerFactory(name="Kestrel Rail", tier="key", manager=manager)
    CustomerFactory(name="Kestrel Bank", tier="standard")
    context = admin.get(f"/customers/?q=kestrel&tier=key&manager={manager.pk}").context
    assert [row["cells"][0]["value"] for row in context["table"]["rows"]] == ["Kestrel Rail"]
    assert [(chip["label"], chip["value"]) for chip in context["chips"]] == [
        ("Tier", "Key"),
        ("Relationship manager", "Mei Chen"),
    ]
    removed = context["chips"][0]["remove_url"]
    assert removed == f"/customers/?q=kestrel&manager={manager.pk}"


def test_the_derived_status_filters_customers(admin):
    AgreementFactory(customer__name="Active", status="signed")
    CustomerFactory(name="Prospect")
    rows = admin.get("/customers/?status=prospect").context["table"]["rows"]
    assert [row["cells"][0]["value"] for row in rows] == ["Prospect"]


def test_nothing_matches_is_another_text_than_nothing_yet(admin):
    CustomerFactory()
    response = admin.get("/customers/?q=zzz")
    assert "Nothing matches" in text_of(response)
    assert response.context["nothing_yet"] is False


def test_htmx_gets_the_list_alone(admin):
    response = admin.get("/customers/", headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div id="list">')


@pytest.mark.parametrize(
    "query",
    [
        "?sort=manager__password",
        "?cursor=x",
        "?manager=abc",
        "?q=%00",
        "?at=x&cursor=y",
        "?received_at__gte=2025-99-99",
        "?sort=-",
        "?cursor=last&sort=-name",
        "?manager=99999999999999",
    ],
)
def test_odd_addresses_are_no_error(admin, query):
    CustomerFactory()
    assert admin.get(f"/customers/{query}").status_code == 200
    assert admin.get(f"/complaints/{query}").status_code == 200


def test_long_lists_of_records_are_searched_instead_of_listed(admin):
    for number in range(60):
        CustomerFactory(name=f"Unit-{number:02d}x")
    field = admin.get("/complaints/new/").context["form"]["customer"]
    assert field.field.widget.attrs["data-options-url"] == "/customers/options/"
    assert len(field.field.widget.choices) == 1
    options = admin.get("/customers/options/?q=unit-17").context["options"]
    assert [option["label"] for option in options] == ["Unit-17x"]
