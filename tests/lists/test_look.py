"""What a list shows, in which order and how: all of it stands in the address."""

import re

import pytest

from brm.core.crud import REGISTRY
from brm.core.crud.list_query import ListQuery, name_of, offered_columns
from tests.factories import (
    RECORD_FACTORIES,
    ComplaintFactory,
    CustomerFactory,
    UserFactory,
    make,
)

RESOURCES = sorted(set(REGISTRY) & set(RECORD_FACTORIES))


def headings(response):
    return [column["name"] for column in response.context["table"]["columns"]]


def firsts(response):
    return [row["cells"][0]["value"] for row in response.context["table"]["rows"]]


# --- Columns and density -------------------------------------------------------------------------


def test_columns_are_chosen_and_ordered_by_the_address(admin):
    ComplaintFactory(subject="Slow", channel="mail")
    response = admin.get("/complaints/?columns=channel,subject,severity")
    assert headings(response) == ["channel", "subject", "severity"]
    assert [cell["value"] for cell in response.context["table"]["rows"][0]["cells"]] == [
        "mail",
        "Slow",
        "Medium",
    ]
    listed = [column["name"] for column in response.context["look"]["columns"]]
    assert listed[:3] == ["channel", "subject", "severity"]
    assert set(listed) == set(offered_columns(REGISTRY["complaints"]))


def test_columns_sent_by_a_form_without_script_are_the_same(admin):
    ComplaintFactory()
    assert headings(admin.get("/complaints/?columns=subject&columns=status")) == [
        "subject",
        "status",
    ]


@pytest.mark.parametrize("query", ["columns=", "columns=password", "columns=customer__manager"])
def test_columns_that_are_none_leave_the_standard_ones(admin, query):
    ComplaintFactory()
    standard = [name_of(column) for column in REGISTRY["complaints"].columns]
    assert headings(admin.get(f"/complaints/?{query}")) == standard


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_offered_column_of_every_record_can_be_shown(admin, resource):
    make(resource)
    names = list(offered_columns(REGISTRY[resource]))
    response = admin.get(f"/{resource}/?columns={','.join(names)}")
    assert headings(response) == names
    assert len(response.context["table"]["rows"][0]["cells"]) == len(names)


def test_a_row_whose_first_column_is_empty_is_still_reached(admin):
    complaint = ComplaintFactory()
    response = admin.get("/complaints/?columns=closed_at,subject")
    link = re.search(
        rf'<th scope="row"[^>]*><a href="/complaints/{complaint.pk}/">(.*?)</a>',
        response.content.decode(),
        re.DOTALL,
    )
    assert complaint.reference in link[1]


def test_density_is_kept_by_sorting_filtering_and_paging(admin):
    for number in range(60):
        CustomerFactory(name=f"{number:02d}", tier="key")
    response = admin.get("/customers/?density=compact&tier=key&columns=name,tier")
    assert 'class="table compact"' in response.content.decode()
    context = response.context
    links = [context["page"]["next_url"], context["table"]["columns"][0]["url"]]
    links += [context["chips"][0]["remove_url"], context["reset_url"]]
    for link in links:
        assert "density=compact" in link, link
        assert "columns=name,tier" in link, link


# --- Filters -------------------------------------------------------------------------------------


def test_a_filter_the_form_does_not_have_is_still_shown_kept_and_removable(admin):
    customer = CustomerFactory(reference="K-1", name="Kestrel")
    wanted = ComplaintFactory(customer=customer)
    ComplaintFactory()
    response = admin.get("/complaints/?customer_reference=K-1")
    assert firsts(response) == [wanted.subject]
    chip = response.context["chips"][0]
    assert (chip["label"], chip["value"]) == ("Customer (reference)", "K-1")
    assert len(firsts(admin.get(chip["remove_url"]))) == 2
    assert response.context["kept"] == [{"name": "customer_reference", "value": "K-1"}]


def test_several_choices_at_once_are_told_in_words(admin):
    ComplaintFactory(severity="high")
    ComplaintFactory(severity="low")
    response = admin.get("/complaints/?severity=high,critical")
    assert len(firsts(response)) == 1
    assert response.context["chips"][0]["value"] == "High, Critical"
    assert response.context["filter_form"]["severity"].value() == "high,critical"


def test_a_filter_that_cannot_be_read_is_not_in_force_and_makes_no_chip(admin):
    ComplaintFactory()
    response = admin.get("/complaints/?severity=enormous&no_such=1")
    assert response.context["chips"] == []
    assert len(firsts(response)) == 1


def test_the_filter_of_a_record_names_it_and_lists_no_other(admin):
    manager = UserFactory(name="Mei Chen")
    UserFactory(name="Somebody Else")
    CustomerFactory(manager=manager)
    page = admin.get(f"/customers/?manager={manager.pk}").content.decode()
    assert "Mei Chen" in page
    assert "Somebody Else" not in page
    assert '<noscript><input type="text" name="manager_reference"' in page


def test_chinese_text_is_found_in_lists_and_pickers(admin):
    CustomerFactory(name="上海浦东发展银行")
    CustomerFactory(name="北京银行")
    assert firsts(admin.get("/customers/?q=浦东")) == ["上海浦东发展银行"]
    options = admin.get("/customers/options/?q=京银").context["options"]
    assert [option["label"] for option in options] == ["北京银行"]


def test_a_picker_without_script_takes_a_reference(admin):
    for number in range(52):
        CustomerFactory(reference=f"K-{number}")
    customer = CustomerFactory(reference="Wanted 1")
    page = admin.get("/complaints/new/").content.decode()
    assert 'name="customer_reference"' in page
    sent = {"subject": "x", "severity": "low", "received_at": "2025-01-01T10:00"}
    admin.post("/complaints/new/", {**sent, "customer": "", "customer_reference": "Wanted 1"})
    assert customer.complaints.count() == 1
    wrong = admin.post("/complaints/new/", {**sent, "customer_reference": "no such"})
    assert list(wrong.context["form"].errors) == ["customer"]


def test_people_who_left_are_not_offered(admin):
    UserFactory(name="Gone Away", is_active=False)
    assert admin.get("/users/options/?q=gone").context["options"] == []


# --- The address ---------------------------------------------------------------------------------


def test_the_canonical_address_brings_the_same_list_back(admin, rf):
    for number in range(3):
        CustomerFactory(name=f"Kestrel {number}", tier="key")
    CustomerFactory(name="Kestrel standard")
    look = "sort=-name&columns=tier,name&density=compact"
    address = f"/customers/?at=51&tier=key&q=Kestrel&{look}&x=1"
    request = rf.get(address)
    query = ListQuery(REGISTRY["customers"], request.GET, admin.user)
    assert query.canonical() == "q=Kestrel&tier=key&sort=-name&columns=tier,name&density=compact"
    assert query.canonical(look=False) == "q=Kestrel&tier=key"
    again = admin.get(f"/customers/?{query.canonical()}")
    shown = [row["cells"][1]["value"] for row in again.context["table"]["rows"]]
    assert shown == ["Kestrel 2", "Kestrel 1", "Kestrel 0"]


def test_the_end_of_a_list_too_long_to_count_is_reached(admin, monkeypatch):
    for number in range(120):
        CustomerFactory(name=f"{number:03d}")
    monkeypatch.setattr("brm.core.keyset.capped_count.__defaults__", (60,))
    page = admin.get("/customers/").context["page"]
    assert (page["total"], page["total_is_exact"]) == (60, False)
    last = admin.get(page["last_url"])
    assert firsts(last)[-1] == "119"
    assert last.context["page"]["from"] is None
    assert "50 of more than 60" in re.sub(r"\s+", " ", last.content.decode())


def test_an_empty_list_says_when_others_may_exist(as_role, admin):
    ComplaintFactory(customer=CustomerFactory())
    why = "You see the records of your own portfolio only, and it holds none yet."
    assert why in as_role("brm").get("/complaints/").content.decode()
    assert why not in admin.get("/complaints/").content.decode()
