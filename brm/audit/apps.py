from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "brm.audit"
    label = "audit"
    verbose_name = _("Audit trail")

    def ready(self) -> None:
        from brm.core import watching

        from . import accounts, recording, views  # noqa: F401

        watching.watch(recording.record_changes)
        watching.listen(recording.record_happening)
        accounts.connect()
