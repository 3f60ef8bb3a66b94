"""Plausible random values for the fields of records, the same for every door of the product.

Plausible, not valid: some writes are refused, as in life. Dates lie mostly before `now`, often on
the edges of months; amounts, scores and texts come from few values, so that they collide.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import models

from brm.core.fields import (
    CurrencyField,
    FixedPointField,
    MoneyField,
    RateField,
    ReferenceField,
)

CURRENCIES = ("EUR", "EUR", "EUR", "USD")
WORDS = ("north", "south", "public", "retail", "phone", "mail")
SCORES = ("1", "2", "3", "4", "4", "5", "5")
RELATIONS_LEFT_EMPTY = 0.2
ELDEST = 10


class Plausible:
    """Values around an instant; everything follows from the given source of chance."""

    def __init__(self, random: Random, now: datetime) -> None:
        self.random, self.now = random, now

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def day(self) -> date:
        """A day of the last 400, on the edge of a month in a third of cases, some to come."""
        found = self.now.date() + timedelta(days=self.random.randint(-400, 40))
        if self.chance(0.33):
            found = found.replace(day=1) - timedelta(days=self.random.choice((0, 1)))
        return found

    def instant(self) -> datetime:
        """A full minute of such a day, shortly beside midnight in a quarter of cases."""
        minutes = self.random.randrange(24 * 60)
        if self.chance(0.25):
            minutes = self.random.choice((0, 1, 23 * 60 + 59))
        start = datetime.combine(self.day(), datetime.min.time(), tzinfo=self.now.tzinfo)
        return start + timedelta(minutes=minutes)

    def values(self, model: type[models.Model], names: list[str]) -> dict[str, Any]:
        """A value for each of the fields; an end lies after its beginning nearly always."""
        found = {name: self.value(model._meta.get_field(name)) for name in names}
        starts, ends = found.get("starts_on"), found.get("ends_on")
        if starts and ends and ends < starts and not self.chance(0.05):
            found |= {"starts_on": ends, "ends_on": starts}
        if "completed_at" in found or "score" in found:
            score = {"score": "", "scale_min": Decimal(1), "scale_max": Decimal(5)}
            score["score"] = Decimal(self.random.choice(SCORES))
            found |= {name: value for name, value in score.items() if name in names}
        return found

    def value(self, field: models.Field) -> Any:
        """A value of one field; related records as objects."""
        if field.is_relation:
            return self.related(field)
        if field.choices:
            return self.random.choice([value for value, _label in field.flatchoices])
        for kind, make in self.makers():
            if isinstance(field, kind):
                return make()
        raise TypeError(f"no plausible value for {field}")

    def makers(self) -> tuple[tuple[type[models.Field], Any], ...]:
        random = self.random
        return (
            (ReferenceField, lambda: f"N-{random.randrange(10**9)}"),
            (CurrencyField, lambda: random.choice(CURRENCIES)),
            (MoneyField, lambda: Decimal(random.randint(-10_000, 200_000)) / 100),
            (RateField, lambda: Decimal(random.randint(5000, 15_000)) / 10_000),
            (FixedPointField, lambda: Decimal(random.randint(0, 20))),
            (models.BooleanField, lambda: self.chance(0.5)),
            (models.DateTimeField, self.instant),
            (models.DateField, self.day),
            (models.IntegerField, lambda: random.randint(0, 90)),
            (models.CharField | models.TextField, lambda: random.choice(WORDS)),
        )

    def related(self, field: models.ForeignKey) -> Any:
        """One of the eldest living records, where facts gather, or none where that is allowed."""
        target = field.related_model
        if field.null and self.chance(RELATIONS_LEFT_EMPTY):
            return None
        manager = target.objects
        keys = list(manager.order_by("pk").values_list("pk", flat=True)[:ELDEST])
        return manager.get(pk=self.random.choice(keys)) if keys else None
