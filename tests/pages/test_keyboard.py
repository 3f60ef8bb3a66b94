"""The main ways through the product by the keyboard alone, at a desk and on a phone."""

from datetime import UTC, datetime

import pytest

from brm.core import jobs
from brm.core.models import Job
from customers.models import Customer
from feedback.models import Complaint
from kpis.engine import run
from kpis.models import KpiTarget, Trigger
from tests.factories import ComplaintFactory, CustomerFactory, UserFactory
from tests.keyboard import Keyboard
from tests.looking import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
NIGHT = datetime(2025, 4, 10, 1, 30, tzinfo=UTC)
PASSWORD = "a long enough password"


@pytest.fixture(params=[1440, pytest.param(390, marks=pytest.mark.full)])
def keyboard(request, page):
    """A keyboard at each width."""
    page.set_viewport_size({"width": request.param, "height": 844})
    return Keyboard(page)


def lead(page):
    """A relationship lead, signed in."""
    page.goto("/accounts/login/")
    sign_in(page, UserFactory(roles=["lead"], name="Lea Lead"))


def open_from_menu(keyboard, name):
    """By the navigation, which is a drawer on a phone."""
    if keyboard.page.viewport_size["width"] < 800:
        keyboard.press("Open menu")
    keyboard.press(name)


def night():
    run(trigger=Trigger.TEST, judged_at=NIGHT, instant=NIGHT)


def test_from_the_sign_in_to_the_record_behind_a_figure(page, keyboard):
    user = UserFactory(username="lead", roles=["lead"])
    user.set_password(PASSWORD)
    user.save()
    complaint = ComplaintFactory(subject="The mail is slow")
    night()
    page.goto("/")
    keyboard.fill("Login", "lead")
    keyboard.fill("Password", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="KPIs in Mar 2025").wait_for()
    open_from_menu(keyboard, "KPI scorecard")
    keyboard.heading("KPI scorecard")
    keyboard.press("Skip to content")
    keyboard.press("Complaints")
    page.wait_for_url("**/kpis/complaints/**")
    keyboard.press("Rows behind it")
    keyboard.press(complaint.reference)
    keyboard.heading("The mail is slow")
    assert page.reports == []


def test_a_complaint_is_entered_and_acknowledged(page, keyboard):
    CustomerFactory(name="Kestrel Rail")
    lead(page)
    page.goto("/complaints/")
    keyboard.press("New complaint")
    keyboard.heading("New complaint")
    keyboard.fill("Subject", "The mail is slow")
    keyboard.go_to("Customer")
    page.keyboard.type("Kestrel")
    keyboard.go_to("Received at")
    page.keyboard.type("03102025")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("0900AM")
    keyboard.press("Create")
    keyboard.heading("The mail is slow")
    keyboard.press("Acknowledge")
    page.locator("dialog[open]").wait_for()
    keyboard.press("Acknowledge")
    page.get_by_text("Moved to “Acknowledged”.").wait_for()
    assert Complaint.objects.get().status == "acknowledged"
    assert page.reports == []


def test_a_file_is_imported(page, keyboard, tmp_path, monkeypatch):
    monkeypatch.setattr("brm.core.jobs.nudge", lambda job_id: None)
    file = tmp_path / "customers.csv"
    file.write_text("reference,name\nA,Alpha\n")
    # Listened for from the start: the browser takes a while to hand its dialogs over.
    page.on("filechooser", lambda chooser: chooser.set_files(str(file)))
    lead(page)
    page.goto("/imports/")
    keyboard.press("New import")
    keyboard.heading("New import")
    keyboard.go_to("Records")
    page.keyboard.type("Customers")
    keyboard.go_to("File")
    page.keyboard.press("Space")
    page.locator("[data-file-name]", has_text="customers.csv").wait_for()
    keyboard.press("Upload")
    keyboard.heading("customers.csv")
    keyboard.press("Check the rows")
    work(page, "Checking the rows")
    page.get_by_text("What an import would do").wait_for()
    keyboard.press("Import")
    work(page, "Importing the rows")
    page.get_by_text("What was imported").wait_for()
    assert Customer.objects.get().name == "Alpha"
    assert page.reports == []


def work(page, told):
    """Do what is queued, as the worker would."""
    page.get_by_text(told).wait_for()
    while job := Job.objects.filter(state="queued").first():
        jobs.run(job.pk)


def test_a_target_is_set(page, keyboard):
    ComplaintFactory()
    night()
    lead(page)
    page.goto("/kpis/complaints/")
    keyboard.press("Targets")
    page.get_by_role("link", name="Set a target").wait_for()
    keyboard.press("Set a target")
    keyboard.heading("New KPI target")
    keyboard.fill("Target", "4")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Complaints", level=1).wait_for()
    assert KpiTarget.objects.get().target == 4
    assert page.reports == []
