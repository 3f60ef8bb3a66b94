from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class OperationConfig(AppConfig):
    name = "brm.operation"
    label = "operation"
    verbose_name = _("Operation")

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers the checks of `check --deploy`

        if settings.PROCESS == "web" and "postgresql" in settings.DATABASES["default"]["ENGINE"]:
            from .bounded_waits import bound_waits

            bound_waits()
