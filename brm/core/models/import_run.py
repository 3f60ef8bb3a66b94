"""Imports: each file that was imported, what became of its rows, and whether it was undone."""

import secrets
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("Uploaded")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    IMPORTING = "importing", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Failed")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


def new_folder() -> str:
    """A name that cannot be guessed."""
    return secrets.token_hex(16)


class ImportRun(models.Model):
    """One file on its way into the records.

    `options` hold the profile (as a dictionary, or the name of a shipped one) and what was chosen
    besides; `check` and `report` are what the dry run and the import found. `position` is the
    number of the last row done and `refused_size` the bytes of the file of refused rows then, so
    that a part that was lost is repeated exactly. History rows carry the run's id as `import_id`.
    """

    State = ImportState
    resource = "imports"

    entity = models.CharField(_("records"), max_length=300)
    file_name = models.CharField(_("file"), max_length=255)
    size = models.BigIntegerField(_("size in bytes"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    header = models.JSONField(default=list)
    profile = models.CharField(_("profile"), max_length=200, blank=True)
    options = models.JSONField(default=dict)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState, default=ImportState.UPLOADED
    )
    folder = models.CharField(max_length=32, default=new_folder, unique=True)
    rows = models.BigIntegerField(_("rows"), null=True)
    position = models.BigIntegerField(default=1)
    refused_size = models.BigIntegerField(default=0)
    check_report = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    error = models.TextField(_("error"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("imported by"),
    )
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_at_work(self) -> bool:
        return self.state in (ImportState.CHECKING, ImportState.IMPORTING, ImportState.UNDOING)

    @property
    def entities(self) -> list[str]:
        return self.entity.split(",")

    @property
    def directory(self) -> Path:
        """Where the file, its refused rows and the scratch file lie."""
        return Path(settings.MEDIA_ROOT) / "imports" / self.folder

    @property
    def upload_path(self) -> Path:
        return self.directory / "upload"

    @property
    def refused_path(self) -> Path:
        return self.directory / "refused.csv"

    @property
    def scratch_path(self) -> Path:
        return self.directory / "scratch.sqlite3"
