"""The search: everything that fits, nothing out of sight, the same statements for any number."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from brm.core import jobs
from brm.core.crud import REGISTRY
from brm.core.models import Job
from brm.core.writing import write_many
from brm.search import finding
from brm.search.finding import find
from brm.search.models import Entry, Stale
from brm.search.refreshing import BATCH, refresh, start
from customers.models import Customer
from tests.factories import (
    RECORD_FACTORIES,
    ComplaintFactory,
    CustomerFactory,
    ServiceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs, "nudge", lambda job: None)


@pytest.fixture
def lead():
    return UserFactory(roles=("lead",))


def titles(text, user, limit=20):
    while refresh(BATCH):
        pass
    return [hit.title for hit in find(text, user, limit)]


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "text", ["上", "海", "上海", "海电", "电力公司", "shdl", "dl", "SHDLGS", "上海 公司", "ＳＨ"]
)
def test_chinese_is_found_by_any_part_and_by_initials(lead, text):
    CustomerFactory(name="上海电力公司")
    CustomerFactory(name="北京轨道")
    assert titles(text, lead) == ["上海电力公司"]


@pytest.mark.parametrize(
    "text", ["k", "ke", "kes", "strel", "KESTREL", "rail kestrel", "cus-9", "Ünï", "100%", "a_b"]
)
def test_other_words_are_found_by_beginnings_and_parts(lead, text):
    CustomerFactory(name="Kestrel Rail uni 100% a_b", reference="CUS-9")
    CustomerFactory(name="Harbor Light 1000 axb", reference="HL-1")
    assert titles(text, lead) == ["Kestrel Rail uni 100% a_b"]


@pytest.mark.parametrize("text", ["", "  ", "%", "\x00", "'", '"', "zz", "*", "-", "ab" * 5000])
def test_nothing_and_noise_find_nothing(lead, text):
    CustomerFactory(name="Kestrel Rail")
    assert titles(text, lead) == []


def test_the_reference_itself_comes_first_then_beginnings(lead):
    CustomerFactory(name="Old rail works", reference="A")
    CustomerFactory(name="Monorail", reference="B")
    CustomerFactory(name="Rail", reference="C")
    CustomerFactory(name="Railway", reference="D")
    CustomerFactory(name="Zeta", reference="RAIL")
    found = titles("rail", lead)
    assert found == ["Zeta", "Rail", "Railway", "Old rail works", "Monorail"]


def test_every_kind_of_record_is_found_by_its_reference(lead):
    admin = UserFactory(roles=("administrator",))
    made = {resource: factory() for resource, factory in RECORD_FACTORIES.items()}
    while refresh(BATCH):
        pass
    found = {
        resource: {(hit.resource, hit.record.pk) for hit in find(record.reference, admin, 20)}
        for resource, record in made.items()
        if resource in REGISTRY and "reference" in record.search_fields
    }
    assert found
    assert [r for r in found if (r, made[r].pk) not in found[r]] == []


# --- What is written is found --------------------------------------------------------------------


def test_the_index_follows_every_way_of_writing(lead):
    customer = CustomerFactory(name="First")
    assert titles("first", lead) == ["First"]
    customer.name = "Second"
    customer.save()
    assert (titles("first", lead), titles("second", lead)) == ([], ["Second"])
    write_many([Customer(name=f"Bulk {n}") for n in range(3)])
    assert sorted(titles("bulk", lead)) == ["Bulk 0", "Bulk 1", "Bulk 2"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET name = 'Plain' WHERE name = 'Second'")
    assert titles("plain", lead) == ["Plain"]
    Customer.objects.get(name="Plain").soft_delete()
    assert titles("plain", lead) == []
    assert not Entry.objects.filter(record_id=customer.pk, resource="customers").exists()
    Customer.everything.get(name="Plain").restore()
    assert titles("plain", lead) == ["Plain"]


def test_what_was_just_written_is_found_at_once(lead):
    client = signed_in(lead)
    CustomerFactory(name="Kestrel Rail")
    assert "Kestrel Rail" in client.get("/search/?q=kestrel").content.decode()
    assert not Stale.objects.exists()


def test_much_that_was_written_is_left_to_a_worker(lead):
    write_many([Customer(name=f"Bulk {n}") for n in range(150)])
    signed_in(lead).get("/search/?q=bulk")
    assert Stale.objects.count() >= 150
    start()
    job = Job.objects.get(kind="search-index")
    assert jobs.run(job.pk).result["records"] >= 150
    assert not Stale.objects.exists()
    assert Entry.objects.filter(resource="customers").count() == 150


def test_refreshing_takes_the_same_statements_for_one_and_for_many():
    while refresh(BATCH):
        pass
    counts = []
    for several in (1, 150):
        write_many([Customer(name=f"客户 {several} {n}") for n in range(several)])
        with CaptureQueriesContext(connection) as captured:
            assert refresh(BATCH) == several
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- Sight ---------------------------------------------------------------------------------------


def test_nothing_out_of_sight_is_found(as_portfolio):
    owner, stranger, operations = as_portfolio
    assert titles("marker", owner) == ["MARKER 机密"]
    assert titles("机", stranger) == titles("jm", stranger) == titles("marker", stranger) == []
    assert titles("marker", operations) == ["MARKER 机密"]


def test_no_page_of_the_search_tells_of_what_is_out_of_sight(as_portfolio):
    _owner, stranger, _operations = as_portfolio
    complaint = Entry.objects.get(resource="complaints")
    client = signed_in(stranger)
    asked = ["q=marker", "q=CMP-MARK", f"recent=complaints:{complaint.record_id}", "q=jm"]
    pages = [client.get(f"/search/{part}?{q}") for q in asked for part in ("", "options/")]
    assert [b"MARKER" in page.content for page in pages] == [False] * 8
    assert {page.status_code for page in pages} == {200}


@pytest.fixture
def as_portfolio():
    owner, stranger = UserFactory(roles=("brm",)), UserFactory(roles=("brm",))
    customer = CustomerFactory(manager=owner, name="Acme")
    ComplaintFactory(customer=customer, subject="MARKER 机密", reference="CMP-MARK")
    while refresh(BATCH):
        pass
    return owner, stranger, UserFactory(roles=("operations",))


def test_older_records_in_sight_are_found_behind_many_out_of_sight(monkeypatch):
    owner = UserFactory(roles=("brm",))
    ComplaintFactory(customer=CustomerFactory(manager=owner), subject="common words")
    for _number in range(5):
        ComplaintFactory(subject="common words")
    monkeypatch.setattr(finding, "CANDIDATES", 3)
    assert titles("common", owner) == ["common words"]


@pytest.mark.parametrize("role", ["brm", "service_owner", "operations", "executive"])
def test_every_hit_may_be_opened(role):
    user = UserFactory(roles=(role,))
    for factory in RECORD_FACTORIES.values():
        factory()
    while refresh(BATCH):
        pass
    client = signed_in(user)
    hits = [hit for text in "abcdefghijklmnoprstuvwxyz" for hit in find(text, user, 50)]
    assert {client.get(url).status_code for url in {hit.url for hit in hits}} <= {200}
    for hit in hits:
        assert REGISTRY[hit.resource].model.objects.visible_to(user).filter(pk=hit.record.pk)


# --- Cost and pages ------------------------------------------------------------------------------


def test_a_search_takes_the_same_statements_for_few_and_for_many(lead):
    client = signed_in(lead)
    client.get("/search/?q=common")
    counts = []
    for several in (1, 90):
        for name in ("customer", "service"):
            model = Customer if name == "customer" else type(ServiceFactory())
            write_many([model(name=f"Common {name} {several} {n}") for n in range(several)])
        while refresh(BATCH):
            pass
        with CaptureQueriesContext(connection) as captured:
            client.get("/search/?q=common")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 8


def test_pages_and_actions_are_offered_by_right(lead):
    page = signed_in(lead).get("/search/options/?q=new customer").content.decode()
    assert "/customers/new/" in page
    other = signed_in(UserFactory(roles=("auditor",)))
    assert "/customers/new/" not in other.get("/search/options/?q=new customer").content.decode()
    assert "/kpis/" in other.get("/search/options/?q=scorecard").content.decode()


def test_pages_are_found_by_the_initials_of_their_chinese_names(lead):
    client = signed_in(lead)
    client.cookies["django_language"] = "zh-hans"
    assert 'data-url="/customers/"' in client.get("/search/options/?q=kh").content.decode()


def test_recent_records_come_in_the_order_of_the_browser(lead):
    first, second = CustomerFactory(name="First"), CustomerFactory(name="Second")
    recent = f"customers:{second.pk},x:1,customers:{first.pk},customers:x,:,nothing"
    page = signed_in(lead).get("/search/options/", {"recent": recent}).content.decode()
    assert 0 < page.index("Second") < page.index("First")


def test_markup_in_a_name_stays_text(lead):
    CustomerFactory(name="<img src=x onerror=alert(1)>")
    for part in ("", "options/"):
        page = signed_in(lead).get(f"/search/{part}?q=onerror").content.decode()
        assert "<img" not in page
        assert "&lt;img src=x" in page
