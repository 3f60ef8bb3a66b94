"""What the demo must remember of itself: its story, and which rows are its own."""

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _


class DemoSeed(models.Model):
    """The demo data that are in the database; one row while they are there.

    `manifest` lists the planted events (see `brm.demo.manifest`).
    """

    seed = models.BigIntegerField(_("seed"))
    scale = models.PositiveIntegerField(_("scale"))
    has_users = models.BooleanField(_("with users"))
    last_night = models.DateTimeField(_("last night"))
    is_complete = models.BooleanField(_("complete"), default=False)
    manifest = models.JSONField(_("manifest"), default=list)

    def __str__(self) -> str:
        return f"{self.seed} × {self.scale}"


class DemoRange(models.Model):
    """Ids of one model, both ends included, all of which are demo data."""

    content_type = models.ForeignKey(ContentType, models.CASCADE)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["content_type", "first_id"])]

    def __str__(self) -> str:
        return f"{self.content_type} {self.first_id}–{self.last_id}"
