"""What can be imported: one declaration per entity, kept in its app's `importers.py`.

    @register
    class ProposalImporter(Importer):
        entity, model = "proposals", Proposal
        columns = columns_of(Proposal, "reference* kind title* service submitted_on status")

Names that agree with a field of the model need nothing more; `Column` says the rest.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext as _

from ..fields import CurrencyField, FixedPointField, ReferenceField
from ..lifecycle import LifecycleRecord
from ..models.record import Record
from ..writing import write_many
from . import parsers
from .parsers import Parser

# What an empty cell means where it does not set a value.
REFUSED = object()
SAYS_NOTHING = object()

KINDS: tuple[tuple[type[models.Field], Parser], ...] = (
    (ReferenceField, parsers.reference),
    (FixedPointField, parsers.number),
    (CurrencyField, parsers.currency),
    (models.BooleanField, parsers.truth),
    (models.IntegerField, parsers.integer),
    (models.DateTimeField, parsers.instant),
    (models.DateField, parsers.day),
    (models.TextField, parsers.text),
    (models.CharField, parsers.word),
)


@dataclass(frozen=True)
class Column:
    """One column of an import.

    `attribute` is what it sets on the record (its own name unless given), `parse` reads the cell.
    An empty cell sets `empty`; a `compulsory` one refuses the row. A foreign key names its
    `target` model, found by `target_key`.
    """

    name: str
    parse: Parser = parsers.word
    attribute: str = ""
    compulsory: bool = False
    empty: Any = None
    target: type[models.Model] | None = None
    target_key: str = "reference"

    @property
    def sets(self) -> str:
        return self.attribute or self.name


def column_of(model: type[models.Model], name: str, field: str = "", **changes: Any) -> Column:
    """The column for a field of the model; a star after the name makes it compulsory."""
    plain = name.removesuffix("*")
    source = model._meta.get_field(field or plain)
    column = Column(plain, attribute=source.name, compulsory=name.endswith("*"))
    if source.many_to_one:
        person = source.related_model is get_user_model()
        column = replace(
            column,
            parse=parsers.word if person else parsers.reference,
            target=source.related_model,
            target_key="username" if person else "reference",
        )
    elif source.choices:
        allowed = {str(value): value for value, _label in source.flatchoices}
        column = replace(column, parse=parsers.choice(allowed))
    else:
        column = replace(column, parse=next(p for kind, p in KINDS if isinstance(source, kind)))
    return replace(column, **{"empty": _meaning_of_empty(source), **changes})


def _meaning_of_empty(field: models.Field) -> Any:
    if field.name == "status":
        return SAYS_NOTHING
    if field.null:
        return None
    if field.has_default():
        return field.get_default()
    return "" if isinstance(field, models.CharField | models.TextField) else REFUSED


def columns_of(model: type[models.Model], names: str) -> tuple[Column, ...]:
    """The columns for a blank-separated list of fields; a star marks what is compulsory."""
    return tuple(column_of(model, name) for name in names.split())


def _writable(model: type[models.Model]) -> list[str]:
    """The columns of a record by default, the reference first, starred where compulsory."""
    kept = ("id", "reference", "created_at", "updated_at")
    written = [f for f in model._meta.concrete_fields if f.editable and f.name not in kept]
    stars = ("" if f.blank or f.has_default() else "*" for f in written)
    return ["reference*", *(f"{f.name}{star}" for f, star in zip(written, stars, strict=True))]


class Importer:
    """Base of the declarations: how rows of one entity become records of one model.

    The entity is called as the REST resource, its columns are what people may write, those of
    them compulsory that have no value of their own, unless a subclass says else. `key` are the
    columns by which a row finds its record; `defaults` fill attributes of new records;
    `companions` are further models that a row writes (for undo). The methods are hooks.
    """

    entity: ClassVar[str]
    model: ClassVar[type[models.Model]]
    columns: ClassVar[Sequence[Column]]
    key: ClassVar[tuple[str, ...]] = ("reference",)
    defaults: ClassVar[dict[str, Any]] = {}
    companions: ClassVar[tuple[type[Record], ...]] = ()
    undoable: ClassVar[bool] = True

    def __init_subclass__(cls) -> None:
        if "model" in cls.__dict__ and not hasattr(cls, "entity"):
            cls.entity = cls.model.resource.replace("-", "_")
        if "model" in cls.__dict__ and not hasattr(cls, "columns"):
            cls.columns = columns_of(cls.model, " ".join(_writable(cls.model)))

    def __init__(self, by: Any = None) -> None:
        """`by` is the user who imports; None for a command."""
        self.by = by

    @classmethod
    def column(cls, name: str) -> Column | None:
        return next((column for column in cls.columns if column.name == name), None)

    @classmethod
    def has_status(cls) -> bool:
        return issubclass(cls.model, LifecycleRecord)

    def key_of(self, values: dict[str, Any]) -> tuple[Any, ...]:
        """The key of a row from its parsed values."""
        columns = [self.column(name) for name in self.key]
        return tuple(values.get(column.sets, column.empty) for column in columns)

    def load(self, keys: Collection[tuple[Any, ...]], *, lock: bool) -> dict[Any, Any]:
        """The records with these keys, soft-deleted ones included, in one statement."""
        attributes = [self.column(name).sets for name in self.key]
        wanted = {
            f"{attribute}__in": {key[position] for key in keys}
            for position, attribute in enumerate(attributes)
        }
        found = self.model.everything.filter(**wanted)
        records = found.select_for_update() if lock else found
        living_last = sorted(records, key=lambda record: record.deleted_at is None)
        named = {tuple(getattr(r, name) for name in attributes): r for r in living_last}
        return {key: named[key] for key in keys if key in named}

    def new(self) -> Any:
        """An empty record."""
        return self.model(**self.defaults)

    def status_of(self, record: Any, values: dict[str, Any]) -> str | None:
        """The state the row asks for; None when it says nothing about it."""
        return values.get("status")

    def attach(self, rows: Sequence[tuple[Any, dict[str, Any]]]) -> None:
        """Hook for records and values of a batch: load, set by set, what a row touches beside."""

    def prepare(self, record: Any, values: dict[str, Any]) -> None:
        """Hook after the values were set and before validation; raises ValidationError."""

    def changed(self, record: Any) -> bool:
        """Whether writing the record would write anything."""
        return record._state.adding or bool(record.changed_fields())

    def write(self, records: Sequence[Any]) -> None:
        """Write validated records."""
        write_many(records)


_importers: dict[str, type[Importer]] = {}


def register(importer: type[Importer]) -> type[Importer]:
    """Class decorator: make an entity importable."""
    _importers[importer.entity] = importer
    return importer


def entities() -> list[str]:
    """The names of all importable entities."""
    return sorted(_importers)


def importer_for(entity: str) -> type[Importer]:
    """The declaration of an entity; raises LookupError with the known ones."""
    if entity not in _importers:
        raise LookupError(
            _("There is no entity “%(entity)s”. There are: %(entities)s.")
            % {"entity": entity, "entities": ", ".join(entities())}
        )
    return _importers[entity]


def entity_of(model: type[models.Model]) -> str | None:
    """The entity a model is imported as."""
    return next((name for name, each in _importers.items() if each.model is model), None)


def all_importers() -> Iterable[type[Importer]]:
    return _importers.values()
