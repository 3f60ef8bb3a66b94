"""How the members of dimensions were called, run by run."""

from django.db import models
from django.db.models import Q


class Member(models.Model):
    """Reference and name of a customer, service, objective or user, as a run found them.

    Kept like contributions, so that an answer about the past names members as it did then.
    """

    KINDS = {"customer": 1, "service": 2, "objective": 3, "user": 4}

    kind = models.SmallIntegerField()
    member_id = models.BigIntegerField()
    reference = models.CharField(max_length=150)
    name = models.CharField(max_length=300)
    opened_run = models.BigIntegerField()
    closed_run = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "member_id"], condition=Q(closed_run=None), name="one_open_member"
            )
        ]
        indexes = [
            models.Index(fields=["kind", "reference"], name="member_reference"),
            models.Index(
                fields=["closed_run"], condition=~Q(closed_run=None), name="member_closed"
            ),
        ]

    def __str__(self) -> str:
        return self.reference
