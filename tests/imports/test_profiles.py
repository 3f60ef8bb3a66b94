"""Profiles read foreign layouts."""

import pytest

from brm.core.imports.profiles import Profile
from customers.models import Customer
from feedback.models import Complaint

from .support import counted, run_import, said

pytestmark = pytest.mark.django_db


FOREIGN = {
    "missing": ["?", "N/A"],
    "integers_as_floats": ["No", "Parent"],
    "collapse_blanks": True,
    "ignore": ["Fax"],
    "entity": [
        {
            "entity": "customers",
            "key": "{No}",
            "where": [{"column": "No", "present": True}, {"column": "State", "is_not": ["gone"]}],
            "columns": {"reference": "No", "segment": "Segment", "parent": "Parent", "tier": "T"},
            "compose": {"name": "{Name}, {City}"},
            "constants": {"kind": "external"},
            "values": {"tier": {"gold": "strategic", "*": ""}},
        }
    ],
}


def test_a_profile_reads_a_foreign_layout(file):
    path = file(
        ["No", "Name", "City", "Segment", "Parent", "T", "State", "Fax", "Odd"],
        ["17850.0", "Mill\u00a0 Ltd", "Ulm", "?", "", "gold", "", "", ""],
        ["17850.0", "Mill", "Ulm", "", "", "", "", "", ""],
        ["", "Nobody", "", "", "", "", "", "", ""],
        ["2.0", "Gone", "Bonn", "", "", "", "gone", "", ""],
        ["3.0", "Sub", "Bonn", "banks", "17850.0", "silver", "", "", ""],
        ["4.0", "Empty", "N/A", "", "", "", "", "", ""],
    )
    report = run_import(path, profile=Profile.from_dict(FOREIGN))
    counter = report.counts["customers"]
    assert counter == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
        "left_out": 2,
        "repeated": 1,
    }
    assert report.warnings == ["Not imported, because no column has this name: Odd."]
    assert said(report) == [(7, "name", "This column is compulsory, the cell is empty.")]
    values = Customer.objects.order_by("reference").values_list(
        "reference", "name", "segment", "tier", "parent__reference"
    )
    assert list(values) == [
        ("17850", "Mill Ltd, Ulm", "", "strategic", None),
        ("3", "Sub, Bonn", "banks", "standard", "17850"),
    ]


def test_equal_rows_get_references_of_their_own(file):
    profile = Profile.from_dict(
        {
            "formats": {"instant": ["%Y-%m-%d"], "time_zone": "organisation"},
            "entity": [
                {
                    "entity": "complaints",
                    "columns": {"subject": "What", "received_at": "When"},
                    "digests": {"reference": {"prefix": "X-", "of": ["What", "When"]}},
                }
            ],
        }
    )
    path = file(["What", "When"], ["a", "2025-01-01"], ["b", "2025-01-01"], ["a", "2025-01-01"])
    assert counted(run_import(path, profile=profile), "complaints") == (3, 0, 0, 0)
    assert counted(run_import(path, profile=profile), "complaints") == (0, 0, 3, 0)
    numbers = sorted(r[-2:] for r in Complaint.objects.values_list("reference", flat=True))
    assert numbers == ["-1", "-1", "-2"]
