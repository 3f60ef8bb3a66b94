"""Customers: organisations or parts of them that buy, or may buy, services."""

from collections.abc import Sequence
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.models import DatedRecord, Interval
from brm.core.querysets import living

from ..querysets import CustomerQuerySet
from ..spells import refresh_spells


class CustomerKind(models.TextChoices):
    INTERNAL = "internal", _("Internal")
    EXTERNAL = "external", _("External")


class CustomerTier(models.TextChoices):
    STRATEGIC = "strategic", _("Strategic")
    KEY = "key", _("Key")
    STANDARD = "standard", _("Standard")


class Customer(DatedRecord):
    """A customer. Its status (prospect … lost) is derived from agreements, never stored."""

    resource = "customers"
    reference_prefix = "CUS"
    customer_path = ""

    name = models.CharField(_("name"), max_length=300)
    kind = models.CharField(
        _("kind"), max_length=10, choices=CustomerKind, default=CustomerKind.EXTERNAL
    )
    tier = models.CharField(
        _("tier"), max_length=10, choices=CustomerTier, default=CustomerTier.STANDARD
    )
    segment = models.CharField(_("segment"), max_length=100, blank=True)
    region = models.CharField(_("region"), max_length=100, blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent customer"),
    )
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("relationship manager"),
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("deputy"),
    )
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="absorbed",
        verbose_name=_("merged into"),
    )

    objects = living(CustomerQuerySet)
    everything = CustomerQuerySet.as_manager()

    class Meta(DatedRecord.Meta):
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            *DatedRecord.Meta.indexes,
            models.Index(fields=["name", "id"]),  # the order of the list
        ]

    def clean(self) -> None:
        super().clean()
        if self._parent_changed() and self._is_above(self.parent_id):
            raise ValidationError(
                {"parent": _("A customer cannot stand below itself in the hierarchy.")}
            )

    def restore_refusal(self) -> Any:
        """A merged customer comes back by undoing the merge, not by itself."""
        if self.merged_into_id is None:
            return None
        text = _("This customer was merged into %(customer)s. Undo the merge there.")
        return text % {"customer": self.merged_into}

    def _parent_changed(self) -> bool:
        return bool(self.pk and self.parent_id) and self.stored.get("parent_id") != self.parent_id

    def _is_above(self, customer_id: int) -> bool:
        seen: set[int] = set()
        while customer_id is not None and customer_id not in seen:
            if customer_id == self.pk:
                return True
            seen.add(customer_id)
            customer_id = (
                Customer.everything.filter(pk=customer_id)
                .values_list("parent_id", flat=True)
                .first()
            )
        return False

    @classmethod
    def after_write(cls, records: Sequence[Self]) -> None:
        """Keep the dated dimensions; a deleted customer has no spells, a restored one has."""
        super().after_write(records)
        refresh_spells(c.pk for c in records if c.stored.get("deleted_at") != c.deleted_at)


class CustomerInterval(Interval):
    """Manager, segment, region and kind of a customer, day by day."""

    subject = "customer"
    attributes = ("manager_id", "segment", "region", "kind")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="intervals")
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    segment = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "starts_on"], name="one_interval_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.starts_on}"


Customer.interval_model = CustomerInterval


class CustomerMerge(models.Model):
    """One merge of two customers: which records moved to the survivor, so that it can be undone."""

    survivor = models.ForeignKey(Customer, models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Customer, models.PROTECT, related_name="merged_by")
    moved = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.survivor_id}"
