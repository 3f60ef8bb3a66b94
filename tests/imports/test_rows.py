"""Rows become records: what is set, cleared, left alone, refused, restored."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError

from brm.core.imports import Importer
from brm.core.models import ExchangeRate
from customers.actions import merge_customers
from customers.models import Agreement, Customer, CustomerInterval
from finance.models import BudgetLine, CostEntry
from tests.factories import (
    CustomerFactory,
    ExchangeRateFactory,
    ServiceFactory,
    UserFactory,
)

from .support import NOW, counted, run_import, said

pytestmark = pytest.mark.django_db


# --- Set, clear, leave alone ----------------------------------------------------------------------


def test_present_columns_set_empty_cells_clear_absent_columns_stay(file):
    CustomerFactory(reference="A", name="Old", segment="banks", region="north", tier="key")
    path = file(["reference", "name", "segment", "tier"], ["A", "New", "", ""])
    assert counted(run_import(path)) == (0, 1, 0, 0)
    stored = Customer.objects.get(reference="A")
    assert (stored.name, stored.segment, stored.region, stored.tier) == (
        "New",
        "",
        "north",
        "standard",
    )


def test_a_row_that_changes_nothing_writes_nothing(file):
    path = file(["reference", "name", "kind"], ["A", "Alpha", "internal"])
    run_import(path)
    before = Customer.objects.get()
    assert counted(run_import(path)) == (0, 0, 1, 0)
    after = Customer.objects.get()
    assert (after.version, after.updated_at) == (before.version, before.updated_at)
    assert after.history.count() == 1


def test_history_names_door_user_and_import(file):
    lead = UserFactory(roles=["lead"])
    report = run_import(file(["reference", "name"], ["A", "Alpha"]), by=lead)
    entry = Customer.objects.get().history.get()
    assert (entry.door, entry.import_id, entry.history_user, entry.history_type) == (
        "import",
        report.run.pk,
        lead,
        "+",
    )
    assert entry.history_date == NOW
    assert entry.name == "Alpha"


def test_history_of_a_bulk_write_equals_that_of_a_save(file):
    run_import(file(["reference", "name", "kind"], ["A", "Alpha", "internal"]))
    bulk = Customer.objects.get()
    saved = CustomerFactory(reference="B", name="Alpha", kind="internal")
    own = {field.attname for field in Customer._meta.concrete_fields}
    for record in (bulk, saved):
        entry = record.history.get()
        assert {name: getattr(entry, name) for name in own} == {
            name: getattr(record, name) for name in own
        }


def test_a_deleted_record_is_restored(file):
    CustomerFactory(reference="A", name="Alpha").soft_delete()
    assert counted(run_import(file(["reference", "name"], ["A", "Alpha"]))) == (0, 1, 0, 0)
    assert Customer.objects.get().reference == "A"


def test_compulsory_cells_and_columns(file):
    CustomerFactory(reference="A")
    assert said(run_import(file(["reference", "name"], ["A", ""], ["", "x"]))) == [
        (2, "name", "This column is compulsory, the cell is empty."),
        (3, "reference", "This column is compulsory, the cell is empty."),
    ]
    report = run_import(file(["reference", "tier"], ["A", "key"], ["B", "key"]))
    assert counted(report) == (0, 1, 0, 1)
    assert said(report) == [(3, "name", "This column is compulsory for new rows.")]


def test_unknown_columns_are_reported(file):
    report = run_import(file(["reference", "name", "colour", "size"], ["A", "Alpha", "red", "9"]))
    assert counted(report) == (1, 0, 0, 0)
    assert report.warnings == [
        "Not imported, because no column has this name: colour, size.",
    ]


def test_a_ragged_row_is_refused_and_the_others_are_not(file):
    report = run_import(file(["reference", "name"], ["A"], ["B", "Beta", "x"], ["C", "Gamma"]))
    assert counted(report) == (1, 0, 0, 0)
    assert report.refused_rows == 2
    assert said(report) == [
        (2, "", "The row has 1 cells, the header has 2."),
        (3, "", "The row has 3 cells, the header has 2."),
    ]


def test_a_reference_that_occurs_twice_is_refused_with_both_rows(file):
    report = run_import(file(["reference", "name"], ["A", "Alpha"], ["B", "Beta"], ["A", "Again"]))
    assert counted(report) == (2, 0, 0, 1)
    assert said(report) == [
        (4, "reference", "“A” stands in row 2 already (again in row 4)."),
    ]


def test_all_problems_of_a_row_are_told_at_once(file):
    rows = ["A", "", "gold", "X", "nobody", "17850.0"]
    path = file(["reference", "name", "tier", "parent", "manager", "segment"], rows)
    assert [(column, message) for _row, column, message in said(run_import(path))] == [
        ("name", "This column is compulsory, the cell is empty."),
        ("tier", "“gold” is none of strategic, key, standard."),
        ("parent", "There is no customer with the reference “X”."),
        ("manager", "There is no user named “nobody”."),
    ]


def test_a_cell_that_is_too_long(file):
    report = run_import(file(["reference", "name"], ["A", "x" * 301]))
    assert said(report) == [
        (2, "name", "Ensure this value has at most 300 characters (it has 301)."),
    ]


# --- Foreign keys ---------------------------------------------------------------------------------


def test_rows_may_name_rows_before_them_also_in_a_dry_run(file):
    path = file(
        ["reference", "name", "parent"],
        ["A", "Alpha", ""],
        ["B", "Beta", "A"],
        ["C", "Gamma", "B"],
        ["D", "Delta", "E"],
        ["E", "Epsilon", ""],
    )
    for write in (False, True):
        report = run_import(path, write=write)
        assert counted(report) == (4, 0, 0, 1)
        assert said(report) == [(5, "parent", "There is no customer with the reference “E”.")]
    assert Customer.objects.get(reference="C").parent.reference == "B"


def test_a_dry_run_writes_nothing(file):
    report = run_import(file(["reference", "name"], ["A", "Alpha"]), write=False)
    assert counted(report) == (1, 0, 0, 0)
    assert not Customer.everything.exists()


def test_the_reference_of_a_merged_customer_leads_to_its_survivor(file):
    merged, survivor = CustomerFactory(reference="OLD"), CustomerFactory(reference="NEW")
    merge_customers(merged=merged, survivor=survivor, by=UserFactory(), now=NOW)
    ServiceFactory(reference="S")
    path = file(["reference", "customer", "service", "starts_on"], ["G", "OLD", "S", "2025-01-01"])
    assert counted(run_import(path, "agreements"), "agreements") == (1, 0, 0, 0)
    assert Agreement.objects.get().customer == survivor
    report = run_import(file(["reference", "name"], ["OLD", "Old"]))
    assert said(report) == [(2, "reference", "This record was merged into another one.")]


def test_a_deleted_record_is_no_foreign_key(file):
    CustomerFactory(reference="A").soft_delete()
    report = run_import(file(["reference", "name", "parent"], ["B", "Beta", "A"]))
    assert said(report) == [(2, "parent", "There is no customer with the reference “A”.")]


# --- Money and dates ------------------------------------------------------------------------------


def test_costs_are_frozen_at_the_rate_of_their_day(file):
    ExchangeRateFactory(on=date(2025, 1, 1), rate=Decimal("0.9"))
    ExchangeRateFactory(on=date(2025, 2, 1), rate=Decimal("0.8"))
    path = file(
        ["reference", "posted_on", "amount", "currency"],
        ["K1", "2025-01-31", "100.00", "USD"],
        ["K2", "2025-02-01", "100.00", "USD"],
        ["K3", "2024-12-31", "100.00", "USD"],
        ["K4", "2025-01-01", "100.001", "EUR"],
        ["K5", "2025-01-01", "1", "XXZ"],
    )
    report = run_import(path, "cost_entries")
    assert counted(report, "cost_entries") == (2, 0, 0, 3)
    assert said(report) == [
        (4, "currency", "There is no exchange rate from USD to EUR on or before 2024-12-31."),
        (5, "amount", "At most 2 decimal places are allowed."),
        (6, "currency", "“XXZ” is not a currency code of ISO 4217 such as EUR."),
    ]
    based = dict(CostEntry.objects.values_list("reference", "amount_base"))
    assert based == {"K1": Decimal("90.00"), "K2": Decimal("80.00")}


def test_rates_are_found_by_currency_base_and_day(file):
    path = file(["currency", "base", "on", "rate"], ["USD", "EUR", "2025-01-01", "0.9"])
    assert counted(run_import(path, "exchange_rates"), "exchange_rates") == (1, 0, 0, 0)
    assert counted(run_import(path, "exchange_rates"), "exchange_rates") == (0, 0, 1, 0)
    path = file(
        ["currency", "base", "on", "rate"],
        ["USD", "EUR", "2025-01-01", "0.95"],
        ["USD", "EUR", "2025-01-01", "0.96"],
        ["EUR", "EUR", "2025-01-01", "1"],
    )
    report = run_import(path, "exchange_rates")
    assert counted(report, "exchange_rates") == (0, 1, 0, 2)
    assert said(report) == [
        (
            3,
            "currency",
            "“USD, EUR, 2025-01-01” stands in row 2 already (again in row 3).",
        ),
        (4, "", "A rate needs two different currencies."),
    ]
    assert ExchangeRate.objects.get().rate == Decimal("0.95")


def test_a_check_constraint_is_told_in_words(file):
    CustomerFactory(reference="A")
    ServiceFactory(reference="S")
    path = file(
        ["reference", "customer", "service", "starts_on", "ends_on"],
        ["G", "A", "S", "2025-02-01", "2025-01-31"],
    )
    report = run_import(path, "agreements")
    assert said(report) == [(2, "", "An agreement cannot end before it starts.")]


def test_budget_lines_arrive_approved_and_are_revised_from_a_day(file):
    header = ["reference", "name", "starts_on", "ends_on", "amount", "currency", "effective_on"]
    row = ["B", "Line", "2025-01-01", "2025-12-31", "100", "EUR"]
    run_import(file(header, [*row, ""]), "budget_lines")
    assert BudgetLine.objects.get().status == "approved"
    row[4] = "150"
    path = file(header, [*row, "2025-04-01"])
    assert counted(run_import(path, "budget_lines"), "budget_lines") == (0, 1, 0, 0)
    assert counted(run_import(path, "budget_lines"), "budget_lines") == (0, 0, 1, 0)
    line = BudgetLine.objects.get()
    assert line.status == "revised"
    revisions = line.revisions.order_by("effective_on")
    assert [(r.effective_on, r.amount, r.is_first) for r in revisions] == [
        (date(2025, 1, 1), Decimal("100.00"), True),
        (date(2025, 4, 1), Decimal("150.00"), False),
    ]


def test_dated_dimensions(file):
    ann, bob = UserFactory(username="ann"), UserFactory(username="bob")
    run_import(file(["reference", "name", "manager"], ["A", "Alpha", "ann"]))
    path = file(["reference", "name", "manager", "valid_from"], ["A", "Alpha", "bob", "2025-03-01"])
    assert counted(run_import(path)) == (0, 1, 0, 0)
    assert counted(run_import(path)) == (0, 0, 1, 0)
    assert Customer.objects.get().manager == bob
    intervals = CustomerInterval.objects.order_by("starts_on")
    assert [(i.starts_on, i.manager) for i in intervals] == [
        (date.min, ann),
        (date(2025, 3, 1), bob),
    ]


# --- The database's last word ---------------------------------------------------------------------


def test_a_batch_that_the_database_refuses_is_imported_row_by_row(file, monkeypatch):
    """Another writer was faster: the batch fails as a whole, each row then goes its own way."""
    CustomerFactory(reference="B", name="Theirs")
    blind = [{}]
    load = Importer.load

    def first_sees_nothing(self, keys, *, lock):
        return blind.pop() if blind else load(self, keys, lock=lock)

    monkeypatch.setattr(Importer, "load", first_sees_nothing)
    path = file(["reference", "name"], ["A", "Alpha"], ["B", "Beta"], ["C", "Gamma"])
    assert counted(run_import(path)) == (2, 1, 0, 0)
    assert Customer.objects.get(reference="B").name == "Beta"


def test_a_row_that_the_database_refuses_is_named(file, monkeypatch):
    """Of a failed batch only the culprit is refused, in the database's words."""
    write = Importer.write

    def refusing(self, records):
        if any(record.reference == "B" for record in records):
            raise IntegrityError("no")
        write(self, records)

    monkeypatch.setattr(Importer, "write", refusing)
    report = run_import(file(["reference", "name"], ["A", "Alpha"], ["B", "Beta"], ["C", "Gamma"]))
    assert counted(report) == (2, 0, 0, 1)
    assert said(report) == [(3, "", "The database refuses this row: no")]
