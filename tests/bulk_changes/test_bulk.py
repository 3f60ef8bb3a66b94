"""Many records changed at once: selected, previewed, changed one by one, taken back."""

from datetime import UTC, datetime

import pytest

from brm.bulk_changes import actions
from brm.bulk_changes.models import BulkChange
from brm.core import jobs
from brm.core.models import Job, Transition
from customers.models import Customer
from feedback.models import Complaint
from tests.factories import ComplaintFactory, CustomerFactory, UserFactory

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def select(client, records, *rows, scope="page", query=""):
    keys = [f"{row.pk}:{row.version}" for row in rows]
    asked = {"records": records, "keys": keys, "scope": scope, "query": query}
    client.post("/bulk-changes/new/", asked)
    return BulkChange.objects.order_by("-pk").first()


def preview(client, change, **asked):
    response = client.post(f"/bulk-changes/{change.pk}/", asked)
    assert response.url == f"/bulk-changes/{change.pk}/preview/", response.context["form"].errors
    return client.get(response.url).context


def run(client, change):
    client.post(f"/bulk-changes/{change.pk}/run/")
    change.refresh_from_db()
    return {row[0]: row[2] for row in change.outcomes}


def counted(context):
    return {str(one["label"]): one["count"] for one in context["counts"]}


# --- Selecting -----------------------------------------------------------------------------------


def test_the_list_offers_its_rows_with_their_versions(admin):
    customer = CustomerFactory()
    page = admin.get("/customers/?tier=standard&sort=name").content.decode()
    assert f'name="keys" value="{customer.pk}:1"' in page
    assert 'name="query" value="tier=standard"' in page


def test_all_that_match_are_selected_by_the_filter_not_by_the_page(admin):
    for number in range(60):
        CustomerFactory(name=f"Key {number}", tier="key")
    CustomerFactory(tier="standard")
    change = select(admin, "customers", scope="all", query="tier=key&q=Key")
    assert len(change.keys) == 60
    assert set(Customer.objects.filter(tier="key").values_list("pk", "version")) == {
        tuple(key) for key in change.keys
    }


@pytest.mark.parametrize("query", ["tier=platinum", "no_such=1"])
def test_a_filter_that_cannot_be_read_selects_nothing(admin, query):
    CustomerFactory()
    assert select(admin, "customers", scope="all", query=query) is None


def test_too_many_and_none_are_refused(admin, monkeypatch):
    monkeypatch.setattr(actions, "MOST", 2)
    for _ in range(3):
        CustomerFactory()
    assert select(admin, "customers", scope="all") is None
    assert select(admin, "customers") is None


def test_nobody_sees_the_change_of_another_one(admin, as_role):
    change = select(admin, "customers", CustomerFactory())
    other = as_role("administrator")
    for address in ("", "preview/", "progress/"):
        assert other.get(f"/bulk-changes/{change.pk}/{address}").status_code == 404
    for address in ("", "run/", "undo/"):
        assert other.post(f"/bulk-changes/{change.pk}/{address}").status_code == 404


def test_who_may_change_nothing_gets_no_boxes(as_role):
    client, customer = as_role("operations"), CustomerFactory()
    page = client.get("/customers/")
    assert page.context["parts"]["selection"] is None
    assert 'name="keys"' not in page.content.decode()
    assert select(client, "customers", customer) is None
    assert select(as_role("administrator"), "users", customer) is None


# --- Edits ---------------------------------------------------------------------------------------


def test_ticked_fields_are_set_and_nothing_else(admin):
    manager = UserFactory(name="Mei Chen")
    first = CustomerFactory(tier="key", segment="old")
    second = CustomerFactory(tier="standard", segment="old")
    change = select(admin, "customers", first, second)
    asked = {"set": ["manager", "tier"], "manager": manager.pk, "tier": "key", "segment": "new"}
    context = preview(admin, change, **asked)
    assert counted(context) == {"Will be changed": 2}
    assert context["title"] == "Tier: Key; relationship manager: Mei Chen"
    assert [row["cells"][2]["value"] for row in context["table"]["rows"]] == [
        "Relationship manager: –",
        "Tier: Standard; Relationship manager: –",
    ]
    assert Customer.objects.filter(manager=manager).count() == 0
    assert run(admin, change) == {first.pk: "changed", second.pk: "changed"}
    for customer in Customer.objects.all():
        assert (customer.manager, customer.tier, customer.segment) == (manager, "key", "old")
        newest = customer.history.latest("history_id")
        assert (newest.history_user, newest.door, customer.version) == (admin.user, "page", 2)


def test_a_row_that_is_so_already_is_not_written(admin):
    done, todo = CustomerFactory(tier="key"), CustomerFactory(tier="standard")
    change = select(admin, "customers", done, todo)
    assert counted(preview(admin, change, set="tier", tier="key")) == {
        "Will be changed": 1,
        "Already so": 1,
    }
    assert run(admin, change) == {done.pk: "unchanged", todo.pk: "changed"}
    done.refresh_from_db()
    assert done.version == 1


def test_a_row_changed_after_its_page_was_drawn_is_named_and_left(admin):
    stale, fresh, gone = CustomerFactory(), CustomerFactory(), CustomerFactory()
    change = select(admin, "customers", stale, fresh, gone)
    stale.segment = "by someone else"
    stale.save()
    assert counted(preview(admin, change, set="tier", tier="key")) == {
        "Will be changed": 2,
        "Changed by someone else meanwhile": 1,
    }
    gone.soft_delete()
    assert run(admin, change) == {stale.pk: "stale", fresh.pk: "changed", gone.pk: "gone"}
    assert Customer.objects.get(pk=stale.pk).tier == "standard"


def test_rights_are_asked_of_each_row(as_role):
    client = as_role("brm")
    mine, other = CustomerFactory(manager=client.user), CustomerFactory()
    change = select(client, "customers", mine, other)
    assert counted(preview(client, change, set="tier", tier="key")) == {
        "Will be changed": 1,
        "Not allowed": 1,
    }
    assert run(client, change) == {mine.pk: "changed", other.pk: "denied"}
    assert Customer.objects.get(pk=other.pk).tier == "standard"


def test_nobody_changes_records_out_of_his_own_reach(as_role):
    client = as_role("brm")
    mine = CustomerFactory(manager=client.user)
    deputised = CustomerFactory(manager=client.user, deputy=client.user)
    change = select(client, "customers", mine, deputised)
    preview(client, change, set="manager", manager=UserFactory().pk)
    assert run(client, change) == {mine.pk: "refused", deputised.pk: "changed"}
    assert Customer.objects.get(pk=mine.pk).manager == client.user


def test_a_row_that_its_rules_refuse_leaves_the_others_alone(admin):
    parent = CustomerFactory()
    child, other = CustomerFactory(), CustomerFactory()
    change = select(admin, "customers", parent, child, other)
    preview(admin, change, set="parent", parent=parent.pk)
    outcomes = run(admin, change)
    assert outcomes == {parent.pk: "refused", child.pk: "changed", other.pk: "changed"}
    assert "below itself" in change.outcomes[0][3]


def test_a_wrong_value_and_no_field_at_all_come_back(admin):
    change = select(admin, "customers", CustomerFactory())
    for asked in ({"set": "tier", "tier": "platinum"}, {"tier": "key"}, {"set": "version"}):
        response = admin.post(f"/bulk-changes/{change.pk}/", asked)
        assert response.status_code == 422
        assert response.context["form"].errors
    change.refresh_from_db()
    assert change.state == "draft"


def test_an_edit_is_taken_back_where_nobody_went_on(admin):
    manager = UserFactory()
    first, second = CustomerFactory(tier="key", manager=manager), CustomerFactory(tier="key")
    change = select(admin, "customers", first, second)
    preview(admin, change, set=["tier", "manager"], tier="strategic", manager="")
    run(admin, change)
    second = Customer.objects.get(pk=second.pk)
    second.segment = "went on"
    second.save()
    assert admin.get(f"/bulk-changes/{change.pk}/").context["change"].undoable
    admin.post(f"/bulk-changes/{change.pk}/undo/")
    change.refresh_from_db()
    assert {row[0]: row[2] for row in change.outcomes} == {
        first.pk: "restored",
        second.pk: "stale",
    }
    first.refresh_from_db()
    assert (first.tier, first.manager) == ("key", manager)
    assert Customer.objects.get(pk=second.pk).tier == "strategic"


# --- Moves ---------------------------------------------------------------------------------------


def test_moves_are_counted_previewed_and_made_one_by_one(admin):
    received = ComplaintFactory()
    closed = ComplaintFactory(status="closed")
    change = select(admin, "complaints", received, closed)
    offered = {
        m["target"]: m["count"] for m in admin.get(f"/bulk-changes/{change.pk}/").context["moves"]
    }
    assert offered == {"acknowledged": 1, "withdrawn": 1, "duplicate": 1, "investigating": 1}
    context = preview(admin, change, target="acknowledged")
    assert counted(context) == {"Will be changed": 1, "Not possible from its state": 1}
    assert run(admin, change) == {received.pk: "changed", closed.pk: "illegal"}
    assert "It is “Closed”; possible: Reopen" not in change.outcomes[1][3]
    assert "It is “Closed”; possible: Investigating" in change.outcomes[1][3]
    received.refresh_from_db()
    assert (received.status, received.acknowledged_at is not None) == ("acknowledged", True)
    assert Transition.objects.get(target="acknowledged").by == admin.user
    assert not change.undoable


def test_a_move_asks_for_its_reason(admin):
    complaint = ComplaintFactory()
    change = select(admin, "complaints", complaint)
    form = admin.get(f"/bulk-changes/{change.pk}/?target=withdrawn").context["form"]
    assert list(form.fields) == ["reason"]
    empty = admin.post(f"/bulk-changes/{change.pk}/", {"target": "withdrawn"})
    assert empty.status_code == 422
    preview(admin, change, target="withdrawn", reason="Sent twice")
    assert run(admin, change) == {complaint.pk: "changed"}
    assert Transition.objects.get(target="withdrawn").reason == "Sent twice"


def test_a_move_needs_the_right_to_move(as_role):
    client = as_role("operations")
    change = select(client, "complaints", ComplaintFactory())
    assert client.get(f"/bulk-changes/{change.pk}/").context["moves"] == []
    assert client.post(f"/bulk-changes/{change.pk}/", {"target": "withdrawn"}).status_code == 403
    assert client.get(f"/bulk-changes/{change.pk}/?target=no-such").status_code == 403


# --- Size ----------------------------------------------------------------------------------------


def test_a_large_change_is_done_by_the_worker_and_goes_on_where_it_stopped(admin, monkeypatch):
    monkeypatch.setattr(actions, "AT_ONCE", 3)
    monkeypatch.setattr(actions, "BATCH", 2)
    complaints = [ComplaintFactory() for _ in range(5)]
    change = select(admin, "complaints", *complaints)
    preview(admin, change, set="severity", severity="critical")
    run(admin, change)
    assert (change.state, change.outcomes) == ("running", [])
    shown = admin.get(f"/bulk-changes/{change.pk}/").context
    assert shown["progress"]["poll_url"] == f"/bulk-changes/{change.pk}/progress/"

    def die(share):
        raise RuntimeError("the worker is killed after its first batch")

    with pytest.raises(RuntimeError):
        actions.run(BulkChange.objects.get(), now=NOW, progress=die)
    assert Complaint.objects.filter(severity="critical").count() == 2
    jobs.run(Job.objects.get().pk)
    change.refresh_from_db()
    assert (change.state, change.counts()) == ("done", {"changed": 5})
    assert set(Complaint.objects.values_list("severity", "version")) == {("critical", 2)}
    assert admin.get(f"/bulk-changes/{change.pk}/progress/").headers["HX-Refresh"] == "true"


def test_statements_of_an_edit_do_not_depend_on_the_rows(admin, django_assert_max_num_queries):
    counts = []
    for size in (2, 20):
        rows = [ComplaintFactory(customer=CustomerFactory()) for _ in range(size)]
        change = select(admin, "complaints", *rows)
        preview(admin, change, set="severity", severity="critical")
        with django_assert_max_num_queries(60) as captured:
            assert set(run(admin, change).values()) == {"changed"}
        counts.append(len(captured))
    assert counts[1] <= counts[0]
