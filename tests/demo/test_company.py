"""The demo company as it stands in the database."""

import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings

from brm.core.models import Transition, User
from brm.demo.clearing import record_models
from brm.demo.marking import is_demo
from customers.models import Agreement, AgreementVersion, Customer
from feedback.models import Complaint, Invitation
from finance.models import BudgetLine, CostEntry
from kpis.definitions import KPIS
from kpis.engine import run
from kpis.figures import series
from kpis.models import KpiTarget, Run
from services.models import Service

from .conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]

# The sums of all KPIs over the two years: the same on every database.
DIGEST = "68a617756897bb55e2eebb8bb924cb56d7c9ffd4bd59fce0fed6581af81203c8"


def figures(kpi, **options):
    return series(kpi, start=202311, end=202511, **options).figures


def test_the_company_is_the_same_on_every_database():
    text = hashlib.sha256()
    for kpi in KPIS:
        for one in figures(kpi):
            text.update(f"{kpi.key} {one.period} {one.sums} {one.restated}".encode())
    assert text.hexdigest() == DIGEST


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.key)
def test_every_kpi_has_a_figure_in_the_last_twelve_months(kpi):
    assert any(one.worth.value for one in series(kpi).figures)


def test_statuses_have_all_colours():
    colours = {one.status for kpi in KPIS for one in figures(kpi)}
    assert colours == {"green", "amber", "red", "grey"}
    latest = {series(kpi).figures[-3].status for kpi in KPIS}
    assert len(latest) >= 3


def test_sizes():
    assert 38 <= Customer.everything.count() <= 45
    assert Service.objects.count() == 25
    assert Service.objects.in_pipeline().count() >= 4
    assert Service.objects.retired().count() == 2
    assert {"EUR", "USD", "GBP", "CNY"} == set(Agreement.objects.values_list("currency", flat=True))
    assert AgreementVersion.objects.filter(number__gt=1).count() > 20
    assert BudgetLine.objects.filter(revisions__is_first=False).exists()
    assert CostEntry.objects.exclude(currency=settings.BRM.base_currency).count() > 40


@pytest.mark.parametrize("model", record_models(), ids=lambda model: model.__name__)
def test_records_are_valid(model):
    for record in model.everything.order_by("?")[:40]:
        record.clean_fields()
        record.clean()


@pytest.mark.parametrize("model", record_models(), ids=lambda model: model.__name__)
def test_every_record_is_known_as_demo_data(model):
    assert not model.everything.filter(~is_demo(model)).exists()


def test_history_tells_when_things_became_known():
    complaint = Complaint.objects.filter(status="closed").order_by("received_at")[20]
    rows = list(complaint.history.order_by("history_date"))
    assert [row.status for row in rows][:3] == ["received", "acknowledged", "investigating"]
    assert rows[0].history_date == complaint.created_at == complaint.received_at
    assert rows[-1].history_date == complaint.updated_at == complaint.closed_at
    assert complaint.version == len(rows)


def test_moves_are_logged_with_the_time_spent():
    complaint = Complaint.objects.filter(status="closed").order_by("received_at")[20]
    moves = Transition.objects.filter(
        content_type__model="complaint", object_id=complaint.pk
    ).order_by("at")
    assert moves.first().source == "received"
    assert moves.last().target == "closed"
    assert sum(move.seconds_in_source for move in moves) == int(
        (complaint.closed_at - complaint.received_at).total_seconds()
    )


def test_nothing_bears_a_date_after_last_night():
    for model in record_models():
        newest = model.everything.order_by("-updated_at").first()
        assert newest is None or newest.updated_at <= NOW


def test_runs_tell_the_times_of_their_nights():
    runs = Run.objects.order_by("id")
    assert len(runs) == 26
    assert all(one.finished_at - one.created_at < timedelta(minutes=5) for one in runs)
    assert [one.instant for one in runs] == sorted(one.instant for one in runs)


def test_a_full_run_finds_no_difference():
    last = Run.objects.latest("id").judged_at
    found = run(full=True, judged_at=last, instant=last + timedelta(hours=1))
    assert (found.rows_in, found.rows_out, found.differences) == (0, 0, 0)


def test_targets_are_kept_with_their_versions():
    assert KpiTarget.objects.count() > 18
    assert all(target.versions.exists() for target in KpiTarget.objects.all())


def test_answered_invitations_are_completed():
    assert not Invitation.objects.filter(response__isnull=False).exclude(status="completed")
    assert not Invitation.objects.filter(response=None, status="completed").exists()


def test_budgets_are_plausible():
    kpi = next(kpi for kpi in KPIS if kpi.key == "budget_overruns")
    assert 3 <= sum(one.sums.numerator for one in figures(kpi)) / 10_000 <= 15
    assert BudgetLine.objects.filter(amount__lte=Decimal(0)).count() == 0


def test_people():
    if not settings.EMBEDDED:
        assert not User.objects.filter(is_demo=True).exists()
        return
    users = User.objects.filter(is_demo=True)
    signing_in = [user.username for user in users if user.has_usable_password()]
    assert len(signing_in) == 12
    assert User.objects.get(username="admin").is_superuser
    assert User.objects.get(username="slm").role_keys == {"service_level_manager"}
    assert User.objects.get(username="brm").check_password("demo")
    assert 8 <= Customer.objects.filter(manager__username="brm").count() <= 12
    assert Customer.objects.values("manager").distinct().count() >= 4
