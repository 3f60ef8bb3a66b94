from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.fields import CurrencyField, MoneyField
from brm.core.lifecycle import Lifecycle, LifecycleRecord, move, table
from customers.models import Customer
from services.models import Service


class RiskStatus(Lifecycle):
    OPEN = "open", _("Open")
    TREATED = "treated", _("Treated")
    CLOSED = "closed", _("Closed")
    moves = table(
        move("open", "treated", _("Treat"), stamps="treated_on"),
        move("open treated", "closed", _("Close"), reason=True),
    )


class Risk(LifecycleRecord):
    Status, resource, reference_prefix = RiskStatus, "risks", "RSK"
    customer_path, service_path = "customer", "service"
    customer = models.ForeignKey(Customer, models.PROTECT, verbose_name=_("customer"))
    service = models.ForeignKey(Service, models.PROTECT, verbose_name=_("service"))
    title = models.CharField(_("title"), max_length=300)
    text = models.TextField(_("text"), blank=True)
    status = models.CharField(_("status"), max_length=20, choices=RiskStatus, default="open")
    likelihood = models.PositiveSmallIntegerField(_("likelihood"), default=1)
    loss = MoneyField(_("expected loss"), null=True, blank=True)
    currency = CurrencyField(_("currency"), blank=True)
    identified_on = models.DateField(_("identified on"))
    treated_on = models.DateField(_("treated on"), null=True, blank=True)

    class Meta(LifecycleRecord.Meta):
        verbose_name, verbose_name_plural = _("risk"), _("risks")
