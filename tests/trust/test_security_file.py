"""What SECURITY.md says is tested is tested: every test it names is there."""

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def names_in(file: Path) -> set[str]:
    """Names of the test functions of a file, those of its classes included."""
    found = ast.walk(ast.parse(file.read_text()))
    return {node.name for node in found if isinstance(node, ast.FunctionDef)}


def test_every_test_it_names_is_there():
    named = NAMED.findall((ROOT / "SECURITY.md").read_text())
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or name not in names_in(ROOT / file)
    ]
    assert missing == []
    assert len(named) > 60


def test_every_line_of_its_tables_names_a_test():
    text = (ROOT / "SECURITY.md").read_text().partition("## What is tested")[2]
    rows = [line for line in text.splitlines() if line.startswith("| ") and "Tested by" not in line]
    assert len(rows) > 30
    assert [row for row in rows if not NAMED.search(row)] == []
