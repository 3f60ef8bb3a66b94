"""The scorecard and the start page."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kpis.definitions import HEADLINES, KPIS
from kpis.models import KpiTarget, Run, RunState, Trigger
from kpis.pages.standing import Standing, standing_context
from tests.factories import ComplaintFactory, CustomerFactory, UserFactory
from tests.weighing import weigh

from .conftest import FIRST_NIGHT, SECOND_NIGHT, night
from .reading import cards, text_of

pytestmark = pytest.mark.django_db


def statements(client, address):
    """How many statements a page takes."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_without_a_run_both_pages_say_what_to_do(lead):
    for address in ("/", "/kpis/"):
        words = text_of(lead.get(address))
        assert "No figures yet" in words
        assert "Compute now" in words


def test_every_kpi_has_a_card_with_its_figure(lead, company):
    response = lead.get("/kpis/?period=2025-03")
    found = cards(response)
    assert set(found) == {str(kpi.name) for kpi in KPIS}
    assert found["New customers"]["value"] == "3"
    assert found["Complaints"]["value"] == "6"
    assert found["Budget overrun amount"]["value"] == "€40"
    assert found["Service satisfaction"]["value"] is None
    assert found["Service satisfaction"]["words"] == "Too few to tell"
    assert "2 of 3" in found["Service satisfaction"]["notes"]
    assert found["Active customers"]["status"]["label"] == "No target"
    assert "0 at the start + 3 new + 0 returned − 0 lost = 3 active" in text_of(response)


def test_the_start_page_has_the_eight(lead, company):
    response = lead.get("/?period=2025-03")
    assert len(response.context["board"]["figures"]) == len(HEADLINES) == 8


def test_a_status_is_a_word_and_an_icon_and_provisional_is_grey(lead, company):
    KpiTarget(kpi="complaints", month="2025-01", target=4, amber=5, red=5).save()
    red = cards(lead.get("/kpis/?period=2025-03"))["Complaints"]
    assert red["status"] == {"label": "Off target", "tone": "bad", "icon": "circle-alert"}
    open_month = cards(lead.get("/kpis/?period=2025-04"))["Complaints"]
    assert open_month["status"]["label"] == "Provisional"


def test_a_restated_card_shows_the_published_value_beside(lead, restated):
    card = cards(lead.get("/kpis/?period=2025-03"))["Complaints"]
    assert card["value"] == "8"
    assert "Published: 6" in card["notes"]
    assert {"label": "Restated", "icon": "history"} in card["marks"]


def test_as_of_shows_the_old_figure_and_the_way_back(lead, restated):
    response = lead.get("/kpis/", {"period": "2025-03", "as_of": "2025-05-01T12:00:00+00:00"})
    assert cards(response)["Complaints"]["value"] == "6"
    words = text_of(response)
    assert "You are looking at the past" in words
    assert response.context["standing"]["back_url"] == "/kpis/?period=2025-03"
    assert cards(lead.get("/kpis/?period=2025-03"))["Complaints"]["value"] == "8"


def test_before_the_first_run_nothing_was_computed(lead, company):
    words = text_of(lead.get("/kpis/?as_of=2024-01-01T00:00Z"))
    assert "Nothing was computed by then" in words


def test_complaints_at_zero_without_any_feedback_are_no_success(lead, company):
    night(datetime(2025, 12, 1, 1, 30, tzinfo=UTC))
    quiet = cards(lead.get("/kpis/?period=2025-10"))["Complaints"]
    assert (quiet["value"], quiet["status"]["label"]) == ("0", "No voice")
    heard = cards(lead.get("/kpis/?period=2025-04"))["Complaints"]
    assert heard["value"] == "0"
    assert heard["status"]["label"] != "No voice"


def test_a_missed_night_is_said_on_top(lead, company):
    assert "A night was missed" in text_of(lead.get("/kpis/"))
    night(timezone.now())
    assert "A night was missed" not in text_of(lead.get("/kpis/"))


def test_a_night_that_has_just_begun_is_not_called_missed_but_those_before_it_are(company):
    def alarms(now, judged_at):
        company.first.judged_at = judged_at
        standing = Standing(company.first, [company.first], None, now)
        address = SimpleNamespace(at=None, ignored=[], link=lambda **changes: "")
        return standing_context(standing, address)["alarms"]

    now = datetime(2025, 6, 2, 1, 40, tzinfo=UTC)
    assert alarms(now, datetime(2025, 6, 1, 1, 30, tzinfo=UTC)) == []
    assert len(alarms(now, datetime(2025, 5, 31, 1, 30, tzinfo=UTC))) == 1
    later = now + timedelta(minutes=30)
    assert len(alarms(later, datetime(2025, 6, 1, 1, 30, tzinfo=UTC))) == 1


def test_a_failed_run_is_said_with_its_error(lead, company):
    Run.objects.create(state=RunState.FAILED, trigger=Trigger.NIGHTLY, error="The disk is full.")
    words = text_of(lead.get("/kpis/"))
    assert "The last run failed" in words
    assert "The disk is full." in words


@pytest.mark.parametrize("address", ["/", "/kpis/", "/kpis/?as_of=2025-05-01T12:00Z"])
def test_statements_do_not_depend_on_the_data(as_role, restated, address):
    client = as_role("lead")
    before = statements(client, address)
    for i in range(12):
        customer = CustomerFactory(name=f"More {i}", region="North")
        ComplaintFactory(customer=customer, received_at=datetime(2025, 3, 9, tzinfo=UTC))
        KpiTarget(kpi="complaints", month=f"2024-{i + 1:02d}", target=i).save()
    night(SECOND_NIGHT + timedelta(days=1))
    assert statements(client, address) == before
    assert before <= 8


def test_the_start_page_takes_at_most_eight_statements(as_role, company):
    night(timezone.now())
    assert statements(as_role(user=company.manager), "/") <= 8
    assert statements(as_role("executive"), "/") <= 8


@pytest.mark.parametrize("address", ["/", "/kpis/", "/kpis/complaints/", "/kpis/runs/"])
def test_the_pages_of_the_kpis_are_light(lead, restated, address):
    assert weigh(lead.get(address)).is_light


def test_a_manager_sees_the_own_customers_and_their_open_complaints(as_role, company):
    other = CustomerFactory(manager=UserFactory())
    ComplaintFactory(customer=other, subject="Not mine")
    response = as_role(user=company.manager).get("/")
    portfolio = response.context["portfolio"]
    assert portfolio["total"] == 3
    assert sum(status["count"] for status in portfolio["statuses"]) == 3
    assert len(portfolio["complaints"]) == 5
    words = text_of(response)
    assert "Not mine" not in words
    assert "acknowledgement overdue" in words


def test_who_has_no_portfolio_sees_none(as_role, company):
    assert as_role("executive").get("/").context["portfolio"] is None


def test_who_has_no_role_is_told_so(as_role):
    assert "You have no role yet" in text_of(as_role().get("/"))
    assert as_role().get("/kpis/").status_code == 403


def test_an_owner_is_told_that_a_status_turned(as_role, lead, company):
    owner = UserFactory(roles=("executive",))
    KpiTarget(kpi="complaints", month="2025-01", target=4, owner=owner).save()
    night(SECOND_NIGHT)
    alerts = as_role(user=owner).get("/").context["board"]["alerts"]
    assert [alert["text"] for alert in alerts] == ["Complaints: On target, Apr 2025"]
    assert "Mar 2025" in alerts[0]["note"]
    assert "Off target" in alerts[0]["note"]
    assert lead.get("/").context["board"]["alerts"] == []


def test_periods_lead_to_their_neighbours_and_other_grains(lead, company):
    controls = lead.get("/kpis/?period=2025-03").context["board"]["controls"]
    assert controls["label"] == "Mar 2025"
    assert controls["previous_url"] == "/kpis/?period=2025-02"
    assert [choice["url"] for choice in controls["grains"]] == [
        "/kpis/?period=2025-03",
        "/kpis/?period=2025-Q1",
        "/kpis/?period=2025",
    ]
    assert lead.get("/kpis/?period=2025-04").context["board"]["controls"]["next_url"] is None
    assert FIRST_NIGHT.month == 4


@pytest.mark.parametrize(
    "query",
    [
        "period=nonsense",
        "period=2025-13",
        "period=9999",
        "as_of=yesterday",
        "as_of=0001-01-01T00:00",
        "as_of=2025-05-01T12:00%2B99:00",
        "period=%00",
        "period=" + "9" * 500,
        "as_of=9998-12-31T23:59",
    ],
)
@pytest.mark.parametrize("address", ["/", "/kpis/", "/kpis/complaints/"])
def test_what_cannot_be_read_is_left_out_and_told(lead, company, address, query):
    assert lead.get(f"{address}?{query}").status_code == 200
