"""Services and the portfolio's lifecycle (ITIL Service Strategy, service portfolio management)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.fields import CurrencyField, MoneyField
from brm.core.lifecycle import Lifecycle, LifecycleRecord, move, shades, table
from brm.core.models import DatedRecord, Interval
from brm.core.querysets import living

from ..querysets import CATALOGUE, PIPELINE, ServiceQuerySet


class ServiceStatus(Lifecycle):
    PROPOSED = "proposed", _("Proposed")
    ANALYSED = "analysed", _("Analysed")
    CHARTERED = "chartered", _("Chartered")
    IN_DESIGN = "in_design", _("In design")
    IN_TRANSITION = "in_transition", _("In transition")
    CATALOGUE = "catalogue", _("Catalogue")
    RETIRING = "retiring", _("Retiring")
    RETIRED = "retired", _("Retired")
    CANCELLED = "cancelled", _("Cancelled")

    moves = table(
        move(
            "proposed",
            "analysed",
            _("Finish analysis"),
            tone="good",
            requires=("outcome", "owner", "segments", "rough_cost"),
        ),
        move("analysed", "chartered", _("Charter"), requires=("business_case",), tone="good"),
        move("chartered", "in_design", _("Start design")),
        move("in_design", "in_transition", _("Start transition")),
        move("in_transition", "catalogue", _("Put into the catalogue"), tone="good"),
        move("catalogue", "retiring", _("Start retirement"), tone="warn"),
        move("retiring", "retired", _("Retire"), tone="warn"),
        move("retiring", "catalogue", _("Keep in the catalogue")),
        move(" ".join(PIPELINE), "cancelled", _("Cancel"), reason=True, tone="bad"),
    )
    tones = shades(
        **dict.fromkeys(PIPELINE, "info"),
        catalogue="good",
        retiring="warn",
        cancelled="bad",
    )


class ServiceKind(models.TextChoices):
    CUSTOMER_FACING = "customer_facing", _("Customer-facing")
    SUPPORTING = "supporting", _("Supporting")


class Service(DatedRecord, LifecycleRecord):
    """An entry of the service portfolio: pipeline, catalogue or retired."""

    Status = ServiceStatus
    resource = "services"
    reference_prefix = "SVC"
    service_path = ""

    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(
        _("stage"), max_length=20, choices=ServiceStatus, default=ServiceStatus.PROPOSED
    )
    kind = models.CharField(
        _("kind"), max_length=20, choices=ServiceKind, default=ServiceKind.CUSTOMER_FACING
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service owner"),
    )
    description = models.TextField(_("description"), blank=True)
    outcome = models.TextField(_("expected outcome"), blank=True)
    segments = models.CharField(_("customers or segments"), max_length=300, blank=True)
    rough_cost = MoneyField(_("rough cost"), null=True, blank=True)
    currency = CurrencyField(_("currency"), blank=True)
    business_case = models.TextField(_("business case"), blank=True)

    objects = living(ServiceQuerySet)
    everything = ServiceQuerySet.as_manager()

    class Meta(LifecycleRecord.Meta):
        verbose_name = _("service")
        verbose_name_plural = _("services")
        indexes = [
            *LifecycleRecord.Meta.indexes,
            models.Index(fields=["name", "id"]),  # the order of the list
        ]

    @property
    def lane(self) -> str:
        """pipeline, catalogue, retired or cancelled."""
        if self.status in PIPELINE:
            return "pipeline"
        return "catalogue" if self.status in CATALOGUE else self.status


class ServiceInterval(Interval):
    """Who owned a service, day by day."""

    subject = "service"
    attributes = ("owner_id",)

    service = models.ForeignKey(Service, models.CASCADE, related_name="intervals")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "starts_on"], name="one_owner_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.starts_on}: {self.owner_id}"


Service.interval_model = ServiceInterval
