"""Undo, conflicts, the past and the leave guard in a browser, by the keyboard."""

import pytest

from brm.core.origin import acting
from customers.models import Customer
from tests.factories import CustomerFactory, UserFactory
from tests.keyboard import Keyboard
from tests.looking import look_at, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[1440, pytest.param(390, marks=pytest.mark.full)])
def keyboard(request, page):
    """A keyboard at each width, of a signed-in lead."""
    page.set_viewport_size({"width": request.param, "height": 844})
    page.goto("/accounts/login/")
    sign_in(page, UserFactory(roles=["lead"], name="Lea Lead"))
    return Keyboard(page)


def test_deleted_looked_at_as_it_was_restored_and_edited_and_undone(page, keyboard):
    customer = CustomerFactory(name="Kestrel", segment="before")
    page.goto(f"{customer.get_absolute_url()}delete/")
    keyboard.press("Delete")
    page.get_by_text("Kestrel was deleted.").wait_for()
    page.goto("/customers/deleted/")
    keyboard.press("Kestrel")
    page.get_by_text("This record is deleted").wait_for()
    keyboard.press("Restore")
    page.get_by_text("Kestrel was restored.").wait_for()
    page.goto(f"{customer.get_absolute_url()}edit/")
    keyboard.fill("Segment", "after")
    page.keyboard.press("Enter")
    page.get_by_text("Saved.").wait_for()
    keyboard.press("Undo")
    page.get_by_text("Kestrel: undone.").wait_for()
    assert Customer.objects.get().segment == "before"
    assert page.reports == []


def test_a_conflict_gets_the_focus_and_loses_nothing(page, keyboard):
    customer = CustomerFactory(name="Kestrel", segment="start", region="start")
    page.goto(f"{customer.get_absolute_url()}edit/")
    keyboard.fill("Segment", "mine")
    with acting(user=UserFactory(name="Mei Chen")):
        customer.segment = customer.region = "theirs"
        customer.save()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("alertdialog")
    dialog.wait_for()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alertdialog"
    assert "Mei Chen saved it" in dialog.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    keyboard.press("Save my choice")
    page.get_by_text("Saved.").wait_for()
    customer.refresh_from_db()
    assert (customer.segment, customer.region) == ("mine", "theirs")


@pytest.mark.full
def test_older_entries_are_added_below(page, keyboard):
    customer = CustomerFactory()
    for number in range(55):
        customer.segment = str(number)
        customer.save()
    page.goto(f"{customer.get_absolute_url()}#history")
    entries = page.locator(".history > li:not(.history-older)")
    assert entries.count() == 50
    page.get_by_role("link", name="Older entries").press("Enter")
    page.locator(".history-older").wait_for(state="detached")
    assert entries.count() == 56
    entries.last.get_by_role("link").press("Enter")
    page.get_by_text("this is not the present").wait_for()


def asked(page):
    """How often leaving was asked about; each question is answered with staying."""
    questions = []

    def stay(dialog):
        questions.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return questions


def leave(page):
    page.evaluate("location.assign('/customers/')")
    page.wait_for_timeout(300)  # nothing comes where the question was answered with staying


def test_leaving_a_changed_form_asks_and_a_saved_one_does_not(page, keyboard):
    customer = CustomerFactory()
    questions, form = asked(page), f"{customer.get_absolute_url()}edit/"
    page.goto(form)
    keyboard.fill("Segment", "changed")
    leave(page)
    assert (questions, page.url.endswith(form)) == (["beforeunload"], True)
    keyboard.fill("Name", " ")
    page.keyboard.press("Enter")
    page.locator(".field.invalid").first.wait_for()
    leave(page)  # what came back with errors is not saved either; the page has been typed into
    page.get_by_label("Name", exact=True).fill("Kestrel")
    leave(page)
    assert questions[-1] == "beforeunload"
    assert page.url.endswith(form)
    page.get_by_label("Name", exact=True).press("Enter")
    page.get_by_text("Saved.").wait_for()
    before = len(questions)
    page.goto("/customers/")
    assert (len(questions), page.url.endswith("/customers/")) == (before, True)


@pytest.mark.full
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_deleted_record_and_the_list_look_right(page, width, theme):
    page.goto("/accounts/login/")
    sign_in(page, UserFactory(roles=["lead"]))
    customer = CustomerFactory(name="Donaudampfschifffahrtselektrizitäten" * 3)
    customer.soft_delete()
    for address in (customer.get_absolute_url(), "/customers/deleted/"):
        assert look_at(page, address, width, theme) == ([], 0, [])
