"""Which static files of libraries are collected: only those that pages use."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class UsedStaticFilesConfig(StaticFilesConfig):
    """Django's static files without the parts of libraries that no page loads.

    Collecting and compressing them took half a minute of every start.
    """

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "redoc",
        "rest_framework",
        "htmx-4*",
        "htmax-4*",
        "swagger-ui-es-bundle*",
        "swagger-ui.js*",
        "oauth2-redirect*",
    ]
