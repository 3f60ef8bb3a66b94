"""Cost entries: what was spent."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.fields import CurrencyField, MoneyField
from brm.core.models import Record
from brm.core.money import convert
from services.models import Service

from .budget import BudgetLine

PRICED_BY = ("amount", "currency", "posted_on", "budget_line_id")


class CostEntry(Record):
    """A posted cost. The amounts in base and in the line's currency are frozen when written."""

    resource = "cost-entries"
    reference_prefix = "CST"
    service_path = "service"
    search_fields = ("reference", "description")

    budget_line = models.ForeignKey(
        BudgetLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="costs",
        verbose_name=_("budget line"),
    )
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="costs",
        verbose_name=_("service"),
    )
    posted_on = models.DateField(_("posted on"))
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    cost_type = models.CharField(_("cost type"), max_length=50, blank=True)
    description = models.TextField(_("description"), blank=True)
    amount_base = MoneyField(_("amount in base currency"), editable=False)
    amount_line = MoneyField(_("amount in the line's currency"), null=True, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("cost entry")
        verbose_name_plural = _("cost entries")
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["-posted_on", "id"]),
            models.Index(fields=["budget_line", "posted_on"]),
            models.Index(fields=["posted_on"]),
        ]

    def clean(self) -> None:
        super().clean()
        if self.amount is None or not self.currency or not self.posted_on:
            return
        try:
            self.freeze_amounts()
        except ValidationError as error:
            raise ValidationError({"currency": error}) from error

    def before_write(self) -> None:
        if any(self.stored.get(name, ...) != getattr(self, name) for name in PRICED_BY):
            self.freeze_amounts()

    def freeze_amounts(self) -> None:
        """Convert at the rates of the posting day; raises ValidationError without a rate."""
        base = settings.BRM.base_currency
        self.amount_base = convert(self.amount, self.currency, base, self.posted_on)
        self.amount_line = None
        if self.budget_line_id:
            target = self.budget_line.currency
            self.amount_line = convert(self.amount, self.currency, target, self.posted_on)
