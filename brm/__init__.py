"""Composition root of the product: settings, URLs, API, worker. Its base is brm.core."""

from brm.celery import app as celery_app

__all__ = ["celery_app"]
