"""Work that a worker does; the row owns the work, the broker only carries nudges."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Job(models.Model):
    """One piece of background work: what, for which key, how far, who asked for it.

    At most one unfinished job exists for a kind and key. `lease_until` is renewed while a worker
    is at it; once it has passed, the sweep gives the job to another worker. `request_id` is that of
    the request that queued the job: what the worker logs and writes carries it on.
    """

    State = JobState

    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(_("key"), max_length=100, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=JobState, default=JobState.QUEUED, db_index=True
    )
    payload = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    progress = models.FloatField(_("progress"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True)
    holder = models.CharField(max_length=200, blank=True)
    error = models.TextField(_("error"), blank=True)
    request_id = models.CharField(max_length=32, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_unfinished_job",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.state}"

    @property
    def is_finished(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED)
