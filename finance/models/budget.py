"""Budget lines with their revisions."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.business_days import business_date
from brm.core.fields import CurrencyField, FixedPointField, MoneyField, RateField
from brm.core.lifecycle import Lifecycle, LifecycleRecord, move, shades, table
from brm.core.money import rate_to_base
from services.models import Service
from strategy.models import Initiative


class BudgetLineStatus(Lifecycle):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    REVISED = "revised", _("Revised")
    CLOSED = "closed", _("Closed")

    moves = table(
        move("draft", "approved", _("Approve"), tone="good"),
        move("approved revised", "revised", _("Revise"), requires=("amount",)),
        move("approved revised", "closed", _("Close")),
    )
    tones = shades(approved="good", revised="info")


class CostType(models.TextChoices):
    LABOUR = "labour", _("Labour")
    HARDWARE = "hardware", _("Hardware")
    SOFTWARE = "software", _("Software")
    SUPPLIER = "supplier", _("Supplier")
    FACILITIES = "facilities", _("Facilities")
    OTHER = "other", _("Other")


class BudgetLine(LifecycleRecord):
    """A budgeted amount in one currency. Once approved, each change of amount is a revision.

    `amount` is the latest revision's. `budget_rate` is the rate of the line's currency to the
    base currency on `starts_on`, frozen when the line is written first.
    """

    Status = BudgetLineStatus
    resource = "budget-lines"
    reference_prefix = "BUD"
    service_path = "service"
    owner_path = "owner"

    name = models.CharField(_("name"), max_length=300)
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="budget_lines",
        verbose_name=_("service"),
    )
    initiative = models.ForeignKey(
        Initiative,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="budget_lines",
        verbose_name=_("initiative"),
    )
    cost_type = models.CharField(_("cost type"), max_length=50, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=BudgetLineStatus, default=BudgetLineStatus.DRAFT
    )
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    amount = MoneyField(_("amount"), validators=[MinValueValidator(0)])
    currency = CurrencyField(_("currency"))
    tolerance_percent = FixedPointField(
        _("tolerance in percent"), default=Decimal(0), validators=[MinValueValidator(0)]
    )
    budget_rate = RateField(_("budget rate"), editable=False)

    # Whoever writes may set it: the day from which the amount of this write is in force.
    effective_on: date | None = None
    # The amount of that day, where a later revision is in force already.
    dated_amount: Decimal | None = None

    class Meta(LifecycleRecord.Meta):
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="budget_line_ends_after_start",
                violation_error_message=_("A budget line cannot end before it starts."),
            )
        ]
        indexes = [
            *LifecycleRecord.Meta.indexes,
            models.Index(fields=["-starts_on", "id"]),  # the order of the list
        ]

    def clean(self) -> None:
        super().clean()
        if self.currency and self.starts_on:
            try:
                rate_to_base(self.currency, self.starts_on)
            except ValidationError as error:
                raise ValidationError({"currency": error}) from error
        if self.stored and self.stored["currency"] != self.currency and self.costs.exists():
            raise ValidationError(
                {"currency": _("The currency is fixed once costs are posted to the line.")}
            )

    def before_write(self) -> None:
        if self.budget_rate is None or self.stored.get("currency") != self.currency:
            self.budget_rate = rate_to_base(self.currency, self.starts_on)
        if self.stored and self.effective_on and self.dated_amount is None:
            later = self.revisions.filter(effective_on__gt=self.effective_on, is_first=False).last()
            if later is not None:
                self.dated_amount, self.amount = self.amount, later.amount

    def has_pending(self) -> bool:
        return self.effective_on is not None

    def is_repriced(self) -> bool:
        """Whether this write brings an amount, be it the same from another day on."""
        return self.stored.get("amount") != self.amount or self.effective_on is not None

    def next_revision(self) -> "BudgetRevision":
        """The revision that this write brings, not yet stored."""
        first = self.stored.get("status", "draft") == BudgetLineStatus.DRAFT
        today = business_date(self.write_instant)
        return BudgetRevision(
            line=self,
            effective_on=self.starts_on if first else self.effective_on or today,
            amount=self.amount if self.dated_amount is None else self.dated_amount,
            is_first=first,
            recorded_at=self.write_instant,
        )

    @classmethod
    def after_write(cls, records: Sequence[Self]) -> None:
        """Keep the revisions; an `effective_on` set on the record dates the new amount."""
        super().after_write(records)
        BudgetRevision.record(records)
        for line in records:
            line.effective_on = line.dated_amount = None


class BudgetRevision(models.Model):
    """The amount of a budget line from `effective_on`; the first is in force from the beginning."""

    line = models.ForeignKey(BudgetLine, models.CASCADE, related_name="revisions")
    effective_on = models.DateField(_("effective on"))
    amount = MoneyField(_("amount"))
    is_first = models.BooleanField(default=False)
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        ordering = ["line", "effective_on"]
        verbose_name = _("budget revision")
        verbose_name_plural = _("budget revisions")
        constraints = [
            models.UniqueConstraint(
                fields=["line", "effective_on", "is_first"], name="one_revision_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.effective_on}: {self.amount}"

    @classmethod
    def record(cls, lines: Sequence[BudgetLine]) -> None:
        """Add what changed: the first amount of new lines, later amounts with their day.

        A draft's amount replaces its first one. The same day again replaces the amount.
        """
        rows = [line.next_revision() for line in lines if line.is_repriced()]
        firsts = [row.line_id for row in rows if row.is_first]
        cls.objects.filter(line__in=firsts, is_first=True).delete()
        cls.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["line", "effective_on", "is_first"],
            update_fields=["amount", "recorded_at"],
        )
