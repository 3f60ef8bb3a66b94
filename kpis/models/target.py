"""Targets of KPIs, with the versions that answers about the past are judged by."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.fields import FixedPointField
from brm.core.models import Record

MARKS = ("target", "amber", "red")


def kpi_choices() -> list[tuple[str, Any]]:
    """Keys and names of all KPIs."""
    from ..definitions import KPIS

    return [(kpi.key, kpi.name) for kpi in KPIS]


class Goal(models.Model):
    """Target, amber and red of a KPI from a month on, for the whole or for one member."""

    kpi = models.CharField(_("KPI"), max_length=50, choices=kpi_choices)
    dimension = models.CharField(_("dimension"), max_length=20, blank=True)
    member = models.CharField(_("member"), max_length=150, blank=True)
    month = models.CharField(
        _("from month"),
        max_length=7,
        validators=[
            RegexValidator(r"^[0-9]{4}-(0[1-9]|1[0-2])\Z", _("A month is written 2025-03."))
        ],
    )
    target = FixedPointField(_("target"), places=4)
    amber = FixedPointField(_("amber"), places=4, null=True, blank=True)
    red = FixedPointField(_("red"), places=4, null=True, blank=True)

    class Meta:
        abstract = True


class KpiTarget(Record, Goal):
    """A target in force from `month` until the month of the next one; members without one of
    their own have the whole's.

    `amber` defaults to the target and `red` to amber; where the direction is a band, both are
    distances from the target. `owner` is told when the status turns.
    """

    resource = "kpi-targets"
    reference_prefix = "TGT"
    owner_path = "owner"
    natural_key = ("kpi", "dimension", "member", "month")
    search_fields = ("reference", "kpi", "member")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )

    class Meta(Record.Meta):
        verbose_name = _("KPI target")
        verbose_name_plural = _("KPI targets")
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "dimension", "member", "month"],
                condition=models.Q(deleted_at=None),
                name="one_target_a_month",
                violation_error_message=_("There is a target from this month already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kpi_display()} {self.member} {self.month}".replace("  ", " ")

    def clean(self) -> None:
        from ..definitions import find

        super().clean()
        kpi = find(self.kpi)
        if kpi is None:
            return
        if bool(self.dimension) != bool(self.member):
            raise ValidationError({"member": _("A dimension and its member go together.")})
        if self.dimension and self.dimension not in kpi.dimensions:
            raise ValidationError({"dimension": _("This KPI has no such dimension.")})
        kpi.check_marks(*self.marks())

    def marks(self) -> tuple[Decimal, Decimal | None, Decimal | None]:
        """Target, amber and red as they were set."""
        return self.target, self.amber, self.red

    @classmethod
    def after_write(cls, records: Sequence[Self]) -> None:
        """Close the version in force and open the next, at the instant of the write."""
        changed = [record for record in records if KpiTargetVersion.differs(record)]
        for record in changed:
            KpiTargetVersion.objects.filter(goal=record, retracted_at=None).update(
                retracted_at=record.write_instant
            )
        KpiTargetVersion.objects.bulk_create(
            KpiTargetVersion(
                goal=record,
                recorded_at=record.write_instant,
                **{name: getattr(record, name) for name in KpiTargetVersion.kept()},
            )
            for record in changed
            if record.deleted_at is None
        )


class KpiTargetVersion(Goal):
    """A target as it stood from `recorded_at` until `retracted_at`."""

    goal = models.ForeignKey(KpiTarget, models.CASCADE, related_name="versions")
    recorded_at = models.DateTimeField(_("recorded at"))
    retracted_at = models.DateTimeField(_("retracted at"), null=True)

    class Meta:
        indexes = [models.Index(fields=["kpi", "recorded_at"], name="target_version_kpi")]

    def __str__(self) -> str:
        return f"{self.kpi} {self.month} {self.recorded_at}"

    @staticmethod
    def kept() -> tuple[str, ...]:
        return ("kpi", "dimension", "member", "month", *MARKS)

    @classmethod
    def differs(cls, record: KpiTarget) -> bool:
        """Whether a write changed what is judged by."""
        names = (*cls.kept(), "deleted_at")
        return any(record.stored.get(name, ...) != getattr(record, name) for name in names)
