"""Sums of contributions by month and member, kept by runs alone."""

from django.db import models


class MonthlySum(models.Model):
    """What a KPI's contributions of one month and one member add up to.

    `dimension` is the dimension's code, 0 for the whole; the member is `member_id` (0: none) or
    `member_text` (empty: none), according to the dimension. `row_count` counts contributions,
    `nonzero` those whose numerator is not 0. Quarters and years are sums of these.
    """

    kpi = models.SmallIntegerField()
    dimension = models.SmallIntegerField()
    month = models.IntegerField()
    member_id = models.BigIntegerField(default=0)
    member_text = models.CharField(max_length=100, default="")
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()
    row_count = models.BigIntegerField()
    nonzero = models.BigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kpi} {self.month} {self.dimension} {self.member_id} {self.member_text}"


class Snapshot(MonthlySum):
    """The sums as the last finished run left them: what dashboards and the API read."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "dimension", "month", "member_id", "member_text"],
                name="one_snapshot",
            )
        ]


class SnapshotChange(MonthlySum):
    """What one run added to the sums (signed).

    The sums as of a run are all changes up to it; the published ones are the present ones less
    the changes since the run that published.
    """

    run = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["run"], name="snapshotchange_run"),
            models.Index(
                fields=["kpi", "dimension", "month", "run"], name="snapshotchange_reading"
            ),
        ]
