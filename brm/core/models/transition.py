"""The one log of lifecycle moves."""

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import origin


class Transition(models.Model):
    """One move of one record: from where to where, who, when, why, how long it had stood there."""

    content_type = models.ForeignKey(ContentType, models.PROTECT)
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey()
    source = models.CharField(_("from"), max_length=30, blank=True)
    target = models.CharField(_("to"), max_length=30)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey("core.User", models.PROTECT, null=True, verbose_name=_("by"))
    reason = models.TextField(_("reason"), blank=True)
    seconds_in_source = models.PositiveBigIntegerField(_("seconds in the former state"), null=True)
    door = models.CharField(max_length=10, choices=origin.Door, default=origin.current_door)

    class Meta:
        verbose_name = _("lifecycle move")
        verbose_name_plural = _("lifecycle moves")
        indexes = [models.Index(fields=["content_type", "object_id", "at"])]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"
