"""The ledger of contributions: what every figure is made of."""

from django.db import models
from django.db.models import Q

SCALE = 10_000  # numerators and denominators are stored as integers of 1/10,000


class Contribution(models.Model):
    """One fact's share in one KPI, as one run found it and a later one closed it.

    Append-only: a run that finds the contribution changed or gone sets `closed_run` and adds a new
    row. Visible after the run R is what `opened_run` ≤ R opened and no run up to R closed. `kpi`
    is the code of the declaration, which also names the one type of source a KPI has. `subject_id`
    is the key by which the contribution is looked at again. A null dimension is "unattributed".
    Written by `kpis.feeding` alone, by statements on whole sets.
    """

    kpi = models.SmallIntegerField()
    source_id = models.BigIntegerField()
    part = models.CharField(max_length=100)
    subject_id = models.BigIntegerField()
    occurred_on = models.DateField()
    month = models.IntegerField()
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    service_id = models.BigIntegerField(null=True)
    manager_id = models.BigIntegerField(null=True)
    owner_id = models.BigIntegerField(null=True)
    objective_id = models.BigIntegerField(null=True)
    segment = models.CharField(max_length=100, null=True)
    region = models.CharField(max_length=100, null=True)
    kind = models.CharField(max_length=20, null=True)
    reason = models.CharField(max_length=20, null=True)
    cost_type = models.CharField(max_length=50, null=True)
    channel = models.CharField(max_length=50, null=True)
    reference = models.CharField(max_length=100)
    opened_run = models.BigIntegerField()
    closed_run = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "subject_id", "source_id", "part"],
                condition=Q(closed_run=None),
                name="one_open_contribution",
            )
        ]
        indexes = [
            models.Index(fields=["kpi", "month"], name="contribution_month"),
            models.Index(
                fields=["closed_run"], condition=~Q(closed_run=None), name="contribution_closed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.reference} {self.part}"


COLUMNS = (
    "source_id",
    "part",
    "subject_id",
    "occurred_on",
    "month",
    "numerator",
    "denominator",
    "customer_id",
    "service_id",
    "manager_id",
    "owner_id",
    "objective_id",
    "segment",
    "region",
    "kind",
    "reason",
    "cost_type",
    "channel",
    "reference",
)
