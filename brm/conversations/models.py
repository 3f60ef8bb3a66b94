"""Comments and files beside records, and who follows which record.

A comment and a file are records themselves: references, versions, history and audit entries come
from there. What they hang on is named by resource and id, for a record of any kind.
"""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from brm.core.models import Record
from brm.core.querysets import living

from .querysets import BesideQuerySet, BesideRecordQuerySet

LONGEST_COMMENT = 10_000  # characters
EDITABLE_FOR = timedelta(hours=24)
FOLDER = "attachments"


class Beside(Record):
    """What hangs on a record."""

    parent_resource = models.CharField(_("kind of record"), max_length=60, editable=False)
    parent_id = models.BigIntegerField(_("record"), editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("by"),
    )

    owner_path = "author"
    objects = living(BesideRecordQuerySet)
    everything = BesideRecordQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = True

    @property
    def parent_key(self) -> str:
        """The record it hangs on, such as `customers:12`."""
        return f"{self.parent_resource}:{self.parent_id}"


class Comment(Beside):
    """What somebody said about a record, in Markdown.

    `mentioned` are the usernames it names of people who may see the record; they were told.
    """

    resource, reference_prefix = "comments", "CMT"
    # The history keeps the words; the audit trail that, when and by whom they were written.
    private_fields = ("text",)

    text = models.TextField(_("text"), validators=[MaxLengthValidator(LONGEST_COMMENT)])
    mentioned = models.JSONField(_("mentioned"), default=list, blank=True, editable=False)
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True, editable=False)

    class Meta(Beside.Meta):
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        indexes = [
            *Beside.Meta.indexes,
            models.Index("parent_id", "parent_resource", "id", name="comments_of_record"),
        ]

    def is_editable(self, now: datetime) -> bool:
        """Whether its author may still change it."""
        return now < self.created_at + EDITABLE_FOR


class Attachment(Beside):
    """A file beside a record.

    `stored_as` is its random name below MEDIA_ROOT; the name people see stands here alone.
    """

    resource, reference_prefix = "attachments", "ATT"

    name = models.CharField(_("name"), max_length=150, editable=False)
    kind = models.CharField(_("kind of file"), max_length=10, editable=False)
    size = models.PositiveBigIntegerField(_("size"), editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    stored_as = models.CharField(max_length=32, unique=True, editable=False)

    class Meta(Beside.Meta):
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [
            *Beside.Meta.indexes,
            models.Index("parent_id", "parent_resource", "id", name="attachments_of_record"),
        ]

    @property
    def path(self) -> Path:
        return path_of(self.stored_as)


def path_of(stored_as: str) -> Path:
    """Where the file of this random name lies: in one of 256 folders, outside of the web root."""
    return Path(settings.MEDIA_ROOT) / FOLDER / stored_as[:2] / stored_as


class Follow(models.Model):
    """A person follows a record, or no longer does: then nothing makes him follow it again but
    himself."""

    resource = "followers"

    parent_resource = models.CharField(max_length=60)
    parent_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    is_active = models.BooleanField(default=True)
    since = models.DateTimeField(_("since"))

    objects = BesideQuerySet.as_manager()

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        constraints = [
            models.UniqueConstraint(
                fields=["parent_id", "parent_resource", "user"], name="follows_once"
            )
        ]
        indexes = [models.Index(fields=["user", "-id"], name="followed_by")]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.parent_resource}:{self.parent_id}"


class FollowWishes(models.Model):
    """When a person follows a record without saying so."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    own = models.BooleanField(_("Records I comment on or add files to"), default=True)
    mentioned = models.BooleanField(_("Records I am mentioned on"), default=True)

    class Meta:
        verbose_name = _("wishes about following")
        verbose_name_plural = _("wishes about following")

    def __str__(self) -> str:
        return str(self.user_id)
