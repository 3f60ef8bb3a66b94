"""Each planted event of the manifest, found through the REST API of the KPIs."""

from datetime import date, datetime

import pytest
from django.conf import settings
from django.test import Client

from brm.core.models import User
from brm.demo.calendar import DemoCalendar, add_months
from brm.demo.manifest import stored
from customers.models import Agreement
from kpis.clock import local_date

from .conftest import NOW

# The embedded database is where a newcomer sees the demo: there its story is told every day.
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("demo"),
    pytest.mark.full_on_postgresql,
]


class Api:
    """The answers that an administrator gets."""

    def __init__(self):
        self.client = Client()
        self.client.force_login(User.objects.create_superuser("reader", "reader@example.org", "x"))

    def get(self, kpi, what, **query):
        reply = self.client.get(f"/api/v1/kpis/{kpi}/{what}/", query)
        assert reply.status_code == 200, reply.content
        return reply.json()

    def rows(self, entry, period=None, **query):
        found = self.get(
            entry["kpi"], "rows", period=period or entry["period"], page_size=200, **query
        )
        return found["results"]

    def values(self, entry, *months, **query):
        """The figure of each month, None where there is none."""
        found = []
        for month in months:
            period = month[:7]
            results = self.get(entry["kpi"], "series", **{"from": period, "to": period}, **query)
            found.append(results["results"][0]["value"] if results["results"] else None)
        return found

    def figure(self, entry):
        period = entry["period"]
        return self.get(entry["kpi"], "series", **{"from": period, "to": period})["results"][0]

    def changes(self, entry):
        """What changed between the nights of the two dates of the entry."""
        zone = settings.BRM.time_zone
        instants = {
            name: datetime.fromisoformat(f"{entry['details'][name]}T12:00").replace(tzinfo=zone)
            for name in ("since", "until")
        }
        iso = {name: instant.isoformat() for name, instant in instants.items()}
        return self.get(entry["kpi"], "changes", period=entry["period"], **iso)


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def event():
    """An entry of the manifest by its key."""
    entries = {entry["key"]: entry for entry in stored()}

    def find(key):
        if key not in entries:
            pytest.skip(f"{key} needs users")
        return entries[key]

    return find


def reference(entry, name):
    return entry["records"][name]["reference"]


def row_of(rows, dimension, member):
    """The one row with this member."""
    found = [row for row in rows if row[dimension] == member]
    assert len(found) == 1, rows
    return found[0]


def test_the_manifest_names_every_event_and_its_test_exists():
    users_needed = set() if settings.EMBEDDED else {"manager_changes"}
    keys = {entry["key"] for entry in stored()}
    tested = {name.removeprefix("test_event_") for name in globals() if "test_event_" in name}
    assert keys == tested - users_needed
    for entry in stored():
        assert entry["title"]
        assert entry["effect"]
        assert entry["records"]
        assert date.fromisoformat(entry["day"]) <= local_date(NOW)


@pytest.mark.parametrize(
    "key", ["customer_leaves", "moved_in_group", "customer_lapses"], ids=lambda key: key
)
def test_losses(api, event, key):
    entry = event(key)
    customer = reference(entry, "customer")
    rows = [
        row
        for row in api.rows(entry, dimension="reason", member=entry["details"]["reason"])
        if row["occurred_on"] == entry["day"]
    ]
    assert len(rows) == 1
    assert rows[0]["numerator"] == (0 if key == "moved_in_group" else 1)
    assert customer_of(rows[0]["reference"]) == customer


def customer_of(agreement):
    """The reference of the customer whose agreement this is."""
    return Agreement.everything.get(reference=agreement).customer.reference


def test_event_customer_leaves(api, event):
    entry = event("customer_leaves")
    assert api.values(entry, entry["period"], dimension="reason", member="quality") == [1]


def test_event_moved_in_group(api, event):
    entry = event("moved_in_group")
    row = api.rows(entry, dimension="reason", member="moved_in_group")[0]
    assert (row["numerator"], row["occurred_on"]) == (0, entry["day"])


def test_event_customer_lapses(api, event):
    entry = event("customer_lapses")
    assert api.rows(entry, dimension="reason", member="expired")[0]["occurred_on"] == entry["day"]


def test_event_complaints_before_leaving(api, event):
    entry = event("complaints_before_leaving")
    customer = reference(entry, "customer")
    found = api.values(entry, entry["period"], dimension="customer", member=customer)
    assert found[0] >= entry["details"]["at_least"]


def test_event_scores_fall(api, event):
    entry = event("scores_fall")
    customer = reference(entry, "customer")
    months = entry["details"]["before"], entry["period"]
    scores = [
        api.get(
            entry["kpi"],
            "series",
            **{"from": month[:7], "to": month[:7]},
            grain="quarter",
            dimension="customer",
            member=customer,
        )["results"][0]
        for month in months
    ]
    before, after = (one["numerator"] / one["denominator"] for one in scores)
    assert after < before - 0.2


def test_event_customer_returns(api, event):
    entry = event("customer_returns")
    rows = api.rows(entry)
    assert entry["day"] in [row["occurred_on"] for row in rows]
    assert reference(entry, "customer") in [customer_of(row["reference"]) for row in rows]


def test_event_renewal_within_grace(api, event):
    entry = event("renewal_within_grace")
    changes = api.changes(entry)
    out = [customer_of(row["reference"]) for row in changes["out"]]
    assert reference(entry, "customer") in out
    assert changes["in"] == []


def test_event_customers_merged(api, event):
    entry = event("customers_merged")
    changes = api.changes(entry)
    assert len(changes["out"]) == 1
    assert changes["after"]["value"] == changes["before"]["value"] - 1
    figure = api.figure(entry)
    assert figure["restated"]
    assert figure["published_value"] == figure["value"] + 1


def test_event_budget_overrun(api, event):
    entry = event("budget_overrun")
    row = row_of(api.rows(entry), "reference", reference(entry, "line"))
    assert row["occurred_on"] == entry["day"]


def test_event_budget_recovers(api, event):
    entry = event("budget_recovers")
    line = reference(entry, "line")
    overrun = row_of(api.rows(entry, entry["details"]["overrun_month"][:7]), "reference", line)
    recovery = row_of(api.rows(entry), "reference", line)
    assert overrun["numerator"] > 0
    assert recovery["numerator"] == -overrun["numerator"]


def test_event_late_invoice(api, event):
    entry = event("late_invoice")
    figure = api.figure(entry)
    assert figure["restated"]
    late = float(entry["details"]["difference"])
    assert figure["value"] == pytest.approx(figure["published_value"] + late)


def test_event_rate_change(api, event):
    entry = event("rate_change")
    row = row_of(api.rows(entry), "reference", reference(entry, "line"))
    assert row["occurred_on"] == entry["day"]


def test_event_complaint_theme(api, event):
    entry = event("complaint_theme")
    service = reference(entry, "service")
    months = entry["details"]["quiet_month"], entry["period"]
    quiet, loud = api.values(entry, *months, dimension="service", member=service)
    assert loud >= (quiet or 0) + entry["details"]["at_least"] - 2
    rows = api.rows(entry, dimension="service", member=service)
    assert reference(entry, "complaint") in [row["reference"] for row in rows]


def test_event_satisfaction_recovers(api, event):
    entry = event("satisfaction_recovers")
    months = entry["details"]["before"], entry["period"], entry["details"]["after"]
    member = reference(entry, "service")
    shares = []
    for month in months:
        one = api.get(
            entry["kpi"],
            "series",
            **{"from": month[:7], "to": month[:7]},
            dimension="service",
            member=member,
        )["results"][0]
        shares.append(one["numerator"] / one["denominator"])
    before, bad, after = shares
    assert bad < before - 0.25
    assert bad < after - 0.25


def test_event_late_entries(api, event):
    entry = event("late_entries")
    figure = api.figure(entry)
    assert figure["restated"]
    assert figure["value"] == figure["published_value"] + entry["details"]["late"]
    before = datetime.fromisoformat(f"{entry['details']['published']}T12:00")
    instant = before.replace(tzinfo=settings.BRM.time_zone).isoformat()
    period = entry["period"]
    then = api.get(entry["kpi"], "series", **{"from": period, "to": period}, as_of=instant)
    assert then["results"][0]["value"] == figure["published_value"]
    assert not then["results"][0]["restated"]


def test_event_manager_changes(api, event):
    entry = event("manager_changes")
    month_before = f"{add_months(date.fromisoformat(entry['day']), -1):%Y-%m}"
    for period, name in ((month_before, "before"), (entry["period"], "after")):
        rows = api.rows(entry, period, dimension="manager", member=entry["details"][name])
        assert reference(entry, "customer") in [row["reference"] for row in rows]


def test_event_initiative_starts(api, event):
    entry = event("initiative_starts")
    row = row_of(api.rows(entry), "reference", reference(entry, "initiative"))
    assert row["occurred_on"] == entry["day"]


def test_event_saving_verified(api, event):
    entry = event("saving_verified")
    row = row_of(api.rows(entry), "reference", reference(entry, "proposal"))
    assert row["occurred_on"] == entry["day"]
    assert row["numerator"] > 0


def test_as_of_a_night_is_what_was_shown_then(api):
    """The last full month as the night of its end knew it: later ones are not begun."""
    calendar = DemoCalendar(NOW, settings.BRM.time_zone, settings.BRM.nightly_at)
    night = calendar.at(calendar.month(8), 12).isoformat()
    found = api.get("complaints", "series", as_of=night, **{"from": "2025-01", "to": "2025-06"})
    states = [one["state"] for one in found["results"]]
    assert states[:2] == ["value", "value"]
    assert states[3:] == ["not_applicable"] * 3
