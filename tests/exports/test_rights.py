"""Who may export what, and who gets the file."""

import pytest
from django.contrib.auth.models import Group

from brm.core import jobs
from brm.core.models import Job
from brm.exports import actions
from brm.exports.models import Export
from customers.models import Customer
from tests.exports.fetching import body, csv_rows, fetch
from tests.factories import ComplaintFactory, CustomerFactory, UserFactory


@pytest.fixture
def in_background(monkeypatch):
    """Nothing is small; a worker does the jobs when told to."""
    monkeypatch.setattr(actions, "AT_ONCE", -1)

    def work() -> None:
        for pk in Job.objects.filter(state="queued").values_list("pk", flat=True):
            jobs.run(pk)

    return work


def names(response):
    return [row[1] for row in csv_rows(response)[1:]]


def test_a_manager_exports_his_own_portfolio_only(as_role):
    client = as_role("brm")
    CustomerFactory(name="Mine", manager=client.user)
    CustomerFactory(name="Deputised", deputy=client.user)
    CustomerFactory(name="Another")
    assert len(client.get("/customers/").context["table"]["rows"]) == 3
    assert names(fetch(client, "customers", "columns=reference,name")) == ["Deputised", "Mine"]
    assert "own portfolio" in client.get("/customers/").content.decode()


def test_who_may_not_export_has_no_button_and_gets_nothing(as_role):
    client = as_role("operations")
    CustomerFactory()
    page = client.get("/customers/")
    assert page.context["parts"]["export"] is None
    assert fetch(client, "customers").status_code == 403
    assert fetch(client, "no-such").status_code == 403
    assert Export.objects.count() == 0


def test_a_long_export_is_written_by_a_worker(admin, in_background):
    ComplaintFactory(subject="Slow")
    response = fetch(admin, "complaints", "columns=reference,subject")
    export = Export.objects.get()
    assert response.url == f"/exports/{export.pk}/"
    waiting = admin.get(response.url)
    assert waiting.context["progress"]["poll_url"] == f"/exports/{export.pk}/progress/"
    assert admin.get(f"/exports/{export.pk}/file/").status_code == 404
    in_background()
    assert admin.get(f"/exports/{export.pk}/progress/").headers["HX-Refresh"] == "true"
    assert admin.get(response.url).context["may_fetch"] is True
    assert names(admin.get(f"/exports/{export.pk}/file/")) == ["Slow"]
    assert [row["url"] for row in admin.get("/exports/").context["table"]["rows"]] == [response.url]


def test_only_who_asked_gets_the_file(admin, as_role, in_background):
    fetch(admin, "customers")
    in_background()
    export = Export.objects.get()
    other = as_role("administrator")
    for address in ("", "file/", "progress/"):
        assert other.get(f"/exports/{export.pk}/{address}").status_code == 404
    assert other.post(f"/exports/{export.pk}/delete/").status_code == 404
    assert other.get("/exports/").context["table"]["rows"] == []
    path = export.path
    assert path.is_file()
    assert admin.post(f"/exports/{export.pk}/delete/").url == "/exports/"
    assert not path.exists()


def test_rights_lost_before_the_worker_runs_deliver_nothing(as_role, in_background):
    client = as_role("lead")
    CustomerFactory()
    fetch(client, "customers")
    client.user.groups.clear()
    in_background()
    export = Export.objects.get()
    assert (export.state, export.rows, export.path.exists()) == ("failed", None, False)
    assert "may not export" in export.error


def test_rights_lost_after_the_file_was_written_deliver_nothing(as_role):
    client = as_role("lead")
    CustomerFactory()
    body(fetch(client, "customers"))
    export = Export.objects.get()
    assert body(client.get(f"/exports/{export.pk}/file/"))
    client.user.groups.set(Group.objects.filter(name="brm"))
    assert client.get(f"/exports/{export.pk}/file/").status_code == 403
    assert client.get(f"/exports/{export.pk}/").context["may_fetch"] is False


def test_a_customer_handed_over_takes_the_old_file_away(as_role):
    client = as_role("brm")
    customer = CustomerFactory(manager=client.user)
    body(fetch(client, "customers"))
    export = Export.objects.get()
    assert body(client.get(f"/exports/{export.pk}/file/"))
    customer.manager = UserFactory()
    customer.save()
    assert client.get(f"/exports/{export.pk}/file/").status_code == 403


def test_the_worker_uses_the_rights_of_its_own_moment(as_role, in_background):
    client = as_role("brm")
    CustomerFactory(name="Mine", manager=client.user)
    lost = CustomerFactory(name="Lost", manager=client.user)
    fetch(client, "customers", "columns=reference,name")
    lost.manager = None
    lost.save()
    in_background()
    assert names(client.get(f"/exports/{Export.objects.get().pk}/file/")) == ["Mine"]


def test_a_repeated_job_writes_the_same_file_once(admin, in_background):
    CustomerFactory()
    fetch(admin, "customers")
    export = Export.objects.get()
    actions.attempt(export, now=export.created_at)
    digest = export.sha256
    in_background()
    export.refresh_from_db()
    assert (export.sha256, export.rows) == (digest, 1)


def test_files_whose_time_is_over_are_removed(admin):
    body(fetch(admin, "customers"))
    export = Export.objects.get()
    assert export.path.is_file()
    actions.forget_expired(export.expires_at)
    assert export.path.is_file()
    actions.forget_expired(export.expires_at.replace(year=2100))
    assert not export.path.exists()
    assert not Export.objects.exists()


def test_deleted_records_are_in_no_export(admin):
    customer = CustomerFactory(name="Gone")
    customer.soft_delete()
    assert Customer.everything.count() == 1
    assert len(csv_rows(fetch(admin, "customers"))) == 1


# --- REST ----------------------------------------------------------------------------------------


def post(client, **asked):
    return client.post("/api/v1/exports/", asked, content_type="application/json")


def test_an_extract_over_rest(admin, in_background):
    for number in range(3):
        CustomerFactory(name=f"K{number}", reference=f"R-{number}", tier="key")
    CustomerFactory(tier="standard")
    response = post(
        admin,
        resource="customers",
        format="json",
        filters={"tier": "key"},
        ordering="-name",
        fields=["name"],
    )
    assert response.status_code == 202
    address = response["Location"]
    assert response.json()["state"] == "queued"
    assert admin.get(f"{address}file/").status_code == 409
    in_background()
    shown = admin.get(address).json()
    assert (shown["state"], shown["progress"], shown["rows"]) == ("done", 1.0, 3)
    file = admin.get(shown["file"])
    assert b'"reference":"R-2","name":"K2"' in body(file).splitlines()[1]
    assert [e["id"] for e in admin.get("/api/v1/exports/").json()["results"]] == [shown["id"]]
    assert admin.delete(address).status_code == 204
    assert admin.get(address).status_code == 404


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"resource": "no-such"}, "resource"),
        ({"resource": "customers", "filters": {"nope": "1"}}, "nope"),
        ({"resource": "customers", "filters": {"tier": "gold"}}, "tier"),
        ({"resource": "customers", "ordering": "manager__password"}, "ordering"),
        ({"resource": "customers", "fields": ["password"]}, "fields"),
        ({"resource": "customers", "format": "exe"}, "format"),
    ],
)
def test_what_rest_does_not_know_it_says(admin, asked, field):
    response = post(admin, **asked)
    assert response.status_code == 400
    assert field in response.json()["errors"]
    assert Export.objects.count() == 0


def test_rest_exports_are_the_own_ones(admin, as_role):
    post(admin, resource="customers")
    pk = Export.objects.get().pk
    other = as_role("lead")
    for address in (f"/api/v1/exports/{pk}/", f"/api/v1/exports/{pk}/file/"):
        assert other.get(address).status_code == 404
    assert post(as_role("operations"), resource="customers").status_code == 403
