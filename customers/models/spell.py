"""Spells: the unbroken times in which an organisation is a customer."""

from django.db import models

from .agreement import Agreement
from .customer import Customer


class Spell(models.Model):
    """A run of days covered by counting agreements, gaps up to the grace period bridged.

    Written by `customers.spells.refresh_spells` alone, in the transaction that writes agreements.
    Spells that lie in the future are included. `ends_on` is the last covered day, null when open.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="spells")
    number = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    first_agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="+")
    last_agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="+")

    class Meta:
        ordering = ["customer", "number"]
        constraints = [models.UniqueConstraint(fields=["customer", "number"], name="one_spell")]
        indexes = [models.Index(fields=["starts_on"]), models.Index(fields=["ends_on"])]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.starts_on} – {self.ends_on or ''}"
