"""The commands seed_demo and clear_demo: what they refuse, and what they leave alone."""

from io import StringIO

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from brm.core.models import DirtyKey, ExchangeRate, Transition, User
from brm.core.origin import acting
from brm.demo import seeding
from brm.demo.clearing import clear_demo, record_models
from brm.demo.models import DemoRange, DemoSeed
from brm.demo.seeding import DemoRefused, seed_demo
from brm.search.refreshing import refresh
from customers.models import Agreement, AgreementVersion, Customer, CustomerInterval, Spell
from feedback.models import Complaint
from kpis.definitions import find
from kpis.engine import run
from kpis.figures import series
from kpis.models import Contribution, Run, Snapshot
from services.models import Service

from .conftest import NOW

pytestmark = pytest.mark.django_db


def seed(**options):
    return seed_demo(**{"now": NOW, "seed": 1, "scale": 1, "with_users": False, **options})


@pytest.fixture
def no_runs(monkeypatch):
    """The KPI engine is left out: these tests are about records."""
    monkeypatch.setattr(seeding, "run_at", lambda night: None)
    monkeypatch.setattr(seeding, "run_now", lambda: None)


def test_users_only_with_the_embedded_database(settings):
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="--no-users"):
        call_command("seed_demo")
    assert not User.objects.filter(is_demo=True).exists()
    assert not DemoSeed.objects.exists()


@pytest.mark.parametrize("scale", [0, -1, 100_000])
def test_impossible_scales_are_refused(scale):
    with pytest.raises(CommandError, match="--scale"):
        call_command("seed_demo", scale=scale)


@pytest.mark.usefixtures("no_runs")
def test_a_second_time_says_that_it_is_there():
    call_command("seed_demo", no_users=True, stdout=StringIO())
    count = Complaint.everything.count()
    out = StringIO()
    call_command("seed_demo", no_users=True, stdout=out)
    assert "already" in out.getvalue()
    assert Complaint.everything.count() == count


@pytest.mark.usefixtures("no_runs")
def test_taken_references_are_refused_before_anything_is_written():
    Customer.objects.create(reference="CUS-1001", name="Somebody's own")
    with pytest.raises(DemoRefused, match="CUS-1001"):
        seed()
    assert Customer.everything.count() == 1
    assert not Service.everything.exists()
    assert clear_demo() is None


@pytest.mark.full
@pytest.mark.usefixtures("no_runs")
def test_an_interrupted_demo_is_made_anew(monkeypatch):
    def stop(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(seeding, "compact", stop)
    with pytest.raises(KeyboardInterrupt):
        seed()
    assert not DemoSeed.objects.filter(is_complete=True).exists()
    monkeypatch.undo()
    monkeypatch.setattr(seeding, "run_at", lambda night: None)
    assert seed().records > 4_000
    assert Customer.everything.count() == 42
    assert DemoSeed.objects.get().is_complete


@pytest.mark.usefixtures("no_runs")
def test_statements_grow_with_the_months_not_with_the_records():
    statements = []

    def count(execute, sql, *args):
        statements.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(count):
        made = seed()
    assert made.records > 4_000
    # Each record is at least three rows: itself, its history, its entry in the audit trail.
    assert len([sql for sql in statements if "SAVEPOINT" not in sql]) < made.records


@pytest.mark.full
@pytest.mark.usefixtures("no_runs")
def test_accounts_of_others_are_left_alone(settings):
    settings.EMBEDDED = True
    own = User.objects.create_user("finance", password="a secret of my own")
    made = seed(with_users=True)
    own.refresh_from_db()
    assert made.taken == ["finance"]
    assert own.check_password("a secret of my own")
    assert not own.is_demo
    assert not own.groups.exists()
    clear_demo()
    assert list(User.objects.values_list("username", flat=True)) == ["finance"]


# --- Clearing ------------------------------------------------------------------------------------


@pytest.fixture
def few_nights(monkeypatch):
    """Only the last night is computed: enough to see that figures come and go."""
    monkeypatch.setattr("brm.demo.calendar.DemoCalendar.nights", lambda self: [self.last_night])


def test_nothing_to_clear():
    out = StringIO()
    call_command("clear_demo", stdout=out)
    assert "no demo data" in out.getvalue()


def index_everything():
    """The worker's part: the search learns of what is new and forgets what is gone."""
    while refresh(5_000):
        pass


def leftovers():
    """Rows of every table of the product that are there without demo data, too."""
    kept = (ContentType, DirtyKey)
    return {
        model._meta.label: model._base_manager.count()
        for model in (*_all_models(),)
        if model not in kept and model._base_manager.exists()
    }


def _all_models():
    from django.apps import apps

    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


@pytest.mark.usefixtures("few_nights")
def test_clearing_leaves_the_database_as_it_was():
    index_everything()
    before = leftovers()
    seed(with_users=settings.EMBEDDED)
    assert Contribution.objects.exists()
    cleared = clear_demo()
    index_everything()
    after = leftovers()
    after.pop("core.Counter")
    assert after == {name: count for name, count in before.items() if name != "core.Counter"}
    assert cleared.removed > 4_000
    assert (cleared.kept, cleared.closed_users) == ({}, [])
    assert not DirtyKey.objects.exists()
    assert not DemoRange.objects.exists()


@pytest.mark.full
@pytest.mark.usefixtures("few_nights")
def test_after_clearing_the_demo_can_be_made_again():
    seed()
    first = Complaint.everything.count()
    clear_demo()
    seed()
    assert Complaint.everything.count() == first
    assert Run.objects.count() == 1


@pytest.fixture
def own_records():
    """A user's own records; the complaint and the agreement refer to records of the demo."""

    def make():
        customer = Customer.objects.create(name="Our own customer")
        demo_customer = Customer.objects.get(reference="CUS-1018")
        service = Service.objects.get(reference="SVC-MAIL")
        Complaint.objects.create(
            customer=demo_customer, subject="About a demo customer", received_at=timezone.now()
        )
        Agreement.objects.create(
            customer=customer, service=service, status="signed", starts_on="2024-01-01"
        )
        ExchangeRate.objects.create(currency="JPY", base="EUR", on="2024-01-01", rate="0.006")

    return make


@pytest.mark.usefixtures("few_nights")
def test_clearing_keeps_own_records_and_what_they_refer_to(own_records):
    seed()
    own_records()
    run()
    cleared = clear_demo()
    # The demo customer stays with its parent: an own complaint names it.
    assert cleared.kept == {"customers": ["CUS-1016", "CUS-1018"], "services": ["SVC-MAIL"]}
    assert Customer.everything.count() == 3
    assert Service.everything.count() == 1
    assert Complaint.everything.get().customer.reference == "CUS-1018"
    assert Agreement.everything.count() == AgreementVersion.objects.count() == 1
    assert Spell.objects.count() == 1
    assert CustomerInterval.objects.count() == 3
    assert ExchangeRate.everything.get().currency == "JPY"
    assert set(Customer.history.values_list("id", flat=True)) == set(
        Customer.everything.values_list("id", flat=True)
    )
    assert not Transition.objects.exists()


def total(kpi):
    """All a KPI counts, as a number of the ledger."""
    return sum(one.sums.numerator for one in series(kpi, start=202301, end=209912).figures)


@pytest.mark.full
@pytest.mark.usefixtures("few_nights")
def test_figures_forget_the_demo_and_keep_what_is_own(own_records):
    seed()
    own_records()
    run()
    complaints = find("complaints")
    assert total(complaints) > 500_000
    clear_demo()
    assert Contribution.objects.filter(closed_run=None, kpi=complaints.code).count() == 1
    assert total(complaints) == 10_000
    assert Snapshot.objects.filter(kpi=complaints.code, dimension=0).count() >= 1
    assert run(full=True).differences == 0


@pytest.mark.full
@pytest.mark.usefixtures("no_runs")
def test_an_account_that_own_records_name_is_closed_not_removed(settings):
    settings.EMBEDDED = True
    seed(with_users=True)
    author = User.objects.get(username="brm")
    with acting(user=author):
        Customer.objects.create(name="Made by a demo user")
    cleared = clear_demo()
    author.refresh_from_db()
    assert cleared.closed_users == ["brm"]
    assert not author.is_active
    assert not author.has_usable_password()
    assert User.objects.count() == 1
    seed(with_users=True)
    author.refresh_from_db()
    assert author.is_active
    assert author.check_password("demo")


@pytest.mark.full
@pytest.mark.usefixtures("few_nights")
def test_with_own_records_the_past_is_written_but_not_replayed():
    Customer.objects.create(name="Our own customer")
    seed()
    assert Run.objects.count() == 1
    oldest = Complaint.everything.order_by("created_at").first()
    assert oldest.created_at.year == 2023


@pytest.mark.full
@pytest.mark.usefixtures("no_runs")
def test_changes_a_user_made_to_demo_records_go_with_them():
    seed()
    customer = Customer.objects.get(reference="CUS-1001")
    customer.name = "Renamed by a user"
    customer.save()
    clear_demo()
    assert not any(model._base_manager.exists() for model in record_models())
    assert not Customer.history.exists()
