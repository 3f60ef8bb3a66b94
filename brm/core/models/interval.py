"""Dated values of a record's dimensions (the figures judge by those of the day)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Interval(models.Model):
    """Values in force from `starts_on` until the day before `ends_on` (open-ended when null).

    `sets` names the attributes whose value was set on `starts_on`; the others are carried over
    from the interval before. Intervals of one record touch without gap or overlap; the first
    starts at the beginning of time. Written through `brm.core.intervals` alone.
    """

    subject: ClassVar[str]
    attributes: ClassVar[tuple[str, ...]]

    starts_on = models.DateField(_("in force from"))
    ends_on = models.DateField(_("until"), null=True)
    sets = models.JSONField(default=list)

    class Meta:
        abstract = True
