from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BulkChangesConfig(AppConfig):
    """Edits and moves of many records at once."""

    name = "brm.bulk_changes"
    label = "bulk_changes"
    verbose_name = _("Bulk changes")

    def ready(self) -> None:
        from . import panels, work  # noqa: F401 - the list's selection and the worker's handlers
