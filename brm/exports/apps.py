from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    """Files of what lists show: CSV, XLSX, JSON."""

    name = "brm.exports"
    label = "exports"
    verbose_name = _("Exports")

    def ready(self) -> None:
        from . import panels, work  # noqa: F401 - the list's menu and the worker's handler
