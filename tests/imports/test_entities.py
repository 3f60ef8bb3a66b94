"""Services, users and targets, and whose rights an import needs."""

import pytest

from brm.core.models import User
from kpis.models import KpiTarget
from services.models import Service
from tests.factories import (
    ComplaintFactory,
    UserFactory,
)

from .support import counted, run_import, said

pytestmark = pytest.mark.django_db


# --- Other entities -------------------------------------------------------------------------------


def test_services_stand_in_the_catalogue(file):
    UserFactory(username="ann")
    header = ["reference", "name", "stage", "owner"]
    run_import(file(header, ["S", "Mail", "", "ann"], ["T", "Chat", "proposed", ""]), "services")
    assert dict(Service.objects.values_list("reference", "status")) == {
        "S": "catalogue",
        "T": "proposed",
    }


def test_users_with_roles(file):
    header = ["username", "name", "roles", "active"]
    path = file(header, ["ann", "Ann", "lead; finance", ""], ["bob", "Bob", "king", "true"])
    report = run_import(path, "users")
    assert counted(report, "users") == (1, 0, 0, 1)
    assert said(report)[0][:2] == (3, "roles")
    assert said(report)[0][2].startswith("There is no role “king”. There are: administrator, brm,")
    ann = User.objects.get(username="ann")
    assert (ann.role_keys, ann.is_active, ann.has_usable_password()) == (
        {"lead", "finance"},
        True,
        False,
    )
    run_import(file(header, ["ann", "Ann", "brm", "false"]), "users")
    assert not User.objects.get(username="ann").is_active


def test_nobody_changes_his_own_account(file):
    admin = UserFactory(username="root", roles=["administrator"])
    path = file(["username", "roles"], ["root", "administrator;executive"])
    report = run_import(path, "users", by=admin)
    assert said(report) == [(2, "", "Nobody changes his own account by an import.")]


def test_targets_are_found_by_kpi_member_and_month(file):
    header = ["kpi", "from", "target", "red"]
    path = file(header, ["complaints", "2025-01", "10", "20"])
    assert counted(run_import(path, "kpi_targets"), "kpi_targets") == (1, 0, 0, 0)
    assert counted(run_import(path, "kpi_targets"), "kpi_targets") == (0, 0, 1, 0)
    assert KpiTarget.objects.get().month == "2025-01"


# --- Rights ---------------------------------------------------------------------------------------


def test_the_importing_user_needs_the_rights_on_each_record(file):
    desk = UserFactory(roles=["operations"])
    ComplaintFactory(reference="C")
    path = file(
        ["reference", "subject", "received_at", "status"],
        ["C", "Slow", "2025-01-01T00:00:00Z", "acknowledged"],
        ["D", "Late", "2025-01-01T00:00:00Z", "acknowledged"],
    )
    report = run_import(path, "complaints", by=desk)
    assert counted(report, "complaints") == (1, 0, 0, 1)
    assert said(report) == [(2, "status", "You may not move this record.")]
    report = run_import(file(["reference", "name"], ["A", "Alpha"]), by=desk)
    assert said(report) == [(2, "", "You may not create this record.")]
