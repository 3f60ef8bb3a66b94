"""Lists in a real browser, by keyboard alone: columns, views, selection, cells, export."""

import pytest

from brm.bulk_changes.models import BulkChange
from brm.saved_views.models import SavedView
from feedback.models import Complaint
from tests.factories import ComplaintFactory, CustomerFactory, UserFactory
from tests.looking import look_at, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lead(page):
    page.goto("/accounts/login/")
    sign_in(page, UserFactory(roles=["lead"], name="Lead"))
    return page


def focused(page, expression):
    return page.evaluate(f"document.activeElement.{expression}")


def test_columns_views_and_selection_by_keyboard(lead):
    for number in range(3):
        ComplaintFactory(subject=f"Slow {number}", channel="mail", severity="high")
    page = lead
    page.goto("/complaints/?severity=high")
    page.locator(".columns-menu summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Channel").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Move Channel up").focus()
    for _ in range(3):
        page.keyboard.press("Enter")
    page.locator(".columns-menu .filter-foot .primary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("columnheader", name="Channel").wait_for()
    assert "columns=" in page.url
    assert "%2C" in page.url or "," in page.url
    assert "density" not in page.url

    page.locator(".views-menu summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Save this view as").focus()
    page.keyboard.type("High ones")
    page.keyboard.press("Enter")
    page.get_by_text("The view “High ones” was saved.").wait_for()
    assert "channel" in SavedView.objects.get().query

    page.get_by_role("checkbox", name="Select this page").focus()
    page.keyboard.press("Space")
    assert page.locator("[data-selected]").text_content() == "3 selected"
    page.get_by_role("button", name="Change…").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Change 3 records").wait_for()
    page.get_by_label("Severity", exact=True).focus()
    page.keyboard.press("c")
    assert page.get_by_role("checkbox", name="Set Severity").is_checked()
    page.locator(".form-foot .primary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Change now").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Undo").wait_for()
    assert set(Complaint.objects.values_list("severity", flat=True)) == {"critical"}
    assert BulkChange.objects.get().state == "done"
    assert page.reports == []


def test_a_cell_is_changed_by_keyboard_and_another_save_is_noticed(lead):
    for number in range(55):
        CustomerFactory(name=f"Customer {number:02d}")
    complaint = ComplaintFactory(subject="Slow", severity="low")
    ComplaintFactory(subject="Other", severity="low")
    page = lead
    page.goto("/complaints/?columns=subject,severity,customer&sort=-subject")
    cell = page.locator(f'tr[data-record="{complaint.pk}"] [data-field="severity"]')
    cell.focus()
    page.keyboard.press("Enter")
    page.locator(".cell-form select:focus").wait_for()
    page.keyboard.press("h")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Saved.").wait_for()
    assert cell.text_content().strip() == "High"
    assert Complaint.objects.get(pk=complaint.pk).severity == "high"
    assert focused(page, "dataset.field") == "severity"
    box = page.locator(f'tr[data-record="{complaint.pk}"] [name="keys"]')
    assert box.get_attribute("value") == f"{complaint.pk}:2"

    page.keyboard.press("ArrowRight")
    assert focused(page, "dataset.field") == "customer"
    page.keyboard.press("Enter")
    page.locator(".cell-form [role=combobox]:focus").wait_for()
    page.keyboard.type("Customer 17")
    page.get_by_role("option", name="Customer 17").wait_for()
    page.keyboard.press("Enter")
    meanwhile = Complaint.objects.get(pk=complaint.pk)
    meanwhile.channel = "mail"
    meanwhile.save()
    page.locator(".cell-form button:not([type])").focus()
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    page.keyboard.press("Escape")
    assert Complaint.objects.get(pk=complaint.pk).customer is None
    assert focused(page, "dataset.field") == "customer"


@pytest.mark.full
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_menus_of_a_list_are_accessible_and_fit(lead, width, theme):
    ComplaintFactory()
    page = lead
    assert look_at(page, "/complaints/?severity=medium", width, theme) == ([], 0, [])
    for number in range(page.locator("details.filters").count()):
        page.locator("details.filters > summary").nth(number).click()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
        page.keyboard.press("Escape")
        assert page.locator("details.filters[open]").count() == 0


def test_an_export_is_downloaded(lead):
    ComplaintFactory(subject="=1+1")
    page = lead
    page.goto("/complaints/")
    page.get_by_text("Export", exact=True).first.click()
    with page.expect_download() as download:
        page.locator("form[action='/exports/new/'] button").click()
    assert download.value.suggested_filename.startswith("complaints-")
    assert "'=1+1" in download.value.path().read_text("utf-8-sig")
