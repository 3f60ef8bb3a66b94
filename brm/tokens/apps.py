from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TokensConfig(AppConfig):
    name = "brm.tokens"
    label = "tokens"
    verbose_name = _("API tokens")

    def ready(self) -> None:
        from brm.core.origin import register_describer

        from .models import TokenRequest

        register_describer(TokenRequest.descriptions)
