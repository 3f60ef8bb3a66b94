from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConversationsConfig(AppConfig):
    name = "brm.conversations"
    label = "conversations"
    verbose_name = _("Conversations")

    def ready(self) -> None:
        from brm.core import watching

        from . import following, notices, panels, telling  # noqa: F401 - they register themselves

        watching.watch(following.note)
