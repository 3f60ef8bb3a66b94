"""The way of a relationship lead through the pages, in a real browser."""

import pytest

from customers.models import Customer
from feedback.models import Complaint
from tests.factories import ComplaintFactory, CustomerFactory, UserFactory
from tests.looking import look_at, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft 有限公司"


@pytest.mark.full
def test_a_list_of_many_long_names_fits_a_phone(page):
    for number in range(60):
        CustomerFactory(name=f"{LONG} {number}", segment="金融服务", region="Greater China")
    page.goto("/accounts/login/")
    sign_in(page, UserFactory(roles=["lead"]))
    for width in (390, 1440):
        assert look_at(page, "/customers/", width, "light") == ([], 0, [])


def test_from_a_new_customer_to_an_acknowledged_complaint_by_keyboard(page):
    user = UserFactory(username="lead", roles=["lead"])
    user.set_password("a long enough password")
    user.save()
    page.goto("/customers/new/")
    page.get_by_label("Login").focus()
    page.keyboard.type("lead")
    page.keyboard.press("Tab")
    page.keyboard.type("a long enough password")
    page.keyboard.press("Enter")
    page.get_by_label("Name").focus()
    page.keyboard.type("Kestrel Rail")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Kestrel Rail", level=1).wait_for()
    customer = Customer.objects.get(name="Kestrel Rail")
    complaint = ComplaintFactory(customer=customer, subject="The mail is slow")
    page.goto(f"/complaints/{complaint.pk}/")
    page.get_by_role("button", name="Acknowledge").first.focus()
    page.keyboard.press("Enter")
    page.locator("#move-acknowledged").get_by_role("button", name="Acknowledge").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Moved to “Acknowledged”.").wait_for()
    assert Complaint.objects.get().status == "acknowledged"
    assert page.reports == []


def test_language_and_theme_are_chosen_and_kept(page):
    page.goto("/accounts/login/")
    sign_in(page, UserFactory(roles=["lead"]))
    page.goto("/customers/")
    page.get_by_label("Language").select_option("zh-hans")
    page.get_by_role("heading", name="客户", level=1).wait_for()
    page.get_by_role("button", name="深色").click()
    page.goto("/complaints/")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_role("heading", name="投诉", level=1).wait_for()


def test_search_narrows_the_list_while_one_types_and_the_address_keeps_it(page):
    for name in ("Kestrel", "Harbor"):
        CustomerFactory(name=name)
    page.goto("/accounts/login/")
    sign_in(page, UserFactory(roles=["lead"]))
    page.goto("/customers/")
    page.get_by_label("Search customers").fill("kes")
    page.get_by_text("1–1 of 1").wait_for()
    assert page.get_by_role("link", name="Harbor").count() == 0
    page.reload()
    assert page.get_by_role("link", name="Kestrel").count() == 1


def test_a_form_with_changes_warns_before_it_is_left(page):
    customer = CustomerFactory()
    page.goto("/accounts/login/")
    sign_in(page, UserFactory(roles=["lead"]))
    page.goto(f"/customers/{customer.pk}/edit/")
    page.get_by_label("Segment").fill("Public")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/customers/")
    assert asked == ["beforeunload"]
