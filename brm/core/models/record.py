"""The base of every business record."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import classproperty
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .. import origin, watching
from ..fields import ReferenceField
from ..querysets import RecordQuerySet, living
from ..references import next_references

TITLES = ("name", "title", "subject")
BOOKKEEPING = frozenset({"version", "updated_at"})


class WriteInstantField(models.DateTimeField):
    """An instant of bookkeeping, taken from the record's own `write_instant`.

    In migrations it is a plain DateTimeField.
    """

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, kwargs

    def pre_save(self, model_instance, add):
        value = getattr(model_instance, self.attname)
        if self.auto_now or (self.auto_now_add and add and value is None):
            value = model_instance.write_instant
            setattr(model_instance, self.attname, value)
        return value


class HistoryEntry(models.Model):
    """What every history row keeps beside the values: the door and the request of the write."""

    door = models.CharField(max_length=10, choices=origin.Door, default=origin.current_door)
    request_id = models.CharField(max_length=32, blank=True, default=origin.current_request_id)
    import_id = models.BigIntegerField(null=True, default=origin.current_import_id)

    class Meta:
        abstract = True


class Record(models.Model):
    """Base of every business record: reference, version, soft delete, history.

    A subclass names its `resource` (the plural API name), its `reference_prefix`, and the lookups
    that lead to the customer and the service it belongs to (for the role table's scopes). It is
    called by its name, title or subject, and found by that and its reference, unless it says else.
    """

    resource: ClassVar[str]
    reference_prefix: ClassVar[str]
    customer_path: ClassVar[str | None] = None
    service_path: ClassVar[str | None] = None
    owner_path: ClassVar[str | None] = None

    reference = ReferenceField(_("reference"), unique=True, blank=True)
    created_at = WriteInstantField(_("created at"), auto_now_add=True)
    updated_at = WriteInstantField(_("updated at"), auto_now=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True, editable=False)

    objects = living(RecordQuerySet)
    everything = RecordQuerySet.as_manager()
    history = HistoricalRecords(
        inherit=True, bases=[HistoryEntry], get_user=origin.current_user, excluded_fields=[]
    )

    # Set by a replay of the past (the demo data) alone: when the write "happened".
    replayed_at: datetime | None = None
    # Why this write is made, where whoever makes it said so; kept by the audit trail.
    write_reason: str = ""
    # Fields of which the audit trail keeps that they changed, and never the text.
    private_fields: ClassVar[Sequence[str]] = ()

    class Meta:
        abstract = True
        base_manager_name = "everything"
        default_manager_name = "objects"
        indexes = [
            # The deleted ones are few: their list must not read all that are there.
            models.Index(
                fields=["deleted_at"],
                name="%(app_label)s_%(class)s_gone",
                condition=models.Q(deleted_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return getattr(self, self.title_field)

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the record, its history and what `after_write` keeps true, in one transaction.

        A save that changes nothing writes nothing. Effects: reference generated when absent,
        version raised, one history row with the current origin, watchers told.
        """
        if not self.reference:
            self.reference = next_references(type(self), 1)[0]
        self.prepare([self])
        if not self._state.adding and self.stored:
            changed = self.changed_fields()
            if not changed:
                if self.has_pending():
                    changes = watching.changes_of([], [self])
                    self.after_write([self])
                    watching.tell(changes)
                return
            self.version += 1
            kwargs["update_fields"] = {*changed, *BOOKKEEPING}
        changes = watching.changes_of([self])
        super().save(*args, **kwargs)
        self.after_write([self])
        watching.tell(changes)
        self.remember_stored()

    def get_absolute_url(self) -> str:
        return reverse(f"{self.resource}-detail", args=[self.pk])

    @classproperty
    def title_field(cls) -> str:
        """The field a record is called by."""
        names = {field.name for field in cls._meta.concrete_fields}
        return next((name for name in TITLES if name in names), "reference")

    @classproperty
    def search_fields(cls) -> Sequence[str]:
        """The lookups in which a search looks for words."""
        return tuple(dict.fromkeys(("reference", cls.title_field)))

    @classmethod
    def from_db(cls, db: str, field_names: Sequence[str], values: Sequence[Any]) -> Self:
        record = super().from_db(db, field_names, values)
        record._stored = dict(zip(field_names, values, strict=True))
        return record

    @property
    def stored(self) -> dict[str, Any]:
        """Values as they stand in the database, by column attribute; empty for a new record."""
        return getattr(self, "_stored", {})

    def changed_fields(self) -> set[str]:
        """Attributes whose value differs from the stored one; all of them for a new record."""
        loaded = self.__dict__
        return {
            field.attname
            for field in self._meta.concrete_fields
            if field.attname in loaded
            and field.attname not in BOOKKEEPING
            and (
                field.attname not in self.stored
                or loaded[field.attname] != self.stored[field.attname]
            )
        }

    def remember_stored(self) -> None:
        """Take the present values for the stored ones, after a write."""
        self._stored = {
            field.attname: self.__dict__[field.attname]
            for field in self._meta.concrete_fields
            if field.attname in self.__dict__
        }

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Columns that are never typed in are filled by `before_write`, not validated here."""
        derived = {field.name for field in self._meta.fields if not field.editable}
        super().clean_fields(exclude={*(exclude or ()), *derived})

    def clean(self) -> None:
        super().clean()
        if not self._state.adding or not self.reference:
            return
        taken = type(self).everything.filter(reference=self.reference).exclude(deleted_at=None)
        if taken.exists():
            raise ValidationError(
                {"reference": _("This reference belongs to a deleted record. Restore that one.")}
            )

    @property
    def write_instant(self) -> datetime:
        """The instant that history, versions and bookkeeping keep for a write made now."""
        return self.replayed_at or origin.current().at or timezone.now()

    @property
    def _history_date(self) -> datetime:
        return self.write_instant

    def before_write(self) -> None:
        """Hook for columns that follow from others, such as a business date; runs at each write."""

    def has_pending(self) -> bool:
        """Whether something beside the row is to be written even if the row stays the same."""
        return False

    def pending_changes(self) -> dict[str, tuple[Any, Any]]:
        """What the write changes beside the row, by name: before and after, in plain values."""
        return {}

    @classmethod
    def prepare(cls, records: Sequence[Self]) -> None:
        """Hook before each write, for all records written together."""
        for record in records:
            record.before_write()

    @classmethod
    def after_write(cls, records: Sequence[Self]) -> None:
        """Hook for what must stay true beside the rows; runs in the writing transaction."""

    def soft_delete(self) -> None:
        """Hide the record everywhere; figures of past instants keep it."""
        self.deleted_at = timezone.now()
        self.save()

    def restore_refusal(self) -> Any:
        """Hook: why a deleted record cannot come back by itself; None when it can."""
        return None

    def restore(self) -> None:
        """Bring a soft-deleted record back, unchecked; `restoring.restore` is the checked way."""
        self.deleted_at = None
        self.save()
