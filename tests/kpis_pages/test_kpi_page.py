"""The page of one KPI: figure, breakdown, rows, method, restatements, comparison."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.definitions import KPIS
from kpis.models import KpiTarget
from tests.factories import ComplaintFactory, CustomerFactory

from .conftest import SECOND_NIGHT, night
from .reading import shown_rows, text_of

pytestmark = pytest.mark.django_db
KEYS = [kpi.key for kpi in KPIS]
PARTS = ["rows", "method", "targets", "restatements", "comparison"]
PAGE = "/kpis/complaints/"


@pytest.mark.parametrize("key", KEYS)
def test_every_kpi_has_a_page_with_data_and_without(lead, key, company):
    response = lead.get(f"/kpis/{key}/?period=2025-03")
    assert response.status_code == 200
    assert lead.get(f"/kpis/{key}/?period=2031").status_code == 200
    assert "Nothing was computed by then" in text_of(lead.get(f"/kpis/{key}/?as_of=2020-01-01"))


def test_a_page_before_any_run_says_what_to_do(lead):
    assert "No figures yet" in text_of(lead.get(PAGE))


def test_an_unknown_kpi_is_not_found(lead):
    assert lead.get("/kpis/happiness/").status_code == 404


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("key", KEYS)
def test_every_part_of_every_kpi_shows(lead, restated, key, part):
    for query in ("", "&dimension=service&member=SVC-1", "&as_of=2025-05-01T12:00Z"):
        assert lead.get(f"/kpis/{key}/?period=2025-03&part={part}{query}").status_code == 200


@pytest.mark.parametrize("period", ["2025-03", "2025-Q1", "2025"])
def test_the_rows_add_up_to_the_figure(lead, restated, period):
    response = lead.get(f"{PAGE}?period={period}")
    assert sum(shown_rows(response)) == int(response.context["figure"]["value"]) == 8
    assert response.context["rows"]["sums"]["numerator"] == "8"


def test_the_rows_of_all_pages_add_up_to_the_figure(lead, company):
    for _ in range(60):
        ComplaintFactory(received_at=datetime(2025, 3, 9, 9, tzinfo=UTC))
    night(SECOND_NIGHT)
    response = lead.get(f"{PAGE}?period=2025-03")
    total = sum(shown_rows(response))
    while url := response.context["rows"]["page"]["next_url"]:
        response = lead.get(url)
        total += sum(shown_rows(response))
    assert response.context["rows"]["page"]["previous_url"]
    assert total == int(response.context["figure"]["value"]) == 66


def test_what_a_reader_may_not_open_is_one_hidden_row(as_role, company):
    client = as_role(user=company.manager)
    ComplaintFactory(customer=CustomerFactory(), received_at=datetime(2025, 3, 2, tzinfo=UTC))
    night(SECOND_NIGHT)
    response = client.get(f"{PAGE}?period=2025-03")
    assert response.context["rows"]["hidden"]["label"] == "1 hidden row"
    assert sum(shown_rows(response)) == int(response.context["figure"]["value"]) == 7


def test_rows_link_to_their_records(lead, company):
    row = lead.get(f"{PAGE}?period=2025-03").context["rows"]["items"][0]
    assert row["url"] == company.complaints[0].get_absolute_url()
    assert row["dimensions"][0] == {"label": "Customer", "value": "Customer 0", "is_main": True}
    assert lead.get(row["url"]).status_code == 200


def test_a_member_filters_figure_chart_and_rows(lead, company):
    response = lead.get(f"{PAGE}?period=2025-03&dimension=customer&member=CUS-1")
    assert response.context["figure"]["value"] == "2"
    assert shown_rows(response) == [1, 1]
    assert response.context["kpi"]["member"]["url"] == company.customers[1].get_absolute_url()
    assert len(response.context["chart"]["drawing"].rows) == 24


def test_a_member_nobody_knows_has_nothing(lead, company):
    response = lead.get(f"{PAGE}?period=2025-03&dimension=customer&member=NOBODY")
    assert response.context["figure"]["value"] == "0"
    assert shown_rows(response) == []


def test_the_breakdown_adds_up_and_names_members(lead, company):
    breakdown = lead.get(f"{PAGE}?period=2025-03&dimension=customer").context["breakdown"]
    assert {one["label"]: one["value"] for one in breakdown["members"]} == {
        f"Customer {i}": "2" for i in range(3)
    }
    assert breakdown["members"][0]["note"] == "33%"


def test_a_long_tail_is_folded(lead, company):
    for i in range(20):
        ComplaintFactory(
            customer=CustomerFactory(name="客户有限公司" * 9 + str(i)),
            received_at=datetime(2025, 3, 9, 9, tzinfo=UTC),
        )
    night(SECOND_NIGHT)
    response = lead.get(f"{PAGE}?period=2025-03&dimension=customer")
    breakdown = response.context["breakdown"]
    assert (len(breakdown["members"]), len(breakdown["rest"])) == (8, 15)
    assert "15 more" in text_of(response)


def test_a_member_of_what_adds_up_is_coloured_by_its_own_target_only(lead, company):
    KpiTarget(kpi="complaints", month="2025-01", target=1).save()
    address = f"{PAGE}?period=2025-03&dimension=customer"
    members = lead.get(address).context["breakdown"]["members"]
    assert {one["status"] for one in members} == {None}
    KpiTarget(
        kpi="complaints", month="2025-01", target=1, dimension="customer", member="CUS-1"
    ).save()
    members = lead.get(address).context["breakdown"]["members"]
    assert [one["label"] for one in members if one["status"]] == ["Customer 1"]


def test_restatements_lead_to_the_rows_that_changed_the_figure(lead, restated):
    response = lead.get(f"{PAGE}?period=2025-03&part=restatements")
    (item,) = response.context["restatements"]["items"]
    assert (item["period"], item["published"], item["now"]) == ("Mar 2025", "6", "8")
    comparison = lead.get(item["url"]).context["comparison"]
    assert (comparison["before"], comparison["after"], comparison["difference"]) == ("6", "8", "+2")
    assert comparison["tally"] == "2 rows in, 0 rows out"
    assert len(comparison["moved"]) == 2


def test_two_instants_are_compared(lead, restated):
    comparison = lead.get(
        PAGE,
        {
            "part": "comparison",
            "period": "2025-03",
            "since": "2025-04-20T00:00",
            "until": "2025-05-01T00:00",
        },
    ).context["comparison"]
    assert (comparison["before"], comparison["after"]) == ("6", "6")
    assert comparison["moved"] == []


def test_instants_the_wrong_way_round_are_told(lead, restated):
    query = {"part": "comparison", "since": "2025-05-01T00:00", "until": "2025-04-01T00:00"}
    assert "lies after the second one" in text_of(lead.get(PAGE, query))


def test_as_of_shows_the_old_figure_and_rows(lead, restated):
    response = lead.get(PAGE, {"period": "2025-03", "as_of": "2025-05-01T12:00"})
    assert response.context["figure"]["value"] == "6"
    assert len(shown_rows(response)) == 6


def test_how_it_is_computed_is_told_in_both_languages(lead, company):
    response = lead.get(f"{PAGE}?part=method")
    assert [text["code"] for text in response.context["method"]["languages"]] == ["en", "zh-hans"]


def test_lost_customers_explain_the_last_day_of_january(lead, company):
    assert "is a loss of February" in text_of(lead.get("/kpis/lost_customers/"))


def test_lapsing_customers_stand_beside_the_active_ones(lead, company):
    agreement = company.customers[0].agreements.get()
    agreement.ends_on = datetime(2025, 4, 30).date()
    agreement.save()
    night(SECOND_NIGHT)
    facts = lead.get("/kpis/active_customers/?period=2025-05").context["figure"]["facts"]
    assert {one["label"]: one["value"] for one in facts}["Lapsing beside them"] == "1"


@pytest.mark.parametrize("key", ["complaints", "service_satisfaction", "active_customers"])
@pytest.mark.parametrize("part", PARTS)
def test_statements_do_not_depend_on_the_data(lead, restated, key, part):
    address = f"/kpis/{key}/?period=2025-03&part={part}"
    lead.get(address)
    with CaptureQueriesContext(connection) as few:
        lead.get(address)
    for i in range(9):
        customer = CustomerFactory(region=f"Region {i}", segment=f"Segment {i}")
        ComplaintFactory(customer=customer, received_at=datetime(2025, 3, 9, tzinfo=UTC))
    night(SECOND_NIGHT.replace(day=21))
    with CaptureQueriesContext(connection) as many:
        lead.get(address)
    assert len(many) == len(few) <= (22 if part == "comparison" else 14)


def test_htmx_gets_only_what_stands_behind(lead, company):
    headers = {"HX-Request": "true", "HX-Target": "detail"}
    response = lead.get(f"{PAGE}?part=method", headers=headers)
    assert response.content.decode().lstrip().startswith("<section")


@pytest.mark.parametrize(
    "query",
    [
        "dimension=happiness",
        "dimension=customer&member=%00",
        "part=nothing",
        "after=zzz",
        "after=last",
        "part=comparison&since=x&until=y",
        "part=comparison&since=2025-01-01",
    ],
)
def test_wrong_parameters_never_break_the_page(lead, restated, query):
    assert lead.get(f"{PAGE}?{query}").status_code == 200
