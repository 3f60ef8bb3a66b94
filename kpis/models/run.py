"""Runs of the recompute, and their parts."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Trigger(models.TextChoices):
    NIGHTLY = "nightly", _("Nightly")
    MANUAL = "manual", _("By hand")
    CATCH_UP = "catch_up", _("Catching up")
    COMMAND = "command", _("Command")
    DEMO = "demo", _("Demo data")
    TEST = "test", _("Test")


class Run(models.Model):
    """One recompute. Runs follow one another in the order of their ids; one at most is running.

    `date` is the organisation's date at the start and `judged_at` the instant then: what lies
    after them does not count yet. `instant` is when the run became visible, by the clock of the
    database; it grows from run to run. `given_judged_at` and `given_instant` replace both in
    replays. A run without restriction (`kpis`, months) is complete: it alone takes keys from the
    dirty queue. `night` is the date whose nightly run it is, `missed_nights` (ISO dates) are those
    before it that had none. `signature` holds the settings and definitions it worked with.
    """

    State = RunState

    state = models.CharField(
        _("state"), max_length=10, choices=RunState, default=RunState.QUEUED, db_index=True
    )
    trigger = models.CharField(_("trigger"), max_length=10, choices=Trigger)
    requested_full = models.BooleanField(default=False)
    full = models.BooleanField(_("full"), default=False)
    full_because = models.CharField(_("full because"), max_length=200, blank=True)
    kpis = models.JSONField(default=list)
    from_month = models.IntegerField(null=True)
    to_month = models.IntegerField(null=True)
    given_judged_at = models.DateTimeField(null=True)
    given_instant = models.DateTimeField(null=True)
    is_complete = models.BooleanField(default=True)
    date = models.DateField(_("date"), null=True)
    judged_at = models.DateTimeField(null=True)
    instant = models.DateTimeField(_("visible from"), null=True, db_index=True)
    base = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    first_contribution = models.BigIntegerField(default=0)
    signature = models.JSONField(default=dict)
    night = models.DateField(_("night"), null=True, unique=True)
    missed_nights = models.JSONField(_("missed nights"), default=list)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    rows_in = models.BigIntegerField(_("rows in"), default=0)
    rows_out = models.BigIntegerField(_("rows out"), default=0)
    differences = models.BigIntegerField(_("differences found"), null=True)
    error = models.TextField(_("error"), blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("KPI run")
        verbose_name_plural = _("KPI runs")
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="one_running_run"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def is_finished(self) -> bool:
        return self.state in (RunState.DONE, RunState.FAILED)

    @property
    def progress(self) -> float:
        """The share of its parts that are done, 0–1."""
        if self.state == RunState.DONE:
            return 1.0
        parts: Any = self.parts.all()
        done = sum(part.state == RunState.DONE for part in parts)
        return done / len(parts) if parts else 0.0


class RunPart(models.Model):
    """One KPI's share of a run (`kpi` 0: the names of members). Workers share a run by parts.

    Who works on a part holds a lock that dies with the worker (`kpis.locks`). `rows_in` are the
    contributions opened, `rows_out` those closed, `drift` snapshot rows that a full run mended.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="parts")
    kpi = models.SmallIntegerField()
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    rows_in = models.BigIntegerField(default=0)
    rows_out = models.BigIntegerField(default=0)
    drift = models.BigIntegerField(default=0)
    seconds = models.FloatField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "kpi"], name="one_part_a_kpi")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.kpi} {self.state}"
