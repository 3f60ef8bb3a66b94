from django.db import models


class DirtyKey(models.Model):
    """One write that may have altered a figure: what kind of key, which key.

    Database triggers add the rows in the writing transaction (see `brm.core.dirty`); a KPI run
    claims those it can see and removes them when it is done.
    """

    kind = models.CharField(max_length=30)
    key = models.BigIntegerField()
    run_id = models.BigIntegerField(null=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
