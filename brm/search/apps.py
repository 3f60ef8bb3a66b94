from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    name = "brm.search"
    label = "search"
    verbose_name = _("Search")

    def ready(self) -> None:
        from .triggers import install

        post_migrate.connect(install, dispatch_uid="brm.search")
