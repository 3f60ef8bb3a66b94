from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SavedViewsConfig(AppConfig):
    """Lists kept under a name: search, filters, order, columns and row height."""

    name = "brm.saved_views"
    label = "saved_views"
    verbose_name = _("Saved views")

    def ready(self) -> None:
        from . import panels  # noqa: F401 - the menu of every list
