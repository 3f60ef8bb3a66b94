from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    name = "brm.webhooks"
    label = "webhooks"
    verbose_name = _("Webhooks")

    def ready(self) -> None:
        from brm.core.watching import watch

        from . import dispatch  # noqa: F401 - its job is known wherever webhooks are
        from .outbox import note

        watch(note)
