"""The import pages: upload, columns, check, import, refused rows, undo."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from brm.core import jobs
from brm.core.models import ImportRun, Job
from customers.models import Customer
from feedback.models import Response
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
CSV = "reference,Title,tier,colour\nA,Alpha,key,red\nB,Beta,gold,blue\n"


@pytest.fixture
def lead(client: Any) -> Any:
    user = UserFactory(roles=["lead"])
    client.force_login(user)
    return user


def work() -> None:
    """Do what is queued, as the worker would, until nothing is left."""
    while job := Job.objects.filter(state="queued").first():
        jobs.run(job.pk)


def file(content: str | bytes = CSV, name: str = "my customers.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def new(client: Any, **values: Any) -> Any:
    data = {"entity": "customers", "file": file(), **values}
    return client.post(reverse("imports-new"), data)


def checked(client: Any, **columns: str) -> ImportRun:
    """An upload whose columns were chosen and whose rows were checked."""
    new(client)
    run = ImportRun.objects.latest("pk")
    chosen = columns or {"column_reference": "reference", "column_name": "Title"}
    response = client.post(
        reverse("imports-mapping", args=[run.pk]), {**chosen, "column_tier": "tier"}
    )
    assert response.status_code == 302
    work()
    run.refresh_from_db()
    return run


def test_the_whole_way(client, lead):
    response = new(client)
    run = ImportRun.objects.get()
    assert response.url == reverse("imports-mapping", args=[run.pk])
    page = client.get(response.url)
    assert page.status_code == 200
    assert page.context["form"]["column_reference"].value() == "reference"
    run = checked(client)
    assert run.state == "checked"
    assert not Customer.objects.exists()
    page = client.get(reverse("imports-detail", args=[run.pk])).content.decode()
    assert "“gold” is none of strategic, key, standard." in page
    assert "Not imported, because no column has this name: colour." in page
    client.post(reverse("imports-start", args=[run.pk]), {})
    progress = client.get(reverse("imports-progress", args=[run.pk]))
    assert "Importing the rows" in progress.content.decode()
    work()
    done = client.get(reverse("imports-progress", args=[run.pk]))
    assert (done.status_code, done["HX-Refresh"]) == (204, "true")
    assert Customer.objects.get().history.get().history_user == lead
    refused = client.get(reverse("imports-refused", args=[run.pk]))
    assert refused["Content-Disposition"] == 'attachment; filename="my customers.refused.csv"'
    assert b"".join(refused.streaming_content).decode().splitlines() == [
        "reference,Title,tier,colour,_error",
        'B,Beta,gold,blue,"tier: “gold” is none of strategic, key, standard."',
    ]
    client.post(reverse("imports-undo", args=[run.pk]))
    work()
    run.refresh_from_db()
    assert run.state == "undone"
    assert not Customer.objects.exists()
    for name, arguments in (("imports-list", []), ("imports-detail", [run.pk])):
        assert client.get(reverse(name, args=arguments)).status_code == 200


def test_the_choice_of_columns_is_remembered(client, lead):
    checked(client)
    new(client)
    page = client.get(reverse("imports-mapping", args=[ImportRun.objects.latest("pk").pk]))
    assert page.context["form"]["column_name"].value() == "Title"


def test_reasons_are_told_in_the_language_of_who_imports(client, lead):
    client.cookies["django_language"] = "zh-hans"
    run = checked(client)
    page = client.get(reverse("imports-detail", args=[run.pk])).content.decode()
    assert "“gold”不属于" in page
    assert "colour" in page
    assert "Not imported" not in page


def test_columns_are_called_as_people_call_them(client, lead):
    new(client)
    page = client.get(reverse("imports-mapping", args=[ImportRun.objects.get().pk]))
    field = page.context["form"]["column_manager"]
    assert (field.label, field.help_text) == ("Relationship manager", "manager")


def test_a_key_must_be_chosen(client, lead):
    new(client)
    address = reverse("imports-mapping", args=[ImportRun.objects.get().pk])
    response = client.post(address, {"column_name": "Title"})
    assert response.status_code == 422
    assert "Records are found by this column." in response.content.decode()


def test_all_or_nothing(client, lead):
    run = checked(client)
    client.post(reverse("imports-start", args=[run.pk]), {"on_error": "stop"})
    work()
    run.refresh_from_db()
    assert (run.state, run.error) == (
        "checked",
        "Nothing was imported, because a row was refused.",
    )
    assert not Customer.objects.exists()


def test_a_known_layout(client, lead):
    header = "Trust,Respondent ID,Date,Service type 1,FFT categorical answer,FFT answer\n"
    rows = "T,1,31/03/2025,Wards,1,good\nT,2,3/31/2025,Wards,2,\nT,3,01/02/2025,,7,x\n"
    new(client, file=file(header + rows), profile="nhs_fft", entity="services")
    run = ImportRun.objects.get()
    assert run.entity == "services,surveys,customers,survey_responses"
    address = reverse("imports-mapping", args=[run.pk])
    assert "column_reference" not in client.get(address).content.decode()
    client.post(address, {})
    work()
    client.post(reverse("imports-start", args=[run.pk]), {})
    work()
    run.refresh_from_db()
    assert (run.state, run.report["refused_rows"]) == ("done", 1)
    assert set(Response.objects.values_list("reference", flat=True)) == {"T/1", "T/3"}


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("", "a.csv", "The submitted file is empty."),
        ("reference\n", "a.csv", "The file has a header but no rows."),
        (CSV, "a.pdf", "a.pdf is none of the kinds that can be imported"),
        ("PK\x03\x04", "a.csv", "a.csv is not what its name says"),
        ("reference,name\nA,客户关系管理\n".encode("gb18030"), "a.csv", "It looks like GB18030"),
    ],
)
def test_a_refused_file_leaves_nothing_behind(client, lead, content, name, message):
    response = new(client, file=file(content, name))
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not ImportRun.objects.exists()


def test_the_name_of_an_upload_names_no_path(client, lead):
    new(client, file=file(name="../../etc/passwd.csv"))
    run = ImportRun.objects.get()
    assert run.file_name == "passwd.csv"
    assert run.upload_path.parent == run.directory


def test_a_foreign_import_does_not_exist(client, lead):
    run = checked(client)
    client.force_login(UserFactory(roles=["finance"]))
    for page in ("detail", "mapping", "progress", "refused"):
        assert client.get(reverse(f"imports-{page}", args=[run.pk])).status_code == 404
    for page in ("start", "undo", "discard"):
        assert client.post(reverse(f"imports-{page}", args=[run.pk])).status_code == 404


@pytest.mark.parametrize("role", ["brm", "executive", "auditor", "service_owner"])
def test_who_may_not_import_sees_no_page(client, role):
    client.force_login(UserFactory(roles=[role]))
    assert client.get(reverse("imports-new")).status_code == 403
    assert client.get(reverse("imports-list")).status_code == 403


def test_only_what_one_may_create_is_offered(client):
    client.force_login(UserFactory(roles=["finance"]))
    form = client.get(reverse("imports-new")).context["form"]
    assert [name for name, _label in form.fields["entity"].choices] == [
        "budget_lines",
        "cost_entries",
        "exchange_rates",
        "proposals",
    ]
    response = new(client)
    assert response.status_code == 422


def test_an_upload_is_discarded(client, lead):
    run = checked(client)
    client.post(reverse("imports-discard", args=[run.pk]))
    assert not ImportRun.objects.exists()
    assert not run.directory.exists()


def test_a_job_that_gave_up_ends_the_import(client, lead):
    run = checked(client)
    client.post(reverse("imports-start", args=[run.pk]), {})
    Job.objects.filter(state="queued").update(state="failed", error="The worker was lost.")
    page = client.get(reverse("imports-detail", args=[run.pk]))
    assert "The worker was lost." in page.content.decode()
    run.refresh_from_db()
    assert run.state == "failed"
