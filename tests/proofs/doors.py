"""The four doors of the product, each knocked at with plausible random writes.

A door's `write()` makes one write of its kind (one form, one request, one file, one bulk request)
and returns how many records it wrote: 0 when it was refused. A fault of the product is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import models
from django.test import Client
from rest_framework.test import APIClient

from brm.core.api.records import REGISTRY as RESOURCES
from brm.core.crud import REGISTRY as PAGES
from brm.core.imports.declarations import Importer, importer_for
from brm.core.models import User
from tests.imports.support import run_import, write_csv
from tests.pages.forms import form_data

from .plausible import Plausible

KINDS = (
    *("customers", "customers", "customers", "agreements", "agreements", "agreements"),
    *("services", "services", "complaints", "complaints", "initiatives", "initiatives"),
    *("surveys", "survey-invitations", "survey-responses", "survey-responses"),
    *("budget-lines", "budget-lines", "cost-entries", "cost-entries", "proposals", "objectives"),
    *("exchange-rates", "service-offerings"),
)


class Door:
    """What the doors share: whom they act for, and what they choose from."""

    name = ""

    def __init__(self, plausible: Plausible, user: User, folder: Path) -> None:
        self.plausible, self.random, self.user = plausible, plausible.random, user
        self.folder = folder
        self.written = self.refused = 0

    def write(self) -> int:
        """One write; counts what became of it."""
        count = self.random.choice(self.ways())()
        self.written += count
        self.refused += not count
        return count

    def ways(self) -> tuple[Callable[[], int], ...]:
        raise NotImplementedError

    def kind(self) -> str:
        return self.random.choice(KINDS)

    def pick(self, kind: str) -> Any:
        """A living record, or None."""
        manager = PAGES[kind].model.objects
        keys = list(manager.order_by("pk").values_list("pk", flat=True))
        return manager.get(pk=self.random.choice(keys)) if keys else None

    def some(self, names: list[str], most: int) -> list[str]:
        """One to `most` of the names."""
        return self.random.sample(names, min(len(names), self.random.randint(1, max(most, 1))))

    def expect(self, response: Any, done: tuple[int, ...]) -> int:
        """1 for an answer that says done, 0 for a refusal, an error for a fault."""
        assert response.status_code < 500, response.content
        return int(response.status_code in done)


def compulsory(field: models.Field) -> bool:
    return not field.blank and not field.has_default() and field.name != "reference"


# --- Pages ---------------------------------------------------------------------------------------


class PageDoor(Door):
    """The forms of the pages, fetched and sent as a browser does."""

    name = "pages"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.client = Client()

    def sign_in(self) -> None:
        self.client.force_login(self.user)

    def ways(self) -> tuple[Callable[[], int], ...]:
        return (
            *(self.create, self.create, self.edit, self.edit, self.edit, self.move, self.move),
            *(self.delete, self.merge, self.undo_merge),
        )

    def create(self) -> int:
        kind = self.kind()
        model, fields = PAGES[kind].model, PAGES[kind].fields
        asked = [name for name in fields if compulsory(model._meta.get_field(name))]
        rest = [name for name in fields if name not in asked and name != "reference"]
        names = asked + [name for name in rest if self.plausible.chance(0.7)]
        return self.send(f"/{kind}/new/", model, names)

    def edit(self) -> int:
        kind = self.kind()
        record = self.pick(kind)
        if record is None:
            return 0
        names = self.some(list(PAGES[kind].fields), 4)
        return self.send(f"/{kind}/{record.pk}/edit/", type(record), names)

    def send(self, address: str, model: type[models.Model], names: list[str]) -> int:
        page = self.client.get(address)
        assert page.status_code == 200, address
        filled = self.plausible.values(model, names)
        data = form_data(page)
        for name, value in filled.items():
            data.pop(name, None)
            if value not in (None, False):
                data[name] = on_form(value)
        return self.expect(self.client.post(address, data), (302,))

    def move(self) -> int:
        record = self.pick(self.kind())
        if record is None or not hasattr(record, "move_to"):
            return 0
        page = self.client.get(record.get_absolute_url())
        steps = page.context["transitions"]
        if not steps:
            return 0
        step = self.random.choice(steps)
        data = {}
        if step["fields"] is not None:
            names = [name for name in step["fields"].fields if name != "reason"]
            data = self.plausible.values(type(record), names) | {"reason": "so it is"}
            data = {f"{step['event']}-{n}": on_form(v) for n, v in data.items() if v is not None}
        return self.expect(self.client.post(step["url"], data), (302,))

    def delete(self) -> int:
        kind = self.kind()
        record = self.pick(kind)
        if record is None:
            return 0
        return self.expect(self.client.post(f"/{kind}/{record.pk}/delete/"), (302,))

    def merge(self) -> int:
        one, other = self.pick("customers"), self.pick("customers")
        if not one or one == other:
            return 0
        address = f"/customers/{one.pk}/merge/"
        return self.expect(self.client.post(address, {"into": other.pk}), (302,))

    def undo_merge(self) -> int:
        customer = self.pick("customers")
        merge = customer and customer.merges.filter(undone_at=None).first()
        if not merge:
            return 0
        address = f"/customers/{customer.pk}/undo-merge/"
        return self.expect(self.client.post(address, {"merge": merge.pk}), (302,))


def on_form(value: Any) -> str:
    """A value as a browser sends it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(getattr(value, "pk", value))


# --- REST ----------------------------------------------------------------------------------------


class ApiDoor(Door):
    """The REST resources, record by record."""

    name = "api"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.client = APIClient()

    def sign_in(self) -> None:
        self.client.force_login(self.user)

    def ways(self) -> tuple[Callable[[], int], ...]:
        return (
            *(self.create, self.create, self.edit, self.edit, self.edit, self.upsert, self.move),
            *(self.move, self.delete, self.restore, self.merge),
        )

    def body(self, kind: str, *, new: bool) -> dict[str, Any]:
        """Random content for a new record, or for the fields an edit changes."""
        inputs, model = RESOURCES[kind].inputs, RESOURCES[kind].model
        fields = [*inputs.columns, *inputs.relations]
        fields = [field for field in fields if field.name != "reference" or not new]
        asked = [field.name for field in fields if compulsory(field)] if new else []
        rest = [field.name for field in fields if field.name not in asked]
        names = asked + self.some(rest, len(rest) if new else 3)
        values = self.plausible.values(model, names)
        if "valid_from" in inputs.extras and self.plausible.chance(0.5):
            values["valid_from"] = self.plausible.day()
        return dict(self.as_json(name, value) for name, value in values.items())

    def as_json(self, name: str, value: Any) -> tuple[str, Any]:
        if isinstance(value, models.Model):
            if isinstance(value, User) or self.plausible.chance(0.5):
                return name, value.pk
            return f"{name}_reference", value.reference
        if value is None or isinstance(value, bool | int):
            return name, value
        return name, value.isoformat() if isinstance(value, date) else str(value)

    def create(self) -> int:
        kind = self.kind()
        return self.expect(self.client.post(f"/api/v1/{kind}/", self.body(kind, new=True)), (201,))

    def edit(self) -> int:
        kind = self.kind()
        record = self.pick(kind)
        if record is None:
            return 0
        address, body = f"/api/v1/{kind}/{record.pk}/", self.body(kind, new=False)
        return self.expect(self.client.patch(address, body), (200,))

    def upsert(self) -> int:
        kind = self.kind()
        record = self.pick(kind)
        known = record is not None and self.plausible.chance(0.5)
        reference = record.reference if known else f"U-{self.random.randrange(10**9)}"
        address = f"/api/v1/{kind}/by-reference/{reference}/"
        return self.expect(self.client.put(address, self.body(kind, new=True)), (200, 201))

    def move(self) -> int:
        kind = self.kind()
        record = self.pick(kind)
        if record is None or not hasattr(record, "move_to"):
            return 0
        steps = self.client.get(f"/api/v1/{kind}/{record.pk}/").json()["transitions"]
        if not steps:
            return 0
        step = self.random.choice(steps)
        names = [name for name in step["fields"] if name != "reason"]
        values = self.plausible.values(type(record), names)
        body = dict(self.as_json(name, value) for name, value in values.items())
        if "reason" in step["fields"]:
            body["reason"] = "so it is"
        address = f"/api/v1/{kind}/{record.pk}/{step['state'].replace('_', '-')}/"
        return self.expect(self.client.post(address, body), (200,))

    def delete(self) -> int:
        kind = self.kind()
        record = self.pick(kind)
        if record is None:
            return 0
        return self.expect(self.client.delete(f"/api/v1/{kind}/{record.pk}/"), (204,))

    def restore(self) -> int:
        """A deleted record comes back by its reference."""
        kind = self.kind()
        gone = RESOURCES[kind].model.everything.exclude(deleted_at=None)
        references = list(gone.order_by("pk").values_list("reference", flat=True))
        if not references:
            return 0
        address = f"/api/v1/{kind}/by-reference/{self.random.choice(references)}/"
        return self.expect(self.client.put(address, self.body(kind, new=True)), (200,))

    def merge(self) -> int:
        one, other = self.pick("customers"), self.pick("customers")
        if not one or one == other:
            return 0
        address = f"/api/v1/customers/{one.pk}/merge/"
        return self.expect(self.client.post(address, {"into": other.pk}), (200,))


class BulkDoor(ApiDoor):
    """Up to 20 records in one request."""

    name = "bulk"

    def ways(self) -> tuple[Callable[[], int], ...]:
        return (self.bulk,)

    def bulk(self) -> int:
        kind, items = self.kind(), []
        for _number in range(self.random.randint(1, 20)):
            record = self.pick(kind)
            if record is not None and self.plausible.chance(0.7):
                items.append({"id": record.pk, **self.body(kind, new=False)})
            else:
                items.append(self.body(kind, new=True))
        atomic = "?atomic=1" if self.plausible.chance(0.2) else ""
        response = self.client.post(f"/api/v1/{kind}/bulk/{atomic}", {"items": items})
        if not self.expect(response, (200,)):
            return 0
        return sum(result["status"] < 300 for result in response.json()["results"])


# --- Import --------------------------------------------------------------------------------------


class ImportDoor(Door):
    """Files of up to 20 rows."""

    name = "import"

    def sign_in(self) -> None:
        """Imports act for nobody, as the command does."""

    def ways(self) -> tuple[Callable[[], int], ...]:
        return (self.load,)

    def kind(self) -> str:
        """Invitations have no file of their own: they arrive with the responses."""
        kind = super().kind()
        return "survey-responses" if kind == "survey-invitations" else kind

    def load(self) -> int:
        kind = self.kind()
        importer = importer_for(kind.replace("-", "_"))
        named = [column for column in importer.columns if column.compulsory]
        rest = [column for column in importer.columns if not column.compulsory]
        columns = named + [column for column in rest if self.plausible.chance(0.6)]
        rows = [self.row(importer, kind, columns) for _ in range(self.random.randint(1, 20))]
        path = write_csv(self.folder / "rows.csv", [column.name for column in columns], *rows)
        report = run_import(path, importer.entity, now=self.plausible.now)
        counts = report.counts[importer.entity]
        return counts["created"] + counts["updated"]

    def row(self, importer: type[Importer], kind: str, columns: list[Any]) -> list[str]:
        fields = {field.name for field in importer.model._meta.fields}
        names = [column.sets for column in columns if column.sets in fields]
        values = self.plausible.values(importer.model, [n for n in names if n != "reference"])
        values["reference"] = self.reference(kind)
        for column in columns:
            if column.sets not in values:
                values[column.sets] = self.beside(column.name)
        return [self.cell(values[column.sets], column) for column in columns]

    def reference(self, kind: str) -> str:
        """Of a record that is there or was deleted, or a new one."""
        known = PAGES[kind].model.everything.order_by("pk").values_list("reference", flat=True)
        if known and self.plausible.chance(0.7):
            return self.random.choice(list(known))
        return f"I-{self.random.randrange(10**9)}"

    def beside(self, name: str) -> Any:
        """A column that is no field of the record."""
        if name == "bounced":
            return self.plausible.chance(0.2)
        if self.plausible.chance(0.3):
            return None
        return self.plausible.instant() if name.endswith("_at") else self.plausible.day()

    def cell(self, value: Any, column: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, models.Model):
            return getattr(value, column.target_key)
        if isinstance(value, bool):
            return "true" if value else "false"
        return value.isoformat() if isinstance(value, date) else str(value)


DOORS = (PageDoor, ApiDoor, ImportDoor, BulkDoor)
