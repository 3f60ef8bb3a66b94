"""The shipped profiles on the real files, where these are at hand."""

import pytest

from brm.core.imports.profiles import load_profile
from customers.models import Agreement, Customer, Spell
from feedback.models import Complaint, Response

from .support import counted, run_import

pytestmark = pytest.mark.django_db


def test_nhs_answers(real_data, tmp_path):
    path = real_data / "surveys_nhs_fft" / "v6framework_230831.csv.gz"
    refused = tmp_path / "refused.csv"
    profile = load_profile("nhs_fft")
    report = run_import(path, profile=profile, refused=refused)
    assert (report.rows, report.refused_rows) == (7908, 141)
    assert counted(report, "services") == (7, 0, 0, 0)
    assert counted(report, "survey_responses") == (4325, 0, 0, 141)
    second = run_import(refused, profile=profile.with_formats(date="%m/%d/%Y"))
    assert counted(second, "survey_responses") == (141, 0, 0, 0)
    assert Response.objects.count() == 4466
    assert Response.objects.exclude(completed_at=None).count() == 4227


def test_complaints(real_data):
    path = real_data / "complaints_cfpb_sample" / "complaints.csv.gz"
    report = run_import(path, profile=load_profile("cfpb_complaints"))
    assert (report.rows, report.refused_rows) == (20_000, 0)
    assert counted(report, "customers") == (1196, 0, 0, 0)
    assert counted(report, "services") == (5, 0, 0, 0)
    assert counted(report, "complaints") == (20_000, 0, 0, 0)
    assert Complaint.objects.filter(reference__endswith="-2").count() > 0


@pytest.mark.full
def test_invoices(real_data):
    path = real_data / "customers_online_retail_uci" / "online_retail.csv.gz"
    report = run_import(path, profile=load_profile("online_retail"))
    assert (report.rows, report.refused_rows) == (541_909, 0)
    assert counted(report, "customers") == (4339, 0, 0, 0)
    assert counted(report, "agreements") == (13_055, 0, 0, 0)
    assert Customer.objects.count() == 4339
    first = Spell.objects.filter(number=1, starts_on__year=2010, starts_on__month=12)
    assert first.count() == 885
    assert Agreement.objects.count() == 13_055
