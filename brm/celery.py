"""The Celery application of the worker and of beat, and what beat starts and when.

The broker only carries nudges: the work itself is a Job row in the database, and the sweep starts
whatever a lost nudge left behind. Tasks are found in the `tasks` module of each app.
"""

import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.schedules import crontab
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "brm.settings")

# Celery warns a worker run as root because unpickling a message could run any code. Messages here
# are JSON and nothing is unpickled; Compose runs the worker as an ordinary user anyway.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("brm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_configure.connect
def add_schedule(sender: Celery, **_: object) -> None:
    """Declare the periodic tasks once the settings are known.

    The sweep is a nudge every few seconds or minutes, harmless when doubled. The nightly run starts
    at BRM_NIGHTLY_AT, wall-clock time of the organisation; a night that was missed is found
    in the table of runs and caught up, for beat forgets when its schedule file is gone.
    """
    nightly_at = settings.BRM.nightly_at
    sender.conf.beat_schedule = {
        "sweep": {
            "task": "brm.core.tasks.sweep",
            "schedule": float(settings.SWEEP_SECONDS),
            # A sweep nobody took in time is useless: the next one does its work.
            "options": {"expires": settings.SWEEP_SECONDS},
        },
        "webhooks": {
            "task": "brm.webhooks.tasks.send",
            "schedule": float(min(30, settings.SWEEP_SECONDS)),
            "options": {"expires": 30},
        },
        "tidy": {
            "task": "brm.people.tasks.tidy",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "files": {
            "task": "brm.conversations.tasks.tidy",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "seal": {
            "task": "brm.audit.tasks.seal_entries",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "nightly": {
            "task": "kpis.tasks.nightly",
            "schedule": crontab(hour=nightly_at.hour, minute=nightly_at.minute),
        },
        "notifications": {
            "task": "brm.notifications.tasks.tick",
            "schedule": float(min(settings.SWEEP_SECONDS, 60)),
            "options": {"expires": 60},
        },
        "search": {
            "task": "brm.search.tasks.tick",
            "schedule": float(min(settings.SWEEP_SECONDS, 60)),
            "options": {"expires": 60},
        },
        "catch-up": {
            "task": "kpis.tasks.catch_up",
            "schedule": float(settings.SWEEP_SECONDS),
            "options": {"expires": settings.SWEEP_SECONDS},
        },
    }


@setup_logging.connect
def keep_logging_of_django(**_: object) -> None:
    """Stop Celery from replacing the log set-up: Django's LOGGING holds for every process."""
