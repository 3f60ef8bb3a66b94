"""The rules of the house, read from the code itself (see CONTRIBUTING.md)."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from brm.core.models import Record

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
STACK = [
    part.strip("() ") for layer in CONTRACTS["contracts"][0]["layers"] for part in layer.split("|")
]
PACKAGES = CONTRACTS["root_packages"]
CODE = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = sorted(path for path in (ROOT / "static").rglob("*") if path.suffix in (".js", ".css"))

WRITING = "brm/core/writing.py"  # the one door for writing many records
JOBS = "brm/core/jobs.py"  # the one place that publishes to the broker
MARKUP = "brm/core/templatetags/brm.py"  # the one module that vouches for markup
# These reach tables without history by a variable, which no name tells from records.
PLAIN_BY_VARIABLE = {
    "brm/core/intervals.py",  # dimension intervals, rebuilt from the dated values
    "kpis/engine.py",  # the ledger and its companions
}
# Bookkeeping is dated by the machine's clock, what happens in the domain never is.
MAY_READ_CLOCK = {
    "brm/core/models/record.py",  # when a row was written
    "brm/core/imports/actions.py",  # when an import ended
}


def name_of(path: Path) -> str:
    """The path as these rules write it."""
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a method in a file, with the class it stands in (empty outside of one)."""

    def walk(node: ast.AST, inside: str) -> Iterator[tuple[ast.Call, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
                yield child, inside
            yield from walk(child, child.name if isinstance(child, ast.ClassDef) else inside)

    return walk(ast.parse(path.read_text()), "")


def receiver(call: ast.Call) -> str:
    """The name at the root of `name.a.b(…).c(…)`, empty where there is none."""
    node: ast.AST = call.func
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return ""
    return node.id


def places(offences: list[tuple[Path, ast.AST]]) -> list[str]:
    """Offences as file:line."""
    return [f"{name_of(path)}:{node.lineno}" for path, node in offences]


def lines(paths: list[Path], pattern: str) -> list[str]:
    """Where the text of the files matches."""
    found = []
    for path in paths:
        text = path.read_text()
        for match in re.finditer(pattern, text, re.IGNORECASE):
            found.append(f"{name_of(path)}:{text.count(chr(10), 0, match.start()) + 1}")
    return found


# --- Imports and foreign keys run one way --------------------------------------------------------


def test_imports_run_one_way():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_foreign_keys_point_down_the_stack():
    height = {layer.rpartition(".")[2]: rank for rank, layer in enumerate(reversed(STACK))}
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in height
        for field in [*model._meta.fields, *model._meta.many_to_many]
        if field.is_relation and field.related_model
        if height.get(field.related_model._meta.app_label, -1) > height[model._meta.app_label]
    ]
    assert upward == []


def test_every_app_of_ours_has_its_place_in_the_stack():
    ours = {
        config.name
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(ROOT) and ".venv" not in Path(config.path).parts
    }
    assert ours - {"django.contrib.staticfiles"} <= set(STACK)


# --- Rooms ---------------------------------------------------------------------------------------


def test_no_room_for_everything():
    vague = {"utils", "helpers", "services", "managers"}
    found = [name_of(path) for path in CODE if path.stem in vague]
    found += [
        name_of(path)
        for path in {path.parent for path in CODE}
        if path.name in vague and path.parent != ROOT
    ]
    assert found == []


# --- Writing has one door ------------------------------------------------------------------------


def plain_models() -> set[str]:
    """Names of models that are not records: no history, so they may be written in bulk."""
    return {m.__name__ for m in apps.get_models() if not issubclass(m, Record)} - {
        m.__name__ for m in apps.get_models() if issubclass(m, Record)
    }


def test_records_are_written_through_the_one_door():
    plain = plain_models()
    offences = []
    for path in CODE:
        if name_of(path) in PLAIN_BY_VARIABLE | {WRITING}:
            continue
        for call, inside in calls(path):
            verb = call.func.attr
            by_keyword = verb == "update" and call.keywords
            if not by_keyword and verb not in ("bulk_create", "bulk_update"):
                continue
            root = receiver(call)
            written = inside if root in ("cls", "self") else root
            if written not in plain:
                offences.append((path, call))
    assert places(offences) == []


def test_tasks_are_started_from_the_job_table_only():
    starting = ("delay", "apply_async", "delay_on_commit", "send_task")
    offences = [
        (path, call)
        for path in CODE
        if name_of(path) != JOBS
        for call, _ in calls(path)
        if call.func.attr in starting
    ]
    assert places(offences) == []


# --- The domain does not read the clock ----------------------------------------------------------


def reads_clock(call: ast.Call) -> bool:
    """`now()`, `today()` and `localdate()`; `localdate(instant)` only converts."""
    verb, root = call.func.attr, receiver(call)
    if verb in ("now", "today", "utcnow"):
        return root in ("date", "datetime", "timezone")
    return verb in ("localdate", "localtime") and root == "timezone" and not call.args


def test_the_domain_is_told_the_time():
    rooms = {"models", "actions", "querysets"}
    offences = [
        (path, call)
        for path in CODE
        if rooms & {*path.relative_to(ROOT).with_suffix("").parts}
        and name_of(path) not in MAY_READ_CLOCK
        for call, _ in calls(path)
        if reads_clock(call)
    ]
    assert places(offences) == []


# --- Pages ---------------------------------------------------------------------------------------


def test_markup_is_trusted_in_one_module():
    vouching = re.compile(r"\b(mark_safe|SafeString\(|autoescape)")
    found = [
        name_of(path)
        for path in CODE
        if name_of(path) != MARKUP and vouching.search(path.read_text())
    ]
    assert found == []
    assert lines(TEMPLATES, r"\|\s*safe(seq)?\b|{%\s*autoescape\s+off") == []


def test_templates_hold_no_script_and_no_style():
    data = r"(?![^>]*\b(?:src=|type=\"application/json\"))"
    assert lines(TEMPLATES, rf"<script\b{data}") == []
    assert lines(TEMPLATES, r"<style\b|\sstyle\s*=|<[^>{]*\son[a-z]+\s*=|javascript:") == []


def test_pages_load_nothing_from_elsewhere():
    assert (
        lines([*TEMPLATES, *STATIC], r"(https?:)?//(?!www\.w3\.org/)[a-z0-9.-]+\.[a-z]{2,}") == []
    )


# --- Migrations ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_migrations_are_complete(capsys):
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    assert capsys.readouterr().out == "No changes detected\n"
