"""What the owners of targets were last told."""

from django.db import models


class ToldStatus(models.Model):
    """The status of a KPI (for the whole or one member) that the target's owner knows of.

    `month` is the published month it was of and `run` the run that showed it. A turn is told when
    a run finds another status; taking the row over and telling is one transaction, so a turn is
    told once, however often the run's end is repeated.
    """

    kpi = models.CharField(max_length=50)
    dimension = models.CharField(max_length=20, blank=True)
    member = models.CharField(max_length=150, blank=True)
    month = models.IntegerField()
    status = models.CharField(max_length=10)
    run = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kpi", "dimension", "member"], name="one_told_status")
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.member} {self.month} {self.status}"

    @property
    def place(self) -> tuple[str, str, str]:
        """KPI, dimension and member."""
        return self.kpi, self.dimension, self.member

    def differs(self, month: int, status: str) -> bool:
        """Whether a later look found something else."""
        return (self.month, self.status) != (month, status)
