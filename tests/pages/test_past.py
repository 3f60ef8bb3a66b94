"""A record as it was, deleted ones, undo, and two people at once, on the pages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brm.core.crud import REGISTRY
from brm.core.crud.undo_pages import offer_of
from brm.core.origin import acting
from brm.core.writing import write_many
from customers.models import Customer
from feedback.models import Complaint
from tests.factories import (
    RECORD_FACTORIES,
    AgreementFactory,
    ComplaintFactory,
    CustomerFactory,
    UserFactory,
    make,
)

from .forms import form_data, text_of

pytestmark = pytest.mark.django_db
RESOURCES = sorted(set(REGISTRY) & set(RECORD_FACTORIES))
START = datetime(2025, 3, 1, 8, tzinfo=UTC)


def renamed(times, **values):
    """A customer renamed so many times, a day apart; the last name is `Name <times>`."""
    with acting(at=START):
        customer = CustomerFactory(name="Name 0", **values)
    for number in range(1, times + 1):
        with acting(at=START + timedelta(days=number)):
            customer.name = f"Name {number}"
            customer.save()
    return customer


def offers(response):
    """What the messages of an answer offer to undo."""
    found = (offer_of(message.extra_tags) for message in get_messages(response.wsgi_request))
    return [offer for offer in found if offer]


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- As it was -----------------------------------------------------------------------------------


def test_each_entry_leads_to_the_record_after_it(admin):
    customer = renamed(2)
    page = admin.get(customer.get_absolute_url())
    names = []
    for entry in page.context["history"]:
        past = admin.get(entry["url"])
        names.append((past.context["name"], past.context["instant"]))
    days = [START + timedelta(days=number) for number in (2, 1, 0)]
    assert names == list(zip(["Name 2", "Name 1", "Name 0"], days, strict=True))


def test_one_steps_through_the_entries(admin):
    customer = renamed(2)
    middle = admin.get(customer.get_absolute_url(), {"as_of": "2025-03-02T12:00:00Z"})
    assert middle.context["name"] == "Name 1"
    assert admin.get(middle.context["earlier_url"]).context["name"] == "Name 0"
    assert admin.get(middle.context["later_url"]).context["name"] == "Name 2"
    assert admin.get(middle.context["later_url"]).context["later_url"] is None
    before = admin.get(customer.get_absolute_url(), {"as_of": "2020-01-01T00:00"})
    assert "there was no such record" in text_of(before)
    assert admin.get(before.context["later_url"]).context["name"] == "Name 0"


def test_what_differs_from_the_present_is_marked_and_derived_values_are_left_out(admin):
    old, new = CustomerFactory(name="Old owner"), CustomerFactory(name="New owner")
    with acting(at=START):
        complaint = ComplaintFactory(customer=old)
    complaint.customer = new
    complaint.save()
    page = admin.get(complaint.get_absolute_url(), {"as_of": START.isoformat()})
    changed = {
        fact["label"]: (fact["cell"]["value"], fact["now"]["value"])
        for fact in page.context["facts"]
        if fact["changed"]
    }
    assert changed == {"Customer": ("Old owner", "New owner")}
    assert "/edit/" not in page.content.decode()
    past = admin.get(old.get_absolute_url(), {"as_of": datetime.now(UTC).isoformat()})
    assert (past.context["badge"], past.context["unknown"]) == (None, "Status")


def test_a_bare_time_is_the_readers(admin, settings):
    customer = renamed(0)
    local = START.astimezone(settings.BRM.time_zone).strftime("%Y-%m-%dT%H:%M")
    assert admin.get(customer.get_absolute_url(), {"as_of": local}).context["name"] == "Name 0"
    minute = (START - timedelta(minutes=1)).astimezone(settings.BRM.time_zone)
    address = {"as_of": minute.strftime("%Y-%m-%dT%H:%M")}
    assert admin.get(customer.get_absolute_url(), address).context["then"] is None


@pytest.mark.parametrize("as_of", ["", "yesterday", "2025-13-01", "9999-01-01T00:00", "\x00"])
def test_an_instant_that_is_none_is_told(admin, as_of):
    page = admin.get(renamed(0).get_absolute_url(), {"as_of": as_of})
    assert (page.status_code, bool(page.context["problem"])) == (400, True)


@pytest.mark.parametrize("entry", ["x", "999999", "9" * 30, "-1"])
def test_an_entry_of_another_record_is_not_found(admin, entry):
    assert admin.get(renamed(0).get_absolute_url(), {"entry": entry}).status_code == 404
    other = CustomerFactory().history.get().history_id
    assert admin.get(renamed(0).get_absolute_url(), {"entry": other}).status_code == 404


def test_a_record_one_cannot_see_has_no_past(as_role):
    client = as_role("brm")
    own = CustomerFactory(manager=client.user)
    complaint = ComplaintFactory(customer=own)
    before = datetime.now(UTC).isoformat()
    address = complaint.get_absolute_url()
    assert client.get(address, {"as_of": before}).status_code == 200
    complaint.customer = CustomerFactory()
    complaint.save()
    for tail in ({"as_of": before}, {"entry": complaint.history.last().history_id}):
        assert client.get(address, tail).status_code == 404
    assert client.get(f"{address}history/").status_code == 404
    assert client.post(f"{address}undo/", {"version": 2}).status_code == 404


# --- History by pages ----------------------------------------------------------------------------


def test_older_entries_are_a_page_away_and_cost_the_same(admin):
    customer = renamed(120)
    page = admin.get(customer.get_absolute_url())
    seen = [entry["at"] for entry in page.context["history"]]
    older, counted = page.context["older_url"], []
    while older:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = admin.get(older)
        counted.append(len(queries))
        seen += [entry["at"] for entry in page.context["history"]]
        older = page.context["older_url"]
    assert seen == [START + timedelta(days=120 - number) for number in range(121)]
    assert len(set(counted)) == 1
    part = admin.get(f"{customer.get_absolute_url()}history/", headers={"HX-Request": "true"})
    assert part.templates[0].name == "components/history.html"


@pytest.mark.parametrize("resource", RESOURCES)
def test_statements_of_the_past_do_not_depend_on_the_entries(admin, resource):
    record = make(resource)

    def statements():
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(record.get_absolute_url(), {"as_of": now()}).status_code == 200
        return len(queries)

    def now():
        return datetime.now(UTC).isoformat()

    statements()
    few = statements()
    for number in range(5):
        record.reference = f"R-{number}"
        write_many([record])
    assert statements() <= few + 1  # the row before, of which there was none


# --- Deleted records -----------------------------------------------------------------------------


@pytest.mark.parametrize("resource", RESOURCES)
def test_the_list_of_deleted_records_costs_the_same_for_many(admin, resource):
    def statements():
        with CaptureQueriesContext(connection) as queries:
            admin.get(f"/{resource}/deleted/")
        return len(queries)

    make(resource).soft_delete()
    statements()
    one = statements()
    for _more in range(4):
        make(resource).soft_delete()
    assert statements() == one


@pytest.mark.parametrize("resource", RESOURCES)
def test_deleted_records_are_found_without_reading_the_others(db, resource):
    table = REGISTRY[resource].model._meta.db_table
    with connection.cursor() as cursor:
        known = connection.introspection.get_constraints(cursor, table)
    assert known[f"{table}_gone"]["columns"] == ["deleted_at"]


def test_a_deleted_record_says_by_whom_and_offers_to_restore(admin, as_role):
    customer = CustomerFactory(name="Kestrel")
    address = customer.get_absolute_url()
    admin.post(f"{address}delete/")
    page = admin.get(address)
    deleted = Customer.everything.get()
    assert (page.context["by"], page.context["at"]) == (str(admin.user), deleted.deleted_at)
    assert as_role("brm").get(address).status_code == 404
    assert as_role("brm").get("/customers/deleted/").status_code == 403
    assert as_role("brm").post(f"{address}restore/").status_code == 404
    assert admin.get(address, {"as_of": datetime.now(UTC).isoformat()}).context["was_deleted"]
    assert "Deleted customers" in text_of(admin.get("/customers/"))
    assert "Deleted customers" not in text_of(as_role("brm").get("/customers/"))
    row = admin.get("/customers/deleted/").context["rows"][0]
    assert (row["name"], row["by"]) == ("Kestrel", str(admin.user))
    assert admin.post(f"{address}restore/").url == address
    newest = admin.get(address).context["history"][0]
    assert (newest["summary"], newest["actor"]) == ("Restored", str(admin.user))


def test_what_stands_in_the_way_of_a_restore_is_told(admin):
    customer = CustomerFactory(name="Kestrel")
    complaint = ComplaintFactory(customer=customer)
    complaint.soft_delete()
    customer.soft_delete()
    response = admin.post(f"{complaint.get_absolute_url()}restore/")
    assert told(response) == [
        "It belongs to what is deleted itself: customer Kestrel. Restore that first."
    ]
    assert not Complaint.objects.exists()


def test_a_merged_customer_is_not_restored_by_itself(admin):
    merged, survivor = CustomerFactory(), CustomerFactory(name="Kestrel")
    admin.post(f"/customers/{merged.pk}/merge/", {"survivor": survivor.pk, "into": survivor.pk})
    merged.refresh_from_db()
    merged.merged_into = survivor
    merged.deleted_at = START
    merged.save()
    response = admin.post(f"/customers/{merged.pk}/restore/")
    assert told(response)[-1] == ("This customer was merged into Kestrel. Undo the merge there.")


# --- Undo ----------------------------------------------------------------------------------------


def edited(client, customer, **values):
    form = form_data(client.get(f"{customer.get_absolute_url()}edit/"))
    return client.post(f"{customer.get_absolute_url()}edit/", form | values)


def test_an_edit_is_undone_from_its_message(admin):
    customer = CustomerFactory(segment="before")
    offer = offers(edited(admin, customer, segment="after"))[0]
    assert offer == {"url": f"{customer.get_absolute_url()}undo/", "version": "2"}
    shown = admin.get(customer.get_absolute_url()).content.decode()
    assert f'action="{offer["url"]}"' in shown
    response = admin.post(offer["url"], {"version": offer["version"]})
    assert response.url == customer.get_absolute_url()
    assert Customer.objects.get().segment == "before"
    again = admin.post(offer["url"], {"version": offer["version"]})
    assert told(again)[-1].startswith(f"{admin.user} has changed the record since")
    assert Customer.objects.get().version == 3


def test_a_save_that_changes_nothing_offers_nothing(admin):
    assert offers(edited(admin, CustomerFactory())) == []


def test_a_deletion_is_undone_from_its_message_and_the_undo_too(admin):
    customer = CustomerFactory()
    offer = offers(admin.post(f"{customer.get_absolute_url()}delete/"))[0]
    assert admin.post(offer["url"], {"version": offer["version"]}).status_code == 302
    assert Customer.objects.filter(pk=customer.pk).exists()
    assert admin.post(offer["url"], {"version": "3"}).url == "/customers/"
    assert not Customer.objects.exists()


@pytest.mark.parametrize("version", ["", "x", "9" * 30, "1"])
def test_an_undo_of_no_write_changes_nothing(admin, version):
    customer = CustomerFactory()
    customer.name = "Changed"
    customer.save()
    admin.post(f"{customer.get_absolute_url()}undo/", {"version": version})
    assert Customer.objects.get().version == 2


def test_undo_is_limited_to_what_one_may_write(as_role):
    customer = CustomerFactory()
    customer.name = "Changed"
    customer.save()
    address = f"{customer.get_absolute_url()}undo/"
    assert as_role("auditor").post(address, {"version": 2}).status_code == 403
    assert as_role("brm").post(address, {"version": 2}).status_code == 403
    assert as_role("lead").post(address, {"version": 2}).status_code == 302
    assert Customer.objects.get().version == 3


def test_undo_leads_back_to_pages_of_ours_alone(admin):
    customer = CustomerFactory()
    edited(admin, customer, segment="x")
    address = f"{customer.get_absolute_url()}undo/"
    response = admin.post(address, {"version": 2, "next": "https://elsewhere.example/"})
    assert response.url == customer.get_absolute_url()
    edited(admin, customer, segment="y")
    response = admin.post(address, {"version": 4, "next": "/customers/?q=a"})
    assert response.url == "/customers/?q=a"


def test_a_changed_cell_offers_its_undo(admin):
    customer = CustomerFactory(segment="before")
    address = f"/customers/{customer.pk}/cell/segment/"
    response = admin.post(address, {"segment": "after", "version": 1})
    undo = f'"undo": {{"url": "/customers/{customer.pk}/undo/", "version": 2, "label": "Undo"}}'
    assert undo in response["HX-Trigger"]
    same = admin.post(address, {"segment": "after", "version": 2})
    assert "undo" not in same["HX-Trigger"]


# --- Two people at once --------------------------------------------------------------------------


def test_what_only_the_other_one_changed_is_offered_as_theirs(admin):
    customer = CustomerFactory(segment="start", region="start", tier="key")
    mine = form_data(admin.get(f"{customer.get_absolute_url()}edit/")) | {"segment": "mine"}
    customer.segment, customer.region, customer.tier = "theirs", "theirs", "standard"
    with acting(user=UserFactory(name="Mei Chen")):
        customer.save()
    response = admin.post(f"{customer.get_absolute_url()}edit/", mine)
    told_of = response.context["conflict"]
    rows = {row["name"]: (row["start"], row["mine"], row["theirs"], row["take"])
            for row in told_of["theirs"]}  # fmt: skip
    assert rows == {
        "segment": ("start", "mine", "theirs", "mine"),
        "region": ("start", "start", "theirs", "theirs"),
        "tier": ("Key", "Key", "Standard", "theirs"),
    }
    assert told_of["by"] == "Mei Chen"
    chosen = {f"take_{row['name']}": row["take"] for row in told_of["theirs"]}
    assert admin.post(response.request["PATH_INFO"], form_data(response) | chosen).url
    customer.refresh_from_db()
    assert (customer.segment, customer.region, customer.tier) == ("mine", "theirs", "standard")
    assert customer.version == 3


def test_what_no_column_holds_stands_in_the_conflict_as_it_was_typed(admin):
    rate = make("exchange-rates")
    address = f"{rate.get_absolute_url()}edit/"
    mine = form_data(admin.get(address))
    rate.rate += 1
    rate.save()
    response = admin.post(address, {**mine, "rate": "1e999"})
    assert response.status_code == 409
    assert [row["mine"] for row in response.context["conflict"]["theirs"]] == ["1e999"]
    assert "1e999" in text_of(response)


@pytest.mark.parametrize("typed", ["9999-12-31T23:59", "0001-01-01T00:00:00+14:00"])
def test_an_instant_beyond_the_calendar_is_refused_and_kept(admin, typed):
    complaint = ComplaintFactory()
    address = f"{complaint.get_absolute_url()}edit/"
    response = admin.post(address, {**form_data(admin.get(address)), "received_at": typed})
    assert response.status_code == 422
    assert "A value lies outside of what can be stored." in text_of(response)
    cell = f"/complaints/{complaint.pk}/cell/received_at/"
    response = admin.post(cell, {"received_at": typed, "version": complaint.version})
    assert response.status_code == 422
    assert Complaint.objects.get().received_at == complaint.received_at


def test_theirs_may_be_a_related_record_a_date_or_unticked(admin):
    agreement = AgreementFactory(counts_for_customer=True, status="draft")
    address = f"{agreement.get_absolute_url()}edit/"
    mine = form_data(admin.get(address))
    other = CustomerFactory()
    agreement.customer, agreement.counts_for_customer = other, False
    agreement.starts_on = agreement.starts_on + timedelta(days=1)
    agreement.save()
    response = admin.post(address, mine)
    chosen = {f"take_{row['name']}": row["take"] for row in response.context["conflict"]["theirs"]}
    assert set(chosen) == {"take_customer", "take_counts_for_customer", "take_starts_on"}
    sent = admin.post(address, form_data(response) | chosen)
    assert sent.status_code == 302, sent.context["form"].errors
    stored = type(agreement).objects.get()
    assert (stored.customer, stored.counts_for_customer) == (other, False)
    assert (stored.starts_on, stored.version) == (agreement.starts_on, 2)


def test_a_move_from_a_stale_page_asks_again(admin):
    complaint = ComplaintFactory()
    with acting(user=UserFactory(name="Mei Chen")):
        complaint.subject = "Another"
        complaint.save()
    address = f"{complaint.get_absolute_url()}move/acknowledged/"
    response = admin.post(address, {"version": 1})
    assert response.status_code == 409
    step = next(s for s in response.context["transitions"] if s["event"] == "acknowledged")
    assert step["open"] is True
    assert step["problem"].startswith("Mei Chen saved this record meanwhile")
    assert Complaint.objects.get().status == "received"
    assert admin.post(address, {"version": step["version"]}).status_code == 302
    assert Complaint.objects.get().status == "acknowledged"
