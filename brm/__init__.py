"""Composition root of the product: settings, URLs, API, worker. The shared base lives in brm.core."""

from brm.celery import app as celery_app

__all__ = ["celery_app"]
