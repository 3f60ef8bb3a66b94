"""What a service needs before it goes into the catalogue."""

from typing import Any

from django.utils.translation import gettext as _

from brm.core.lifecycle import register_guard

from .models import Service


def has_a_priced_offering(service: Service) -> Any:
    """A service of the catalogue has at least one offering with a price."""
    if service.offerings.filter(deleted_at=None, price__isnull=False).exists():
        return None
    return _("The catalogue needs at least one offering with a price.")


register_guard(Service, "catalogue", has_a_priced_offering)
