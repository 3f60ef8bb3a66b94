"""Exports: each file that was asked for, who may fetch it, and until when."""

import secrets
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

KEPT_DAYS = 7


class ExportState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class FileFormat(models.TextChoices):
    CSV = "csv", _("CSV")
    XLSX = "xlsx", _("Excel workbook")
    JSON = "json", _("JSON")


class Wording(models.TextChoices):
    """How names and values are written."""

    CODES = "codes", _("For importing again: references and codes")
    WORDS = "words", _("For reading: headings and names as on the page")


def new_folder() -> str:
    """A name that cannot be guessed."""
    return secrets.token_hex(16)


class Export(models.Model):
    """One file with the records of a list.

    `query` is the query string of the list, `reach` the scopes within which its owner might
    export when the file was written and `portfolio` a digest of the records that gave them: who
    has lost a right since then gets the file no more.
    """

    State, Format = ExportState, FileFormat
    resource = "exports"

    records = models.CharField(_("records"), max_length=60)
    query = models.TextField(blank=True)
    file_format = models.CharField(
        _("format"), max_length=4, choices=FileFormat, default=FileFormat.CSV
    )
    wording = models.CharField(_("wording"), max_length=5, choices=Wording, default=Wording.CODES)
    language = models.CharField(max_length=10, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ExportState, default=ExportState.QUEUED
    )
    folder = models.CharField(max_length=32, default=new_folder, unique=True)
    rows = models.BigIntegerField(_("rows"), null=True)
    expected = models.BigIntegerField(null=True)
    size = models.BigIntegerField(_("size in bytes"), null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    reach = models.CharField(max_length=20, blank=True)
    portfolio = models.CharField(max_length=64, blank=True)
    error = models.TextField(_("error"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("exported by")
    )
    as_of = models.DateTimeField(_("as of"), null=True)
    created_at = models.DateTimeField(_("asked for at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    expires_at = models.DateTimeField(_("kept until"))

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_at_work(self) -> bool:
        return self.state in (ExportState.QUEUED, ExportState.RUNNING)

    @property
    def file_name(self) -> str:
        """Such as `customers-2026-11-24T031500Z.csv`: the file says as of when."""
        at = (self.as_of or self.created_at).strftime("%Y-%m-%dT%H%M%SZ")
        return f"{self.records}-{at}.{self.file_format}"

    @property
    def directory(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "exports" / self.folder

    @property
    def path(self) -> Path:
        return self.directory / "export"
