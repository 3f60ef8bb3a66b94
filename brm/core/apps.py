from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "brm.core"
    label = "core"
    verbose_name = _("Core")

    def ready(self) -> None:
        from .dirty import install_triggers
        from .registries import complete
        from .roles import write_groups

        autodiscover_modules(
            "guards", "views", "api", "panels", "importers", "dirty_keys", "notices"
        )
        complete()
        post_migrate.connect(install_triggers, sender=self, dispatch_uid="brm.core.dirty")
        post_migrate.connect(write_groups, sender=self, dispatch_uid="brm.core.roles")
