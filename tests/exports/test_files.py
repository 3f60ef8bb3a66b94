"""What exported files hold: exactly the view, no formula, importable again unchanged."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from brm.core.crud import REGISTRY
from brm.core.crud.list_query import offered_columns
from brm.core.imports.declarations import entity_of
from brm.exports.models import Export
from customers.models import Customer
from tests.exports.fetching import body, csv_rows, fetch, json_of, workbook
from tests.factories import (
    RECORD_FACTORIES,
    AgreementFactory,
    ComplaintFactory,
    CostEntryFactory,
    CustomerFactory,
    UserFactory,
    make,
)
from tests.imports.support import counted, run_import

RESOURCES = sorted(set(REGISTRY) & set(RECORD_FACTORIES))
IMPORTABLE = [name for name in RESOURCES if entity_of(REGISTRY[name].model)]
HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(A1)",
    "'=1+1",
    "''@x",
    '=HYPERLINK("x")',
    "=a,b",
    "+49 (30) 1234",
    "-",
]


def test_a_csv_holds_exactly_the_view(admin):
    manager = UserFactory(username="mei")
    for number in range(60):
        CustomerFactory(name=f"K{number:02d}", reference=f"R-{number}", tier="key", manager=manager)
    CustomerFactory(name="Other", tier="standard")
    query = "tier=key&sort=-name&columns=name,manager,tier&density=compact&cursor=last"
    header, *rows = csv_rows(fetch(admin, "customers", query))
    as_of = rows[0][-1]
    assert header == ["reference", "name", "manager", "tier", "as_of"]
    assert rows == [[f"R-{n}", f"K{n:02d}", "mei", "key", as_of] for n in reversed(range(60))]
    assert datetime.fromisoformat(as_of) == Export.objects.get().as_of


def test_the_file_says_as_of_when(admin):
    CustomerFactory()
    response = fetch(admin, "customers")
    export = Export.objects.get()
    written = export.as_of.strftime("%Y-%m-%dT%H%M%SZ")
    assert f'filename="customers-{written}.csv"' in response["Content-Disposition"]
    assert response["X-As-Of"] == export.as_of.isoformat()
    assert (export.rows, export.size) == (1, len(body(response)))


def test_json_keeps_types_and_names_its_instant(admin):
    customer = CustomerFactory(reference="K-1", name="“Quoted”, 浦东")
    AgreementFactory(
        reference="A-1",
        customer=customer,
        annual_value=Decimal("1234.50"),
        currency="EUR",
        ends_on=date(2026, 1, 1),
        notice_days=30,
    )
    columns = "reference,customer,annual_value,ends_on,notice_days,counts_for_customer,signed_on"
    found = json_of(fetch(admin, "agreements", f"columns={columns}", "json"))
    assert found["columns"] == columns.split(",")
    assert found["results"] == [
        {
            "reference": "A-1",
            "customer": "K-1",
            "annual_value": "1234.50",
            "ends_on": "2026-01-01",
            "notice_days": 30,
            "counts_for_customer": True,
            "signed_on": None,
        }
    ]
    assert datetime.fromisoformat(found["as_of"]) == Export.objects.get().as_of


def test_a_workbook_is_typed_and_says_what_it_is(admin):
    received = datetime(2025, 3, 10, 9, tzinfo=UTC)
    ComplaintFactory(reference="C-1", subject="=1+1", severity="high", received_at=received)
    query = "severity=high&columns=subject,severity,received_at"
    book = workbook(fetch(admin, "complaints", query, "xlsx", wording="words"))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows == [
        ("Reference", "Subject", "Severity", "Received at"),
        ("C-1", "=1+1", "High", datetime(2025, 3, 10, 9)),
    ]
    about = dict(book.worksheets[1].iter_rows(values_only=True))
    assert about["Filters"] == "Severity: High"
    assert about["Exported by"] == str(admin.user)
    assert datetime.fromisoformat(about["As of"]) == Export.objects.get().as_of


def test_words_are_those_of_the_page_and_its_language(admin):
    customer = CustomerFactory(name="Kestrel")
    ComplaintFactory(reference="C-1", customer=customer, severity="high")
    admin.cookies["django_language"] = "zh-hans"
    query = "columns=reference,customer,severity"
    rows = csv_rows(fetch(admin, "complaints", query, wording="words"))
    assert [row[:3] for row in rows] == [["编号", "客户", "严重程度"], ["C-1", "Kestrel", "高"]]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_any_format_is_a_formula(admin, text):
    CostEntryFactory(description=text, amount=Decimal("-12.50"))
    query = "columns=description,amount"
    (cell, amount, _as_of) = csv_rows(fetch(admin, "cost-entries", query))[1][1:]
    assert cell == f"'{text}"
    assert amount == "-12.50"
    book = workbook(fetch(admin, "cost-entries", query, "xlsx"))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert [c.value for c in cells if c.data_type == "f"] == []
    assert book.worksheets[0]["C2"].data_type == "n"
    assert json_of(fetch(admin, "cost-entries", query, "json"))["results"][0]["description"] == text


@pytest.mark.parametrize("resource", IMPORTABLE)
def test_an_exported_csv_imports_again_unchanged(admin, resource, tmp_path):
    """Every importable column of every record, and a second export that is the same."""
    for _ in range(3):
        make(resource)
    names = ",".join(offered_columns(REGISTRY[resource]))
    path = tmp_path / "export.csv"
    path.write_bytes(body(fetch(admin, resource, f"columns={names}")))
    entity = entity_of(REGISTRY[resource].model)
    versions = list(REGISTRY[resource].model.objects.order_by("pk").values_list("version"))
    report = run_import(path, entity, by=admin.user)
    assert [str(problem) for problem in report.problems] == []
    assert counted(report, entity) == (0, 0, 3, 0)
    assert list(REGISTRY[resource].model.objects.order_by("pk").values_list("version")) == versions


def test_hostile_texts_survive_the_way_out_and_in(admin, tmp_path):
    texts = [text for text in HOSTILE if text.strip() == text]
    for number, text in enumerate(texts):
        CustomerFactory(reference=f"R-{number}", name=text)
    path = tmp_path / "export.csv"
    path.write_bytes(body(fetch(admin, "customers")))
    assert counted(run_import(path, by=admin.user)) == (0, 0, len(texts), 0)
    Customer.objects.all()[0].soft_delete()
    restored = run_import(path, by=admin.user)
    assert counted(restored)[3] == 0
    assert set(Customer.objects.values_list("name", flat=True)) == set(texts)


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "json"])
def test_an_export_needs_the_same_statements_for_many_rows(
    admin, file_format, django_assert_max_num_queries
):
    counts = []
    for _ in range(2):
        for _ in range(5):
            ComplaintFactory(customer=CustomerFactory(manager=UserFactory()))
        with django_assert_max_num_queries(40) as captured:
            body(fetch(admin, "complaints", "columns=subject,customer", file_format))
        counts.append(len(captured))
    assert counts[0] == counts[1]
